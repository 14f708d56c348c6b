"""Token requests by RFC 6749, as pure functions: client authentication, scopes, refusals."""

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_plus

from identity.domain.access import known

GRANT_TYPE = "client_credentials"
# Section 5.2.
ErrorCode = Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]

# What section 5.2 keeps out of an error_description.
NOT_DESCRIPTIVE = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


class TokenRefused(Exception):
    """An error of RFC 6749, section 5.2: `error` is its code, `description` a sentence for a developer."""

    def __init__(self, error: ErrorCode, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def description(text: str) -> str:
    """`text` with a question mark for every character that an error_description cannot hold."""
    return NOT_DESCRIPTIVE.sub("?", text)


@dataclass(frozen=True)
class Credentials:
    """Client credentials as presented, not verified."""

    client_id: str
    secret: str


def credentials(authorization: str | None, client_id: str | None, secret: str | None) -> Credentials:
    """The client's credentials, from the header or from the form (section 2.3.1), never from both.

    A parameter without a value counts as absent (section 3.2).
    """
    if authorization is not None:
        if client_id or secret:
            raise TokenRefused("invalid_request", "credentials stand in the header and in the form: send one")
        return _basic(authorization)
    if not client_id or not secret:
        raise TokenRefused("invalid_client", "client_id and client_secret are needed, or HTTP Basic")
    return Credentials(client_id, secret)


def _basic(authorization: str) -> Credentials:
    """Both halves are form-encoded before they are joined (section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise TokenRefused("invalid_client", "the Authorization header is not of the scheme Basic")
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise TokenRefused("invalid_client", "the Basic credentials cannot be read") from None
    if not colon:
        raise TokenRefused("invalid_client", "the Basic credentials have no colon")
    return Credentials(unquote_plus(client_id), unquote_plus(secret))


def require_grant_type(grant_type: str) -> None:
    """Raise unless the grant is the one that is served here."""
    if grant_type != GRANT_TYPE:
        raise TokenRefused("unsupported_grant_type", f"the only grant_type is {GRANT_TYPE}")


def granted_scopes(held: Collection[str], asked: str | None) -> tuple[str, ...]:
    """The scopes of a token: those asked for, or all that the client holds (section 3.3)."""
    scopes = (asked or "").split()
    if not set(scopes) <= set(held):
        raise TokenRefused("invalid_scope", "the client does not hold all of these scopes")
    return known(scopes or held)
