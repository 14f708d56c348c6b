"""Payments: made, listed and captured."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
from bank.money import MAX_AMOUNT
from bank.points.worth import POINTS_PER_FEN, price
from bank.risk import RiskSignals
from payments.domain import MAX_DESCRIPTION_BYTES, Status


class Capture(StrEnum):
    """Capture of a payment: at once, or later from a hold."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


Code = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{18}$", description="As the customer presented it", examples=["880123456789012345"]
    ),
]
OrderNo = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-|*@.]+$", examples=["CD-0001"])
]


class Item(Body):
    """A line of an order: some units, and what they cost together before discounts."""

    sku: Annotated[Text, Field(max_length=64)]
    category: Annotated[str, Field(max_length=64)] = ""
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    amount: Amount


class CreatePayment(RiskSignals):
    """A payment to make: by the payer's account, or by the code that the customer presented.

    `amount` is the order's value; benefits that are named, or the best of the payer's (`auto_apply`), take
    their discount off what the payer pays, and then points what they are worth.
    """

    added: ClassVar[frozenset[str]] = frozenset({"entitlement_ids", "auto_apply", "items", "points"})

    payer_account_id: Identifier | None = None
    payment_code: Code | None = None
    merchant_id: Identifier
    amount: Amount
    currency: Currency
    merchant_order_no: OrderNo
    description: Text | None = Field(default=None, description="At most 256 bytes in UTF-8")
    capture: Annotated[Capture, Field(strict=False)] = Capture.AUTOMATIC
    expires_at: Instant | None = Field(
        default=None,
        description="When the hold of a manual capture ends, within 30 days; 7 days where none is given",
    )

    entitlement_ids: list[Identifier] = Field(default=[], max_length=3, description="All of them are used")
    auto_apply: bool = Field(default=False, description="Use the best combination of the payer's benefits")
    items: list[Item] = Field(default=[], max_length=50, description="Lines, which add up to `amount`")
    points: int = Field(
        default=0,
        ge=0,
        le=price(MAX_AMOUNT),
        multiple_of=POINTS_PER_FEN,
        description="Points of the payer's to pay with: five are one fen",
    )

    @model_validator(mode="after")
    def _one_order(self) -> "CreatePayment":
        if self.auto_apply and self.entitlement_ids:
            raise ValueError("give either entitlement_ids or auto_apply")
        if len(set(self.entitlement_ids)) < len(self.entitlement_ids):
            raise ValueError("an entitlement is named twice")
        if self.items and sum(item.amount for item in self.items) != self.amount:
            raise ValueError("the amounts of items add up to amount")
        return self

    @model_validator(mode="after")
    def _one_payer(self) -> "CreatePayment":
        if (self.payer_account_id is None) == (self.payment_code is None):
            raise ValueError("give either payer_account_id or payment_code")
        if self.expires_at and self.capture is not Capture.MANUAL:
            raise ValueError("expires_at goes with capture: manual")
        if len((self.description or "").encode()) > MAX_DESCRIPTION_BYTES:
            raise ValueError(f"description has more than {MAX_DESCRIPTION_BYTES} bytes")
        return self


class Decline(Schema):
    """Reason for which a payment was declined."""

    code: str = Field(examples=["insufficient_funds"])
    detail: str


class Links(Schema):
    """Links from a payment."""

    self: str = Field(examples=["/payments/pay_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    refunds: str = Field(examples=["/payments/pay_01JDB3W6Q2V0M8C4T5R7N9XKHE/refunds"])
    splits: str = Field(examples=["/payments/pay_01JDB3W6Q2V0M8C4T5R7N9XKHE/splits"])
    capture: str | None = Field(description="While it is authorized", examples=[None])
    cancel: str | None = Field(description="While it is authorized", examples=[None])


class UsedBenefit(Schema):
    """A benefit that the payment uses, and what it gives of what was captured, or is to be."""

    entitlement_id: str
    discount_amount: int = Field(examples=[1000])


class PaymentAnswer(Schema):
    """A payment. `net` is what the merchant keeps, before splits: captured, less refunds and fee kept.

    Amounts are of the order's value: of it the payer pays `payer_amount`, benefits `discount_amount`, and
    `points` of the payer's `points_amount`.
    """

    payment_id: str = Field(examples=["pay_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    status: Status = Field(examples=["succeeded"])
    payer_account_id: str
    merchant_id: str
    amount: int
    currency: str
    captured_amount: int = Field(examples=[1990])
    refunded_amount: int = Field(examples=[0])
    fee: int = Field(description="Charged at capture", examples=[12])
    fee_returned: int = Field(description="Of the fee, returned with refunds", examples=[0])
    discount_amount: int = Field(description="What benefits give of it", examples=[0])
    points_amount: int = Field(description="What points pay of it", examples=[0])
    payer_amount: int = Field(description="What the payer pays of it", examples=[1990])
    points: int = Field(description="Points that pay, or are to", examples=[0])
    points_returned: int = Field(description="Of these, returned with refunds", examples=[0])
    benefits: list[UsedBenefit]
    net: int = Field(examples=[1978])
    split_amount: int = Field(examples=[0])
    merchant_order_no: str
    description: str | None = Field(examples=["Two records"])
    capture: Capture
    created_at: Instant
    expires_at: Instant | None = Field(examples=[None])
    decline: Decline | None
    links: Links


class PaymentPage(Schema):
    """A page of payments, newest first."""

    items: list[PaymentAnswer]
    next_cursor: str | None


class PaymentsQuery(Page):
    """Filter of payments: by merchant, payer or order number; created in [from, to)."""

    merchant_id: Identifier | None = None
    payer_account_id: Identifier | None = None
    merchant_order_no: OrderNo | None = None
    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None

    @model_validator(mode="after")
    def _one_list(self) -> "PaymentsQuery":
        if not (self.merchant_id or self.payer_account_id or self.merchant_order_no):
            raise ValueError("give merchant_id, payer_account_id or merchant_order_no")
        return self


class CapturePayment(Body):
    """Amount to capture; all of it where none is given. The rest of the hold returns."""

    amount: Amount | None = None
