"""The rules of the room: names and how alike they are, screening's outcomes, patterns of movements."""
