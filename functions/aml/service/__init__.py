"""The room's use cases: lists, screening, what staff decide, rescreening, the movement history, patterns."""
