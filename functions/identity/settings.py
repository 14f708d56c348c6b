"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import json
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class TrustedIssuer:
    """Another OIDC issuer whose access tokens are taken, when they are for `audience`."""

    issuer: str
    jwks_uri: str
    audience: str

    def __post_init__(self) -> None:
        if not self.jwks_uri.startswith(("https://", "http://127.0.0.1:")):
            raise ValueError(f"TRUSTED_ISSUERS: {self.jwks_uri} is neither https nor on this machine")


@dataclass(frozen=True)
class Settings:
    """`trusted_issuers` comes as a JSON list of `{issuer, jwks_uri, audience}`."""

    trusted_issuers: tuple[TrustedIssuer, ...]


def _read() -> Settings:
    return Settings(
        trusted_issuers=tuple(
            TrustedIssuer(**one) for one in json.loads(os.environ.get("TRUSTED_ISSUERS") or "[]")
        ),
    )


settings = _read()
