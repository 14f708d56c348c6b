"""Use cases of clients' tokens: issue them, verify them, publish the keys that they verify with."""

from dataclasses import dataclass
from typing import Any

from bank import clock, store
from bank.access import signing, tokens
from bank.access.principal import Kind
from identity.domain import oauth
from identity.domain.access import AuthenticatedPrincipal
from identity.domain.clients import CLIENT_ID
from identity.domain.oauth import Credentials, TokenRefused
from identity.service import secret
from identity.tables import ACTIVE, ClientRow


@dataclass(frozen=True)
class Granted:
    """An access token, its lifetime in seconds and its scopes."""

    access_token: str
    expires_in: int
    scopes: tuple[str, ...]


def issue_token(*, credentials: Credentials, scope: str | None) -> Granted:
    """A token for a client that proves its secret. Two round trips: the client's row, and KMS.

    Raises TokenRefused. Why a client is not let in is not told, and takes the same time whatever it is.
    """
    row = known(credentials.client_id)
    proven = secret.matches(credentials.secret, row.secret_hashes(clock.instant()) if row else [])
    if row is None or not proven or row.status != ACTIVE:
        raise TokenRefused("invalid_client", "the client is unknown, revoked, or its secret is wrong")
    scopes = oauth.granted_scopes(row.scopes, scope)
    token = tokens.issue(
        client_id=row.client_id,
        scopes=scopes,
        unit=row.unit_id,
        bank_wide=bool(row.bank_wide),
        signed=bool(row.signed),
    )
    return Granted(token, int(tokens.LIFETIME.total_seconds()), scopes)


def known(client_id: str) -> ClientRow | None:
    """The client whose name a request gives that has proven nothing yet, if there is one."""
    return store.get(ClientRow, client_id) if CLIENT_ID.fullmatch(client_id) else None


def verify(*, token: str) -> AuthenticatedPrincipal:
    """Verify a token and return its principal. Raises Refused."""
    # Imported here: only the authorizer verifies, and the token endpoint need not start with it.
    from identity.service import verification

    return verification.verify(token)


def jwks() -> list[dict[str, Any]]:
    """The public keys that the bank's tokens verify with, as JWKs."""
    return [dict(key) for kind in Kind for key in signing.public_keys(kind).as_dict()["keys"]]
