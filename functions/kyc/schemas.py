"""Requests and answers of the kyc room: its HTTP contract. What comes in whole goes out masked."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from bank.phones import Phone, mainland
from kyc.domain import cards, facts
from kyc.domain.cards import Kind
from kyc.domain.facts import Status

Fact = Annotated[str, Field(max_length=64)]
Name = Annotated[
    Fact, Field(description="As on the identity card", examples=["张三丰"]), AfterValidator(facts.name)
]
IdNumber = Annotated[
    Fact,
    Field(description="Resident id number, GB 11643-1999", examples=["11010519491231002X"]),
    AfterValidator(facts.id_number),
]
MainlandPhone = Annotated[
    Phone, Field(description="Mainland mobile number", examples=["13812341234"]), AfterValidator(mainland)
]
CardNumber = Annotated[
    Fact,
    Field(
        description="Bank card, ISO/IEC 7812-1, of a bank that is known here",
        examples=["6222021234567890128"],
    ),
    AfterValidator(cards.card_number),
]


class _Facts(Body):
    name: Name = Field(repr=False)
    id_number: IdNumber = Field(repr=False)
    phone: MainlandPhone | None = Field(default=None, repr=False)
    card_number: CardNumber | None = Field(default=None, repr=False)
    document_expires_on: Annotated[date, Field(strict=False)] | None = Field(
        description="Until when the identity card is valid; null for life (长期)", examples=["2036-01-15"]
    )


class VerifyMe(_Facts):
    """Facts of identity as a customer states them."""


class VerifyCustomer(_Facts):
    """Facts of identity as a customer states them, through their channel."""

    customer_id: Identifier


class CustomerVerification(Schema):
    """A verification: `pending` until the provider has answered; then with the customer's level by it.

    `mismatched` names what did not match, to the bank's own alone: a customer who is told which of four facts
    was wrong could find out another's by trying.
    """

    verification_id: str
    customer_id: str
    status: Status
    reason: str | None = Field(examples=["id_number_in_use"])
    factors: list[str]
    name: str = Field(description="Masked", examples=["**丰"])
    id_number: str = Field(description="Masked", examples=["1101**********002X"])
    phone: str | None = Field(description="Masked", examples=["138****1234"])
    card_id: str | None
    card: str | None = Field(description="Masked", examples=["****0128"])
    channels: list[str] | None = Field(examples=[["police", "carrier", "bank:ICBC"]])
    mismatched: list[str] | None = None
    level: int | None = Field(description="1, 2 or 3")
    created_at: Instant
    concluded_at: Instant | None


class CustomerVerifications(Schema):
    """A page of verifications, newest first."""

    items: list[CustomerVerification]
    next_cursor: str | None


class VerificationsQuery(Page):
    """Filter of verifications: a customer's, or a unit's (a member of staff's own where none is named)."""

    customer_id: Identifier | None = None
    unit_id: Identifier | None = None


class UnmaskIdentity(Body):
    """Facts to unmask, and the reason, which the audit trail keeps."""

    customer_id: Identifier
    field: Literal["name", "id_number", "phone"]
    reason: Text


class UnmaskedIdentity(Schema):
    """A fact as it is."""

    customer_id: str
    field: str
    value: str = Field(repr=False, examples=["张三丰"])


class AddCard(Body):
    """A bank card of the caller's."""

    card_number: CardNumber = Field(repr=False)


class CardAnswer(Schema):
    """A card: a token, and what of the number may be seen."""

    card_id: str
    bank: str = Field(examples=["ICBC"])
    kind: Kind
    card: str = Field(description="Masked", examples=["****0128"])
    verified: bool = Field(description="Whether a verification has matched with it")
    created_at: Instant


class CardPage(Schema):
    """A page of cards."""

    items: list[CardAnswer]
    next_cursor: str | None
