"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import json
import os
from dataclasses import dataclass

from bank import outbound
from bank.access.scopes import SCOPES

# The longest that any issuer's tokens may live: nothing here can end one sooner.
LONGEST_LIFETIME_SECONDS = 24 * 3600


@dataclass(frozen=True)
class TrustedIssuer:
    """Another OIDC issuer whose access tokens are taken, when they are for `audience` and below its ceiling.

    Its callers are channels, whatever it says of them. `scopes` are the most that they get; `subjects` names
    them, or patterns with `*`; `lifetime_seconds` is the longest from `iat` to `exp`; unless `signed` is
    false, they sign what moves money. What is left out allows nothing.
    """

    issuer: str
    jwks_uri: str
    audience: str
    scopes: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    lifetime_seconds: int = 0
    signed: bool = True

    def __post_init__(self) -> None:
        outbound.address(self.jwks_uri, setting=f"TRUSTED_ISSUERS: {self.issuer}")
        if "#" in self.issuer:
            self._wrong("an issuer's name has no #, which ends it in the names of its callers")
        for name in ("scopes", "subjects"):
            if isinstance(getattr(self, name), str):
                self._wrong(f"{name} is a list")
            object.__setattr__(self, name, tuple(getattr(self, name)))
        unknown = sorted(set(self.scopes) - SCOPES.keys())
        if unknown:
            self._wrong(f"no such scope: {', '.join(unknown)}")
        if not 0 <= self.lifetime_seconds <= LONGEST_LIFETIME_SECONDS:
            self._wrong(f"lifetime_seconds is at most {LONGEST_LIFETIME_SECONDS}")

    def _wrong(self, why: str) -> None:
        raise ValueError(f"TRUSTED_ISSUERS: {self.issuer}: {why}")


@dataclass(frozen=True)
class Settings:
    """`trusted_issuers` comes as a JSON list of the fields of TrustedIssuer."""

    trusted_issuers: tuple[TrustedIssuer, ...]


def _read() -> Settings:
    return Settings(
        trusted_issuers=tuple(
            TrustedIssuer(**one) for one in json.loads(os.environ.get("TRUSTED_ISSUERS") or "[]")
        ),
    )


settings = _read()
