"""The rules of real-name verification: pure."""
