"""Verification of access tokens by the keys that their issuers publish."""

from joserfc import jws
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from bank import clock
from bank.access.signing import ALGORITHM
from bank.config import config
from identity.adapters import issuers
from identity.adapters.issuers import Issuer
from identity.domain import jwt
from identity.domain.access import AuthenticatedPrincipal, Refused, known
from identity.domain.jwt import Unverified

# How far clocks may differ (seconds).
LEEWAY = 30


def verify(token: str) -> AuthenticatedPrincipal:
    """Verify a token and return its principal. Raises Refused; KeysUnavailable without an issuer's keys."""
    try:
        stated = jwt.unverified(token)
        issuer = _issuer(stated.claims.iss)
        payload = _signed_payload(token, issuer, stated)
        claims = jwt.Claims.model_validate_json(payload)
        _current(issuer).validate(claims.model_dump(exclude_none=True))
        issuer.ceiling.require(claims)
        return _own(payload) if issuer.name == config.issuer else _another_s(claims, issuer)
    except (JoseError, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


def _own(payload: bytes) -> AuthenticatedPrincipal:
    claims = jwt.OwnClaims.model_validate_json(payload)
    return AuthenticatedPrincipal(
        client_id=claims.client_id,
        subject=claims.sub,
        scopes=known(claims.scope.split()),
        kind=claims.kind,
        unit=claims.unit,
        session=claims.sid,
        device=claims.device,
        issued_at=claims.iat,
        bank_wide=claims.bank_wide,
        signed=claims.signed,
    )


def _another_s(claims: jwt.Claims, issuer: Issuer) -> AuthenticatedPrincipal:
    """Another issuer says who somebody is; what this bank lets them do and see is not its to say."""
    name = issuer.client_id(claims.sub)
    scopes = issuer.ceiling.lowered(claims.scope.split())
    return AuthenticatedPrincipal(client_id=name, subject=name, scopes=scopes, signed=issuer.ceiling.signed)


def _issuer(name: str) -> Issuer:
    """The trusted issuer that the token claims to be from; whether it is, its keys then say."""
    issuer = issuers.trusted().get(name)
    if issuer is None:
        raise Refused("the issuer is not trusted")
    return issuer


def _signed_payload(token: str, issuer: Issuer, stated: Unverified) -> bytes:
    """The payload, once the signature is right. The algorithm is ours to say, never the token's."""
    try:
        return _verified(token, issuer.keys(stated))
    except InvalidKeyIdError:
        return _verified(token, issuer.keys(stated, again=True))


def _verified(token: str, keys: KeySet) -> bytes:
    return jws.deserialize_compact(token, keys, algorithms=[ALGORITHM]).payload


def _current(issuer: Issuer) -> JWTClaimsRegistry:
    return JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer.name},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
        sub={"essential": True},
    )
