"""Use cases of the operations room."""
