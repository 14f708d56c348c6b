"""The seeded simulation: random histories of the real handlers, faults and all, checked after every write."""
