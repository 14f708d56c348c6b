"""What the cases room does: `intake` takes alerts, `work` is what staff do, `reading` shows."""
