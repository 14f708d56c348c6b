"""Ceilings of issuers: the most that a token of each may say, whoever asks its issuer for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from identity.domain.access import Refused, known
from identity.domain.jwt import Claims


@dataclass(frozen=True)
class Ceiling:
    """Bounds of an issuer's tokens. What is not named is not allowed.

    `subjects` are names, or patterns with `*`; `lifetime` is the longest from `iat` to `exp`, in seconds;
    `signed` callers have to sign what moves money.
    """

    scopes: frozenset[str] = frozenset()
    subjects: tuple[str, ...] = ()
    lifetime: int = 0
    signed: bool = True

    def require(self, claims: Claims) -> None:
        """Raise Refused for a subject or a lifetime that this issuer may not give."""
        if not any(fnmatchcase(claims.sub, allowed) for allowed in self.subjects):
            raise Refused("its issuer may not speak for this subject")
        if claims.exp - claims.iat > self.lifetime:
            raise Refused(f"it lives longer than the {self.lifetime} s that its issuer may give")

    def lowered(self, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return those of `scopes` that are below it and open anything here."""
        return known(self.scopes.intersection(scopes))
