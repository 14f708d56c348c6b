"""Use cases of real-name verification."""
