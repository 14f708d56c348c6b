"""Use cases of the benefits room."""
