"""Quotes: what benefits would give an order, and why others would not."""

from typing import Annotated

from pydantic import Field, model_validator

from bank.http import Amount, Body, Currency, Identifier, Schema, Text
from bank.money import MAX_AMOUNT
from benefits.schemas.entitlements import OrderNo


class QuotedItem(Body):
    """A line of an order: some units, and what they cost together before discounts."""

    sku: Annotated[Text, Field(max_length=64)]
    category: Annotated[str, Field(max_length=64)] = ""
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    amount: Amount


class QuoteRequest(Body):
    """An order of the customer of a wallet: with the benefits named, or the best of what the customer has."""

    account_id: Identifier
    merchant_id: Identifier
    amount: Amount
    currency: Currency
    merchant_order_no: OrderNo | None = Field(default=None, description="By which entitlements were reserved")
    items: list[QuotedItem] = Field(default=[], max_length=50, description="Lines, which add up to `amount`")
    entitlement_ids: list[Identifier] = Field(default=[], max_length=30, description="Those to choose from")

    @model_validator(mode="after")
    def _adds_up(self) -> "QuoteRequest":
        if self.items and sum(item.amount for item in self.items) != self.amount:
            raise ValueError("the amounts of items add up to amount")
        if len(set(self.entitlement_ids)) < len(self.entitlement_ids):
            raise ValueError("an entitlement is named twice")
        return self


class UsabilityQuery(Schema):
    """An order, without its lines: in minor units of a currency, at a merchant."""

    merchant_id: Identifier
    amount: int = Field(ge=1, le=MAX_AMOUNT)
    currency: Currency
    merchant_order_no: OrderNo | None = None


class AppliedBenefit(Schema):
    """A benefit of the best combination, and what it takes off: in all, and of each line."""

    entitlement_id: str
    name: str
    discount_amount: int
    lines: list[int]


class LeftOut(Schema):
    """A benefit that is not of it, and the reason: a stable code, and a sentence to show."""

    entitlement_id: str
    name: str
    code: str = Field(examples=["minimum_not_met"])
    detail: str
    detail_zh: str


class QuoteAnswer(Schema):
    """The best combination for an order. Nothing is used or reserved by it."""

    amount: int
    discount_amount: int
    payer_amount: int
    currency: str
    applied: list[AppliedBenefit]
    left_out: list[LeftOut]


class UsabilityAnswer(Schema):
    """One entitlement's outcome for an order: what it would take off alone, or why it would not."""

    entitlement_id: str
    usable: bool
    discount_amount: int
    code: str | None
    detail: str | None
    detail_zh: str | None
