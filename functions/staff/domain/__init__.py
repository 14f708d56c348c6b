"""The rules of the staff room: how the tree may change, what roles hold, who may give them."""
