"""Access tokens: JWTs as RFC 9068 profiles them, RS256, signed by KMS, verified with published keys."""

import base64
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from bank import clock, ids
from identity import issuers, signing
from identity.domain import Caller, known
from identity.issuers import AUDIENCE, Issuer
from identity.settings import settings
from identity.signing import ALGORITHM

LIFETIME = timedelta(minutes=15)
# How far clocks may differ (seconds).
LEEWAY = 30


class Refused(Exception):
    """The token is not one to be taken; the message says why, for the log and not for the caller."""


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


def verify(token: str) -> Caller:
    """Whom a token speaks for. Raises Refused, and KeysUnavailable when nothing can be said about it."""
    try:
        issuer = _issuer(token)
        claims = _signed_claims(token, issuer)
        _current(issuer).validate(claims)
    except (JoseError, ValueError, RecursionError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise Refused("scope is not text")
    return Caller(issuer.client_id(claims["sub"]), known(scope.split()))


def _issuer(token: str) -> Issuer:
    """The trusted issuer that the token claims to be from; whether it is, its keys then say."""
    claims = json.loads(jws.extract_compact(token.encode()).payload)
    name = claims.get("iss") if isinstance(claims, dict) else None
    issuer = issuers.trusted().get(name) if isinstance(name, str) else None
    if issuer is None:
        raise Refused("the issuer is not trusted")
    return issuer


def _signed_claims(token: str, issuer: Issuer) -> dict[str, Any]:
    """The claims, once the signature is right. The algorithm is ours to say, never the token's."""
    try:
        return jwt.decode(token, issuer.keys(), algorithms=[ALGORITHM]).claims
    except InvalidKeyIdError:
        return jwt.decode(token, issuer.keys(again=True), algorithms=[ALGORITHM]).claims


def _current(issuer: Issuer) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )
