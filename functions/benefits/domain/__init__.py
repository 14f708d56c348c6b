"""The rules of the benefits room: pure, without AWS, clock or chance."""
