"""Rules: when a job is due, and when it is late."""
