"""Use cases of the payments room, a module for each thing."""
