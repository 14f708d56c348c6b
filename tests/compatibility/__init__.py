"""Recorded releases, and what today's code must not break of them (docs/operations.md, "Releases")."""
