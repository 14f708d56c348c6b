"""What the risk room does: rule sets, lists, history and what is learned from it."""
