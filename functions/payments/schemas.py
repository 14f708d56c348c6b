"""Requests and answers of the payments room: its HTTP contract."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
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


class CreatePayment(RiskSignals):
    """A payment to make: by the payer's account, or by the code that the customer presented."""

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


class PaymentAnswer(Schema):
    """A payment. `net` is what the merchant keeps, before splits: captured, less refunds and fee kept."""

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


MADE_BY = Field(
    default=None, description="Who asked for it, shown to staff", examples=["stf_01JDB3W6Q2V0M8C4T5R7N9XKHE"]
)


class CreateRefund(Body):
    """A refund to make."""

    amount: Amount
    reason: Text


class RefundAnswer(Schema):
    """A refund that was made. `fee_returned` of it came from the fee, the rest from the merchant."""

    refund_id: str
    payment_id: str
    amount: int
    currency: str
    fee_returned: int = Field(examples=[6])
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
