"""Verification of access tokens by the keys that their issuers publish."""

import json
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from bank import clock
from bank.access.principal import Kind
from bank.access.signing import ALGORITHM
from bank.config import config
from identity.adapters import issuers
from identity.adapters.issuers import Issuer
from identity.domain.access import AuthenticatedPrincipal, Refused, known

# How far clocks may differ (seconds).
LEEWAY = 30


def verify(token: str) -> AuthenticatedPrincipal:
    """Verify a token and return its principal. Raises Refused; KeysUnavailable without an issuer's keys."""
    try:
        issuer = _issuer(token)
        claims = _signed_claims(token, issuer)
        _current(issuer).validate(claims)
    except (JoseError, ValueError, RecursionError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise Refused("scope is not text")
    if issuer.name != config.issuer:
        # Another issuer says who somebody is; what this bank lets them see is not its to say.
        name = issuer.client_id(claims["sub"])
        return AuthenticatedPrincipal(client_id=name, subject=name, scopes=known(scope.split()))
    if not isinstance(claims.get("client_id"), str) or not isinstance(claims.get("iat"), int):
        raise Refused("client_id and iat are claims of every token of the bank")
    return AuthenticatedPrincipal(
        client_id=claims["client_id"],
        subject=claims["sub"],
        scopes=known(scope.split()),
        kind=Kind(claims.get("kind", Kind.CHANNEL)).value,
        unit=claims.get("unit", ""),
        session=claims.get("sid", ""),
        issued_at=claims["iat"],
        bank_wide=claims.get("bank_wide") is True,
        signed=claims.get("signed") is True,
    )


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
