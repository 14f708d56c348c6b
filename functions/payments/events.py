"""Events of the payments room: each step of a payment, its refunds and its splits."""

from typing import Any, ClassVar

from bank.benefits import bearers
from bank.events import DomainEvent
from bank.points.worth import price
from bank.risk.reviews import NOT_REVIEWED, VerdictTold
from bank.store import Item
from payments.domain import Status
from payments.tables import PAYMENT, PaymentRow, RefundRow, SplitRow


class PaymentsEvent(DomainEvent):
    """Base of this room's events. Amounts are in minor units of `currency`."""

    room: ClassVar[str] = "payments"
    payment_id: str


class PaymentStep(PaymentsEvent):
    """Base of the events that tell of a payment's new status."""

    payer_account_id: str
    merchant_id: str
    merchant_order_no: str
    amount: int
    currency: str
    capture: str
    # Whose account it is, if a customer's; which device, if the channel said; who let it in; what risk said.
    customer_id: str | None
    unit_id: str
    device_id: str | None
    client_id: str
    # What benefits give of it, and what points pay: the payer pays the rest. How many were set aside.
    discount: int = 0
    points_amount: int = 0
    points: int = 0
    risk: VerdictTold | None


class PaymentHeldForReview(PaymentStep):
    """Money is held until a person has looked at the payment; it is rejected where nobody has by then."""

    expires_at: str


class PaymentReviewLapsed(PaymentsEvent):
    """Nobody decided the review in time: the payment was declined and its hold returned."""


class PaymentAuthorized(PaymentStep):
    """Money is held for a payment."""

    expires_at: str


class PaymentSucceeded(PaymentStep):
    """A payment was captured, at once or from its hold."""

    captured_amount: int
    # Of those that were set aside: the others return.
    captured_points: int = 0
    fee: int
    settlement_account_id: str


class PaymentDeclined(PaymentStep):
    """A payment was refused; no money moved."""

    code: str


class PaymentCancelled(PaymentStep):
    """An authorized payment was cancelled; its hold returned."""


class PaymentExpired(PaymentStep):
    """An authorized payment was not captured in time; its hold returned."""


class PaymentRefunded(PaymentsEvent):
    """A refund was made, by a channel's client or a member of staff."""

    refund_id: str
    amount: int
    currency: str
    fee_returned: int
    # What of it went back to those who bore the discounts, and into points, and not to the payer.
    discount_returned: int = 0
    points_amount: int = 0
    points: int = 0
    reason: str
    made_by: str | None = None


class PaymentSplit(PaymentsEvent):
    """A payment's net was shared: amounts by merchant."""

    split_id: str
    receivers: dict[str, int]
    amount: int
    currency: str
    made_by: str | None = None


PUBLISHED: tuple[type[DomainEvent], ...] = (
    PaymentHeldForReview,
    PaymentReviewLapsed,
    PaymentAuthorized,
    PaymentSucceeded,
    PaymentDeclined,
    PaymentCancelled,
    PaymentExpired,
    PaymentRefunded,
    PaymentSplit,
)
PLAIN: dict[Status, type[PaymentStep]] = {
    Status.CANCELLED: PaymentCancelled,
    Status.EXPIRED: PaymentExpired,
}


def of_change(old: Item | None, new: Item | None) -> list[PaymentsEvent]:
    """The events that a change in the payments table means; a refused operation is none."""
    if new is None or "refusal" in new:
        return []
    record = new["record"]["S"]
    if record == PAYMENT:
        before = PaymentRow.from_item(old) if old else None
        return _step(before, PaymentRow.from_item(new))
    if record.startswith("refund#"):
        return [_refunded(RefundRow.from_item(new))]
    if record.startswith("split#"):
        return [_split(SplitRow.from_item(new))]
    return []


def _step(old: PaymentRow | None, new: PaymentRow) -> list[PaymentsEvent]:
    if old is not None and old.status == new.status:
        return []
    shares = new.shares or {}
    facts: dict[str, Any] = {
        "payment_id": new.payment_id,
        "payer_account_id": new.payer_account_id,
        "merchant_id": new.merchant_id,
        "merchant_order_no": new.merchant_order_no,
        "amount": int(new.amount),
        "currency": new.currency,
        "capture": new.capture,
        "customer_id": new.customer_id,
        "unit_id": new.unit_id,
        "device_id": new.device_id,
        "client_id": new.client_id,
        "discount": bearers.of_benefits(shares),
        "points_amount": bearers.of_points(shares),
        "points": new.reserved_points,
        "risk": new.verdict.summary() if new.verdict else None,
    }
    if new.state is Status.IN_REVIEW:
        return [PaymentHeldForReview(**facts, expires_at=new.expires_at)]
    if new.state is Status.AUTHORIZED:
        return [PaymentAuthorized(**facts, expires_at=new.expires_at)]
    if new.state is Status.DECLINED:
        declined = PaymentDeclined(**facts, code=new.decline["code"])
        lapsed = new.decline == NOT_REVIEWED
        return [declined, PaymentReviewLapsed(payment_id=new.payment_id)] if lapsed else [declined]
    if new.state is Status.SUCCEEDED:
        return [
            PaymentSucceeded(
                **facts,
                captured_amount=int(new.captured_amount),
                captured_points=price(bearers.of_points(shares)),
                fee=int(new.fee),
                settlement_account_id=new.settlement_account_id,
            )
        ]
    # Refunded, in part or whole: the refund's own record tells of it.
    return [PLAIN[new.state](**facts)] if new.state in PLAIN else []


def _refunded(row: RefundRow) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=row.payment_id,
        refund_id=row.refund_id,
        amount=int(row.amount),
        currency=row.currency or "",
        fee_returned=int(row.fee_returned),
        discount_returned=bearers.of_benefits(row.shares or {}),
        points_amount=bearers.of_points(row.shares or {}),
        points=price(bearers.of_points(row.shares or {})),
        reason=row.reason,
        made_by=row.made_by,
    )


def _split(row: SplitRow) -> PaymentSplit:
    return PaymentSplit(
        payment_id=row.payment_id,
        split_id=row.split_id,
        receivers={merchant_id: amount for merchant_id, amount in row.receivers},
        amount=int(row.amount),
        currency=row.currency or "",
        made_by=row.made_by,
    )
