"""Use cases of the audit room, one module per concern."""
