"""Use cases of the customers room."""
