"""Tokens and keys, in the words of RFC 6749 (OAuth 2.0) and RFC 7517 (JWK)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr, WithJsonSchema

from bank.http import Schema
from identity.domain.oauth import ErrorCode


class TokenRequest(Schema):
    """A token request (RFC 6749, section 4.4.2)."""

    # Section 3.2: parameters that are not recognised are ignored.
    model_config = ConfigDict(extra="ignore")

    # Any text is read, because another grant type is refused with an error of its own.
    grant_type: Annotated[
        str, Field(min_length=1), WithJsonSchema({"type": "string", "enum": ["client_credentials"]})
    ]
    client_id: str | None = Field(
        default=None, description="Unless HTTP Basic carries it", examples=["cli_shop"]
    )
    client_secret: SecretStr | None = Field(default=None, description="Unless HTTP Basic carries it")
    scope: str | None = Field(
        default=None,
        description="Space-separated, a subset of the client's; all of them when absent",
        examples=["payments:read payments:write"],
    )


class TokenAnswer(Schema):
    """An access token, to be sent as `Authorization: Bearer`."""

    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"])
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds", examples=[900])
    scope: str = Field(description="What the token opens", examples=["payments:read payments:write"])


class TokenError(Schema):
    """A refusal as RFC 6749, section 5.2 defines it."""

    error: ErrorCode
    error_description: str


class Jwk(Schema):
    """A public RSA key (RFC 7517). `kid` is its RFC 7638 thumbprint."""

    kty: Literal["RSA"]
    use: Literal["sig"]
    alg: Literal["RS256"]
    kid: str = Field(examples=["bT1hVE8yXzZ3"])
    n: str = Field(examples=["s3p0bW9kdWx1cw"])
    e: str = Field(examples=["AQAB"])


class Jwks(Schema):
    """The keys that access tokens verify with."""

    keys: list[Jwk]
