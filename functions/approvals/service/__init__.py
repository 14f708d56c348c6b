"""What the approvals room does, one module per concern."""
