"""What the audit room does, one module per concern."""
