"""Clients' secrets: made here, shown once, kept as argon2id hashes."""

import functools
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SECRET_BYTES = 32
# A client has one secret, or two while a rotation overlaps.
MOST_SECRETS = 2
# The hash of a secret that nobody has: what is compared where there is nothing to compare with.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$q7gWoxOvL87xepsWgsyukw$34d8h0fMORLmlbzCC+5sfF/3OwQ414IzkDRCRi3W+fY"


def new() -> str:
    """256 random bits, in 43 characters that need no escaping anywhere."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> str:
    """The argon2id hash to keep."""
    return _hasher().hash(secret)


def matches(secret: str, hashes: Sequence[str]) -> bool:
    """Whether `secret` is the one behind any of `hashes`.

    A failure always takes the time of two comparisons, so that it tells neither an unknown client from a
    wrong secret nor a client in rotation from another.
    """
    compared = [*hashes, NOBODY, NOBODY][:MOST_SECRETS]
    return any(_is_behind(hash_, secret) for hash_ in compared) and bool(hashes)


def _is_behind(hash_: str, secret: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(hash_, secret)
    except VerifyMismatchError:
        return False


@functools.cache
def _hasher() -> "PasswordHasher":
    """OWASP's least parameters for argon2id (19 MiB, 2 passes), about 20 ms.

    More would buy nothing: the secrets are random. Imported late, because the authorizer never hashes.
    """
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
