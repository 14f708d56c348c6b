"""Use cases of the risk room: rule sets, lists, history and what is learned from it."""
