"""Refunds and splits of a payment, and codes to pay with."""

from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from bank.http import Amount, Body, Identifier, Instant, Schema, Text

MADE_BY = Field(
    default=None, description="Who asked for it, shown to staff", examples=["stf_01JDB3W6Q2V0M8C4T5R7N9XKHE"]
)


class LineRefund(Body):
    """A line of the order, counted from 1, and how much of its value is refunded."""

    line: Annotated[int, Field(ge=1, le=50)]
    amount: Amount


class CreateRefund(Body):
    """A refund to make, of the order's value: discounts on it go back to who bore them, and points return.

    `items` says of which lines it is, where a payment with benefits or points came with lines; else of all in
    proportion.
    """

    added: ClassVar[frozenset[str]] = frozenset({"items"})

    amount: Amount
    reason: Text
    items: list[LineRefund] = Field(default=[], max_length=50)

    @model_validator(mode="after")
    def _adds_up(self) -> "CreateRefund":
        if self.items and sum(item.amount for item in self.items) != self.amount:
            raise ValueError("the amounts of items add up to amount")
        return self


class RefundAnswer(Schema):
    """A refund that was made. `fee_returned` of it came from the fee, the rest from the merchant.

    The payer got `payer_amount`; `discount_returned` went back to who bore the discounts, and what points had
    paid (`points_amount`) returns as points.
    """

    refund_id: str
    payment_id: str
    amount: int
    currency: str
    fee_returned: int = Field(examples=[6])
    discount_returned: int = Field(examples=[0])
    points_amount: int = Field(description="What points had paid of it", examples=[0])
    points_returned: int = Field(description="They return a moment later", examples=[0])
    payer_amount: int = Field(examples=[1990])
    reason: str
    journal_id: str
    made_by: str | None = MADE_BY
    created_at: Instant


class RefundPage(Schema):
    """A page of a payment's refunds, oldest first."""

    items: list[RefundAnswer]
    next_cursor: str | None


class Receiver(Body):
    """Receiver of a split and its amount."""

    merchant_id: Identifier
    amount: Amount


class CreateSplit(Body):
    """Profit sharing: parts of the payment's net for other merchants."""

    receivers: list[Receiver] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _each_once(self) -> "CreateSplit":
        if len({receiver.merchant_id for receiver in self.receivers}) != len(self.receivers):
            raise ValueError("a merchant stands twice among the receivers")
        return self


class SplitAnswer(Schema):
    """A split that was made."""

    split_id: str
    payment_id: str
    receivers: list[Receiver]
    amount: int
    currency: str
    journal_id: str
    made_by: str | None = MADE_BY
    created_at: Instant


class SplitPage(Schema):
    """A page of a payment's splits, oldest first."""

    items: list[SplitAnswer]
    next_cursor: str | None


class CreatePaymentCode(Body):
    """Account that the code pays from."""

    account_id: Identifier


class PaymentCodeAnswer(Schema):
    """A code to present, good once until `expires_at`, and its QR as an SVG document."""

    code: str = Field(examples=["880123456789012345"])
    account_id: str
    expires_at: Instant
    qr_svg: str = Field(examples=['<svg xmlns="http://www.w3.org/2000/svg">...</svg>'])
