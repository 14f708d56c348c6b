"""Access tokens as text, and the types of what they say; whether it is true, their signature tells.

Any JSON can stand in a token: a number where a list is expected, a list where text is. So header and claims
are held to types here before any other code looks at them, and what does not fit is a ValueError.
"""

from typing import Annotated, Any, Literal, NamedTuple, Self

from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, ConfigDict, Field, model_validator

# OpenID Connect Core, section 2: a subject has at most 255 characters of ASCII.
Name = Annotated[str, Field(pattern=r"\A[ -~]{1,255}\z")]
Text = Annotated[str, Field(pattern=r"\A[ -~]{0,8192}\z")]
# RFC 7519, section 2: seconds, which need not be whole.
NumericDate = Annotated[float, Field(ge=0, le=253_402_300_799, allow_inf_nan=False)]


class _Part(BaseModel):
    # An error that showed what was sent would put it into the log.
    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)


class Header(_Part):
    """The JOSE header. No extension is understood here, so that none may be critical (RFC 7515, 4.1.11)."""

    alg: Literal["RS256"]
    # RFC 9068, section 4: no ID token, logout token or other JWT of an issuer passes for an access token.
    typ: Annotated[str, Field(pattern=r"(?i)\A(application/)?at\+jwt\z")]
    kid: Name | None = None
    crit: Any = None
    b64: Any = None

    @model_validator(mode="after")
    def _refuse_extensions(self) -> Self:
        if self.model_fields_set & {"crit", "b64"}:
            raise ValueError("no extension is understood")
        return self


class Claims(_Part):
    """The claims that mean something here, whoever issued the token; an issuer's private ones do not."""

    iss: Name
    sub: Name
    aud: str | list[str]
    exp: NumericDate
    iat: NumericDate
    nbf: NumericDate | None = None
    scope: Text = ""


class OwnClaims(Claims):
    """Claims of the bank's own tokens (`bank.access.tokens`)."""

    client_id: Name
    iat: int
    kind: Literal["channel", "customer", "staff"] = "channel"
    unit: Text = ""
    sid: Text = ""
    device: Text = ""
    bank_wide: bool = False
    signed: bool = False

    @model_validator(mode="after")
    def _of_its_kind(self) -> Self:
        """Refuse what no token of this kind says: else the key of one kind would open what is another's."""
        if self.bank_wide and self.kind != "channel":
            raise ValueError("a channel alone is bank-wide")
        if self.unit and self.kind == "customer":
            raise ValueError("a customer is of no unit")
        return self


class Unverified(NamedTuple):
    """A token's header and claims, as it states them, and the bytes that its claims were read from."""

    header: Header
    claims: Claims
    payload: bytes


def unverified(token: str) -> Unverified:
    """Read a token in the compact serialization. Raises ValueError for what is none."""
    header, claims, _ = token.encode("ascii").split(b".")
    payload = urlsafe_b64decode(claims)
    return Unverified(
        Header.model_validate_json(urlsafe_b64decode(header)), Claims.model_validate_json(payload), payload
    )
