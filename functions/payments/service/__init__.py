"""What the payments room does, a module for each thing."""
