"""Tokens as others make them: joserfc's own encoder, and hands that follow no rule."""

import base64
import hashlib
import hmac
import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from bank import clock


def encoded(part: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def raw_bytes(part: str) -> bytes:
    """The inverse."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def decoded(part: str) -> Any:
    """One part of a token, parsed."""
    return json.loads(raw_bytes(part))


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token, unverified."""
    header, claims, _ = token.split(".")
    return decoded(header), decoded(claims)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The two parts that a signature is made of."""
    return f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"


def with_hmac(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """A token of HS256."""
    signed = unsigned({**header, "alg": "HS256"}, claims)
    return f"{signed}.{encoded(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def claims(issuer: str, **more: Any) -> dict[str, Any]:
    """Claims that are right for `issuer`, but for what a test says otherwise; None leaves one out."""
    now = int(clock.now().timestamp())
    usual = {
        "iss": issuer,
        "sub": "shop-7",
        "client_id": "shop-7",
        "aud": "perkbank",
        "iat": now,
        "exp": now + 300,
        "scope": "payments:read",
    }
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def signed(key: RSAKey, content: dict[str, Any], **header: Any) -> str:
    """A token of RS256 by `key`."""
    usual = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid}
    return jwt.encode({**usual, **header}, content, key, algorithms=["RS256"], default_type=None)
