"""Entitlements: how customers come by them, and what is shown of them."""

from typing import Annotated

from pydantic import Field

from bank.benefits.domain import Status
from bank.benefits.offers import Kind
from bank.http import Body, Identifier, Instant, Page, Schema
from bank.risk import RiskSignals

OrderNo = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-|*@.]+$", examples=["CD-0001"])
]


class CreateClaim(RiskSignals):
    """A claim of a product for a customer, by a wallet of theirs."""

    product_id: Identifier
    account_id: Identifier
    customer_id: Identifier | None = Field(
        default=None,
        description="Whose wallet it is; a customer who asks leaves it out",
        examples=["cus_01JDB3W6Q2V0M8C4T5R7N9XKHE"],
    )


class Order(Body):
    """An order, by its merchant and the merchant's number."""

    merchant_id: Identifier
    merchant_order_no: OrderNo


class Reservation(Order):
    """An order to keep an entitlement for, and for how long."""

    minutes: Annotated[int, Field(ge=1, le=30)] = 15


class Gift(Body):
    """Receiver of a gift: the customer of a wallet."""

    account_id: Identifier


class EntitlementAnswer(Schema):
    """An entitlement as it is now. `status` says `expired` from the instant on at which its time is over."""

    entitlement_id: str
    product_id: str
    offer_id: str
    customer_id: str
    kind: Kind
    name: str
    status: Status
    uses_left: int
    valid_from: Instant
    valid_to: Instant
    reserved_until: Instant | None
    issued_at: Instant
    given_from: str | None
    voucher_code: str | None = Field(
        default=None,
        description="Shown where one entitlement is read, to its customer or the channel of these",
    )


class EntitlementPage(Schema):
    """A page of entitlements, the first to end first."""

    items: list[EntitlementAnswer]
    next_cursor: str | None


class EntitlementsQuery(Page):
    """Filter of entitlements: a wallet's, those that can be used or those that have ended."""

    account_id: Identifier
    ended: bool = False
