"""Clients, their keys and their enrolment."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from bank.phones import MobilePhone
from identity.domain.clients import CLIENT_ID

MOST_HOURS, MOST_SCOPES, MOST_KEY = 24, 64, 2048
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAYKrCqQl0va2m5RBYbUwNWapRZ5swPtwumm+ac1tNaD4=
-----END PUBLIC KEY-----
"""
Reason = Annotated[Text, Field(description="Why, for the audit trail; no personal data")]
Scopes = Annotated[
    list[Identifier],
    Field(min_length=1, max_length=MOST_SCOPES, examples=[["payments:read", "payments:write"]]),
]
# Of a client that is registered here, or of another issuer's caller: `<issuer>#<sub>`.
Caller = Annotated[str, Field(pattern=r"^[ -~]{1,512}$", examples=["cli_01JDB3W6Q2V0M8C4T5R7N9XKHE"])]
Algorithm = Literal["ed25519", "rsa-pss-sha512", "rsa-v1_5-sha256"]


class ClientStatus(StrEnum):
    """Statuses of a client; an invited one has to enrol first."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class NewClient(Body):
    """A channel's client to register."""

    name: Text = Field(examples=["Shop app"])
    scopes: Scopes
    unit_id: Identifier = Field(description="Whose staff keep it and what comes through it")
    bank_wide: bool = Field(default=False, description="A system of the bank: sees every channel's")
    signed: bool = Field(default=True, description="It has to sign what moves money")
    contact: MobilePhone = Field(
        description="Who looks after it; its enrolment code is sent there", repr=False
    )
    reason: Reason


class ChangeClient(Body):
    """Changes of a client; what is left out stays as it is."""

    name: Text | None = None
    scopes: Scopes | None = None
    unit_id: Identifier | None = None
    bank_wide: bool | None = None
    signed: bool | None = None
    contact: MobilePhone | None = Field(default=None, repr=False)
    reason: Reason

    @property
    def takes_approval(self) -> bool:
        """Return whether what it may do, or who gets its secret, is changed; a name opens nothing."""
        return bool(self.model_fields_set - {"name", "reason"})


class ClientsQuery(Page):
    """Filter of clients: one unit of the data scope."""

    unit_id: Identifier | None = Field(default=None, description="The caller's own unit unless given")


class Why(Body):
    """The reason of an act."""

    reason: Reason


class NewEnrolment(Body):
    """Another enrolment code to send."""

    overlap_hours: int = Field(
        default=MOST_HOURS,
        ge=0,
        le=MOST_HOURS,
        description="How long the secret of now counts after the next is told",
    )
    reason: Reason


class Enrolment(Body):
    """A client's proof that it is meant: the code that its contact was sent."""

    client_id: str = Field(pattern=rf"^{CLIENT_ID.pattern}$", examples=["cli_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    enrolment_code: SecretStr = Field(min_length=1, max_length=128)


class EnrolledClient(Schema):
    """A client's secret, told once."""

    client_id: str = Field(examples=["cli_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    client_secret: str = Field(examples=["Zr1kq0y5o8w3t6u9x2v4b7n1m3c5s8d0f2g4h6j8k0l"])


class ClientAnswer(Schema):
    """A client. Its secret is told to nobody but itself, once."""

    client_id: str = Field(examples=["cli_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    name: str = Field(examples=["Shop app"])
    scopes: list[str]
    unit_id: str
    bank_wide: bool
    signed: bool
    status: ClientStatus
    contact: str | None = Field(description="Masked", examples=["+86138****8000"])
    enrolment_until: Instant | None = Field(description="Until when a code that was sent counts, if one does")
    rotated_at: Instant | None = Field(
        description="When it got the secret of now, unless with its registration"
    )
    created_at: Instant
    revoked_at: Instant | None


class ClientPage(Schema):
    """The clients of a unit, by id."""

    items: list[ClientAnswer]
    next_cursor: str | None


def _pem(text: str) -> str:
    if not re.fullmatch(r"-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*", text):
        raise ValueError("is not a public key in PEM (SubjectPublicKeyInfo)")
    return text


class NewKey(Body):
    """A public key that a client may sign requests with."""

    client_id: Caller
    algorithm: Algorithm
    public_key: Annotated[
        str, Field(max_length=MOST_KEY, description="PEM", examples=[PUBLIC_KEY]), AfterValidator(_pem)
    ]
    reason: Reason


class RetiredKey(Body):
    """The end of a client's key."""

    client_id: Caller
    after_hours: int = Field(default=0, ge=0, le=MOST_HOURS, description="Overlap with its successor")
    reason: Reason


class KeysQuery(Schema):
    """Filter of keys: those of one client."""

    client_id: Caller


class KeyAnswer(Schema):
    """A client's public key; it counts until `not_after`."""

    client_id: str
    key_id: str = Field(examples=["key_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    algorithm: Algorithm
    public_key: str
    created_at: Instant
    not_after: Instant | None


class KeyList(Schema):
    """A client's keys, by id."""

    items: list[KeyAnswer]
