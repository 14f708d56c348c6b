"""Benefits, as rooms that issue and take them meet."""
