"""Requests and answers of the payments room: its HTTP contract."""

from payments.schemas.operations import (
    CreatePaymentCode,
    CreateRefund,
    CreateSplit,
    LineRefund,
    PaymentCodeAnswer,
    Receiver,
    RefundAnswer,
    RefundPage,
    SplitAnswer,
    SplitPage,
)
from payments.schemas.payments import (
    Capture,
    CapturePayment,
    CreatePayment,
    Decline,
    Item,
    Links,
    PaymentAnswer,
    PaymentPage,
    PaymentsQuery,
    UsedBenefit,
)

__all__ = [
    "Capture",
    "CapturePayment",
    "CreatePayment",
    "CreatePaymentCode",
    "CreateRefund",
    "CreateSplit",
    "Decline",
    "Item",
    "LineRefund",
    "Links",
    "PaymentAnswer",
    "PaymentCodeAnswer",
    "PaymentPage",
    "PaymentsQuery",
    "Receiver",
    "RefundAnswer",
    "RefundPage",
    "SplitAnswer",
    "SplitPage",
    "UsedBenefit",
]
