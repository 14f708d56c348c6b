"""Use cases of the settlement room: pay out what is due on settlement accounts, and show it."""
