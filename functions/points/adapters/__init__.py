"""Places outside the points room's tables: its queue."""
