"""Use cases of the cases room: `intake` takes alerts, `work` is staff's, `reading` shows."""
