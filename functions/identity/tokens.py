"""Access tokens as the bank issues them: JWTs as RFC 9068 profiles them, RS256, signed by KMS."""

import base64
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from bank import clock, ids
from identity import signing
from identity.settings import settings
from identity.signing import ALGORITHM, AUDIENCE

LIFETIME = timedelta(minutes=15)


def issue(*, client_id: str, scopes: Iterable[str]) -> str:
    """A token for `client_id`. One call of KMS, and one more in a new process for the key's id."""
    now = int(clock.now().timestamp())
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": signing.kid()}
    claims = {
        "iss": settings.issuer,
        "sub": client_id,
        "client_id": client_id,
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + int(LIFETIME.total_seconds()),
        "jti": ids.new("tok"),
        "scope": " ".join(scopes),
    }
    # joserfc signs with keys that it holds, and this one stays in KMS: RFC 7515, section 5.1, by hand.
    signed = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
    return f"{signed}.{_encoded(signing.sign(signed.encode()))}"


def _json(part: dict[str, Any]) -> bytes:
    return json.dumps(part, separators=(",", ":")).encode()


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
