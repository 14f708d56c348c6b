"""Unified social credit codes of organisations in China (GB 32100-2015). Pure."""

# 17 characters and a check character, modulo 31.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def is_credit_code(text: str) -> bool:
    """Return whether `text` is one: its characters are of the alphabet, and the last checks the others."""
    if len(text) != LENGTH or any(character not in ALPHABET for character in text):
        return False
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(text[:-1]))
    return ALPHABET[-total % 31] == text[-1]
