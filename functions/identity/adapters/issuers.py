"""Trusted issuers of access tokens: the bank, and the OIDC issuers that TRUSTED_ISSUERS names."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bank import clock, outbound
from bank.access import signing, tokens
from bank.access.principal import Kind
from bank.access.scopes import SCOPES
from bank.access.signing import AUDIENCE
from bank.config import config
from identity.domain.ceilings import Ceiling
from identity.domain.jwt import OwnClaims, Unverified
from identity.settings import TrustedIssuer, settings

FETCH_SECONDS = 2
MAX_BYTES = 256 * 1024
# How long fetched keys count; how soon a token with an unknown key may have them fetched again.
KEPT = timedelta(minutes=5)
PAUSE = timedelta(seconds=10)
# Of the bank itself: any scope and subject, and its own tokens say who has to sign.
OWN_CEILING = Ceiling(frozenset(SCOPES), ("*",), int(tokens.LIFETIME.total_seconds()), signed=False)


class KeysUnavailable(Exception):
    """An issuer's keys cannot be had. This says nothing about the token, so it is no reason for a 401."""


class RemoteKeys:
    """The keys that an issuer publishes, fetched when needed."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._keys = KeySet([])
        self._fetched_at = datetime.min.replace(tzinfo=UTC)

    def __call__(self, stated: Unverified, *, again: bool = False) -> KeySet:
        """The keys. `again`: a token names one that is not among them, so look whether there are new ones."""
        age = clock.now() - self._fetched_at
        if age >= KEPT or (again and age >= PAUSE):
            self._keys = _fetch(self._uri)
            self._fetched_at = clock.now()
        return self._keys


def _fetch(uri: str) -> KeySet:
    try:
        document = outbound.fetch(uri, seconds=FETCH_SECONDS, most_bytes=MAX_BYTES)
        return KeySet.import_key_set(json.loads(document))
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise KeysUnavailable(f"{uri}: {error!r}") from error


@dataclass(frozen=True)
class Issuer:
    """One issuer: the audience of its tokens, the most that they may say, and the keys for one of them."""

    name: str
    audience: str
    ceiling: Ceiling
    keys: Callable[..., KeySet]

    def client_id(self, subject: str) -> str:
        """The caller's name here. Another issuer's subjects cannot pass for clients of the bank's own."""
        return subject if self.name == config.issuer else f"{self.name}#{subject}"


def _own_keys(stated: Unverified, *, again: bool = False) -> KeySet:
    """The keys of the kind of caller that the token states: another kind's key signs nothing for it."""
    return signing.public_keys(Kind(OwnClaims.model_validate_json(stated.payload).kind))


@functools.cache
def trusted() -> dict[str, Issuer]:
    """Every issuer whose tokens are taken, by its name (`iss`)."""
    own = Issuer(config.issuer, AUDIENCE, OWN_CEILING, _own_keys)
    return {issuer.name: issuer for issuer in (*map(_other, settings.trusted_issuers), own)}


def _other(named: TrustedIssuer) -> Issuer:
    ceiling = Ceiling(frozenset(named.scopes), named.subjects, named.lifetime_seconds, named.signed)
    return Issuer(named.issuer, named.audience, ceiling, RemoteKeys(named.jwks_uri))
