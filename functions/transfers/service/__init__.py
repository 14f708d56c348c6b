"""What the transfers room does, a module for each thing."""
