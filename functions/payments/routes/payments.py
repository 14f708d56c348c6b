"""Payments: made, listed, captured and cancelled."""

from datetime import datetime

from bank import clock, errors
from bank.access import acts
from bank.http import Answer, Call
from bank.risk import ChallengeRequired
from payments import rendering, schemas
from payments.routes.api import PAYEES, PAYERS, app
from payments.service import captures, holds, lists, pay
from payments.service.discounts import Asked, Item
from payments.service.orders import Order
from payments.service.scope import NotThePayee


@app.post(
    "/payments",
    act=acts.MONEY,
    scope="payments:write",
    callers=PAYERS,
    status=201,
    body=schemas.CreatePayment,
    answer=schemas.PaymentAnswer,
    idempotent=True,
    session_checked=True,
    problems=[errors.NotFound, ChallengeRequired],
)
def create_payment(call: Call, body: schemas.CreatePayment) -> Answer:
    """Pay a merchant. What is refused is a payment too, with status `declined` and the reason.

    Risk may ask for a `payment_token` first (403, nothing recorded: the same key may come again with it), or
    hold the money until a person has looked (`in_review`).
    """
    order = Order(
        principal=call.principal,
        payment_id=call.record_id("pay"),
        request_digest=call.digest,
        payer_account_id=body.payer_account_id,
        payment_code=body.payment_code,
        merchant_id=body.merchant_id,
        amount=body.amount,
        currency=body.currency,
        merchant_order_no=body.merchant_order_no,
        description=body.description,
        manual=body.capture is schemas.Capture.MANUAL,
        expires_at=_instant(body.expires_at) or None,
        request_context=body.request_context(call.principal),
        asked=_asked(body),
    )
    row, replayed = pay.pay(order=order)
    return Answer(rendering.payment_as_created(row), replayed=replayed)


def _asked(body: schemas.CreatePayment) -> Asked:
    items = tuple(Item(each.sku, each.category, each.quantity, each.amount) for each in body.items)
    return Asked(tuple(body.entitlement_ids), body.auto_apply, items, body.points)


@app.get(
    "/payments",
    scope="payments:read",
    query=schemas.PaymentsQuery,
    answer=schemas.PaymentPage,
)
def list_payments(call: Call, query: schemas.PaymentsQuery) -> schemas.PaymentPage:
    """Payments of a merchant, of a payer or with an order number, newest first; a second late at most.

    With an order number alone they come merchant by merchant: naming the merchant too finds its own at once.
    Filters may be combined. A page may hold fewer items than `limit` and still have a `next_cursor`.
    """
    wanted = lists.Wanted(
        merchant_id=query.merchant_id,
        payer_account_id=query.payer_account_id,
        merchant_order_no=query.merchant_order_no,
        since=_instant(query.from_),
        until=_instant(query.to),
        after=query.after,
        limit=query.limit,
    )
    rows, last = lists.list_payments(wanted=wanted, principal=call.principal)
    return schemas.PaymentPage(
        items=[rendering.payment(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/payments/{payment_id}",
    scope="payments:read",
    answer=schemas.PaymentAnswer,
    problems=[errors.NotFound],
)
def get_payment(call: Call, payment_id: str) -> schemas.PaymentAnswer:
    """One payment as it is now."""
    return rendering.payment(holds.find(payment_id, call.principal))


@app.post(
    "/payments/{payment_id}/capture",
    act=acts.alone(acts.MONEY, "takes what the payer agreed to, at most"),
    scope="payments:write",
    callers=PAYEES,
    body=schemas.CapturePayment,
    answer=schemas.PaymentAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
    example={"capture": "manual"},
)
def capture_payment(call: Call, payment_id: str, body: schemas.CapturePayment) -> Answer:
    """Capture an authorized payment, whole or in part; what is left of the hold returns to the payer."""
    row, capture, replayed = captures.capture(
        payment_id=payment_id,
        operation_id=call.record_id("cap"),
        request_digest=call.digest,
        amount=body.amount,
        principal=call.principal,
    )
    return Answer(rendering.payment_as_captured(row, capture), replayed=replayed)


@app.post(
    "/payments/{payment_id}/cancel",
    act=acts.alone(acts.MONEY, "the money stays where it was"),
    scope="payments:write",
    callers=PAYEES,
    answer=schemas.PaymentAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
    example={"status": "cancelled", "capture": "manual", "captured_amount": 0, "fee": 0, "net": 0},
)
def cancel_payment(call: Call, payment_id: str) -> Answer:
    """Cancel an authorized payment; its hold returns to the payer."""
    row, _, replayed = captures.cancel(
        payment_id=payment_id,
        operation_id=call.record_id("can"),
        request_digest=call.digest,
        principal=call.principal,
    )
    return Answer(rendering.payment_as_cancelled(row), replayed=replayed)


def _instant(moment: datetime | None) -> str:
    return clock.instant(moment) if moment else ""
