"""Use cases of the approvals room, one module per concern."""
