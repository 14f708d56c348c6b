"""Use cases of the points room."""
