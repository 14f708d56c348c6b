"""The rules of the risk room: pure."""
