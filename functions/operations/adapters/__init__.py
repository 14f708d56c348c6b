"""Reached outside the room's tables: the list of jobs, their functions, the pages that wake people."""
