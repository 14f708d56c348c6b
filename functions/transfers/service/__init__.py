"""Use cases of the transfers room, a module for each thing."""
