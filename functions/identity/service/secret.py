"""Clients' secrets: made here, shown once, kept as argon2id hashes."""

import secrets
from collections.abc import Sequence

from bank.credentials import passwords

SECRET_BYTES = 32
# A client has one secret, or two while a rotation overlaps.
MOST_SECRETS = 2


def new() -> str:
    """256 random bits, in 43 characters that need no escaping anywhere."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """The argon2id hash to keep."""
    return passwords.hashed(secret)


def matches(secret: str, hashes: Sequence[str]) -> bool:
    """Return whether `secret` is the one behind any of `hashes`.

    A failure always takes the time of two comparisons, so that it tells neither an unknown client from a
    wrong secret nor a client in rotation from another.
    """
    return passwords.matches(secret, hashes, compared=MOST_SECRETS)
