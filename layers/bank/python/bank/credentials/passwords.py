"""Secrets and passwords as the bank keeps them: argon2id hashes, compared in one time whatever is wrong.

The rules for chosen passwords follow NIST SP 800-63B-4, section 3.1.1.2: long, not known to be common, not
made of what anyone can know; no rules of composition, and no expiry.
"""

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bank import errors

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 128
LEAST_DISTINCT = 5
LEAST_LEFT = 6
# The hash of a secret that nobody has: what is compared where there is nothing to compare with.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$q7gWoxOvL87xepsWgsyukw$34d8h0fMORLmlbzCC+5sfF/3OwQ414IzkDRCRi3W+fY"
# What the commonest passwords are made of; a long one may hold such a word, not consist of it and decoration.
COMMON = [
    "password",
    "passw0rd",
    "passwort",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "letmein",
    "welcome",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "administrator",
    "admin",
    "login",
    "master",
    "superman",
    "batman",
    "trustno",
    "shadow",
    "woaini",
    "woainima",
    "wodemima",
    "mima",
    "perkbank",
    "bank",
    "changeme",
    "default",
    "secret",
    "internet",
    "computer",
]
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
LOOKS_LIKE = str.maketrans("@430$1!57", "aaeosiist")


class WeakPassword(errors.Unprocessable):
    """422: the password is too short, too common, or made of what others know."""

    code, title = "weak_password", "Weak password"


def hashed(secret: str) -> str:
    """The argon2id hash to keep."""
    return _hasher().hash(secret)


def matches(secret: str, hashes: Sequence[str], *, compared: int = 1) -> bool:
    """Return whether `secret` is the one behind any of `hashes`.

    A failure always takes the time of `compared` comparisons (the most hashes there can be), so that it does
    not tell an unknown name from a wrong password.
    """
    padded = [*hashes, *[NOBODY] * compared][:compared]
    return any(_is_behind(hash_, secret) for hash_ in padded) and bool(hashes)


def normalized(password: str) -> str:
    """NFKC: the same characters, however the keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def require_strong(password: str, *, known: Iterable[str] = ()) -> None:
    """Raise `WeakPassword` for one that guessers try first; `known` is what others know of its owner."""
    wrong = _weakness(normalized(password), [word for word in known if len(word) > 3])
    if wrong:
        raise WeakPassword(f"the password {wrong}")


def _weakness(password: str, known: Iterable[str]) -> str | None:
    plain = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        return f"has {SHORTEST} to {LONGEST} characters"
    if len(set(plain)) < LEAST_DISTINCT or plain in (plain + plain)[1:-1]:
        return "repeats itself"
    if any(word.casefold() in plain for word in known):
        return "holds the name of its owner"
    if _left_over(plain) < LEAST_LEFT:
        return "is made of what many passwords are made of"
    return None


def _left_over(plain: str) -> int:
    """Count the letters and digits left without keyboard runs and common words, however spelt."""
    for row in ROWS:
        for run in (row, row[::-1]):
            for start in range(len(run) - 3):
                plain = plain.replace(run[start : start + 4], "")
    plain = plain.translate(LOOKS_LIKE)
    for word in sorted(COMMON, key=len, reverse=True):
        plain = plain.replace(word, "")
    return sum(each.isalnum() for each in plain)


def _is_behind(hash_: str, secret: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(hash_, secret)
    except VerifyMismatchError:
        return False


@functools.cache
def _hasher() -> "PasswordHasher":
    """OWASP's parameters for argon2id (19 MiB, 2 passes), about 20 ms. Imported late: few functions hash."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
