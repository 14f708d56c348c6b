"""The payments room at the edge: routes, the outbox of its table, and the job that expires holds."""

from datetime import datetime
from typing import Any, TypeVar

from bank import clock, errors, store
from bank.access.principal import Kind
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call, Page
from bank.observability import logger
from bank.risk import ChallengeRequired
from bank.risk.reviews import ReviewDecision
from payments import events, rendering, schemas
from payments.service import codes, holds, lists, pay, refunds, reviews, splits
from payments.service.scope import NotThePayee
from payments.tables import PAYMENT, PaymentRow

app = Api("payments")

PAYERS = (Kind.CHANNEL, Kind.CUSTOMER)
PAYEES = (Kind.CHANNEL, Kind.STAFF)


@app.post(
    "/payments",
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
    order = pay.Order(
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
        request_context=body.request_context(),
    )
    row, replayed = pay.pay(order=order)
    return Answer(rendering.payment_as_created(row), replayed=replayed)


@app.get(
    "/payments",
    scope="payments:read",
    query=schemas.PaymentsQuery,
    answer=schemas.PaymentPage,
)
def list_payments(call: Call, query: schemas.PaymentsQuery) -> schemas.PaymentPage:
    """Payments of a merchant, of a payer or with an order number, newest first; a second late at most.

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
    rows, last = lists.find(wanted=wanted, principal=call.principal)
    return schemas.PaymentPage(
        items=[rendering.payment(row) for row in rows],
        next_cursor=store.encode_cursor(last) if last else None,
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
    row, capture, replayed = holds.capture(
        payment_id=payment_id,
        operation_id=call.record_id("cap"),
        request_digest=call.digest,
        amount=body.amount,
        principal=call.principal,
    )
    return Answer(rendering.payment_as_captured(row, capture), replayed=replayed)


@app.post(
    "/payments/{payment_id}/cancel",
    scope="payments:write",
    callers=PAYEES,
    answer=schemas.PaymentAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
    example={"status": "cancelled", "capture": "manual", "captured_amount": 0, "fee": 0, "net": 0},
)
def cancel_payment(call: Call, payment_id: str) -> Answer:
    """Cancel an authorized payment; its hold returns to the payer."""
    row, _, replayed = holds.cancel(
        payment_id=payment_id,
        operation_id=call.record_id("can"),
        request_digest=call.digest,
        principal=call.principal,
    )
    return Answer(rendering.payment_as_cancelled(row), replayed=replayed)


@app.post(
    "/payments/{payment_id}/refunds",
    scope="payments:write",
    callers=PAYEES,
    status=201,
    body=schemas.CreateRefund,
    answer=schemas.RefundAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
)
def create_refund(call: Call, payment_id: str, body: schemas.CreateRefund) -> Answer:
    """Refund a part or all of a captured payment; the fee is returned in proportion."""
    row, replayed = refunds.refund(
        payment_id=payment_id,
        refund_id=call.record_id("ref"),
        request_digest=call.digest,
        amount=body.amount,
        reason=body.reason,
        principal=call.principal,
    )
    return Answer(rendering.refund(row), replayed=replayed)


@app.get(
    "/payments/{payment_id}/refunds",
    scope="payments:read",
    query=Page,
    answer=schemas.RefundPage,
    problems=[errors.NotFound],
)
def list_refunds(call: Call, payment_id: str, query: Page) -> schemas.RefundPage:
    """A payment's refunds, oldest first."""
    answers = [
        rendering.refund(row) for row in refunds.of_payment(payment_id=payment_id, principal=call.principal)
    ]
    items, next_cursor = _page(answers, query, lambda answer: _key(answer.created_at, answer.refund_id))
    return schemas.RefundPage(items=items, next_cursor=next_cursor)


@app.post(
    "/payments/{payment_id}/splits",
    scope="payments:write",
    callers=PAYEES,
    status=201,
    body=schemas.CreateSplit,
    answer=schemas.SplitAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
)
def create_split(call: Call, payment_id: str, body: schemas.CreateSplit) -> Answer:
    """Share parts of a payment's net with other merchants, now or later; together never more than the net."""
    row, replayed = splits.split(
        payment_id=payment_id,
        split_id=call.record_id("spl"),
        request_digest=call.digest,
        receivers={receiver.merchant_id: receiver.amount for receiver in body.receivers},
        principal=call.principal,
    )
    return Answer(rendering.split(row), replayed=replayed)


@app.get(
    "/payments/{payment_id}/splits",
    scope="payments:read",
    query=Page,
    answer=schemas.SplitPage,
    problems=[errors.NotFound],
)
def list_splits(call: Call, payment_id: str, query: Page) -> schemas.SplitPage:
    """A payment's splits, oldest first."""
    answers = [
        rendering.split(row) for row in splits.of_payment(payment_id=payment_id, principal=call.principal)
    ]
    items, next_cursor = _page(answers, query, lambda answer: _key(answer.created_at, answer.split_id))
    return schemas.SplitPage(items=items, next_cursor=next_cursor)


@app.post(
    "/payment-codes",
    scope="payments:write",
    callers=PAYERS,
    status=201,
    body=schemas.CreatePaymentCode,
    answer=schemas.PaymentCodeAnswer,
    problems=[errors.NotFound, errors.Refusal],
)
def create_payment_code(call: Call, body: schemas.CreatePaymentCode) -> schemas.PaymentCodeAnswer:
    """A code for the customer to present: 18 digits and their QR, good once for 60 seconds."""
    code, row = codes.create(account_id=body.account_id, principal=call.principal)
    return schemas.PaymentCodeAnswer(
        code=code,
        account_id=row.account_id,
        expires_at=clock.parse(row.expires_at),
        qr_svg=codes.qr_svg(code),
    )


# Events -------------------------------------------------------------------------------------------


def on_payments(event: dict[str, Any], context: Any) -> None:
    """The payments' stream: write what lists need, then tell what happened."""
    changes = [(record, *images(record)) for record in event["Records"]]
    created = (new for _, old, new in changes if new and not old and new["record"]["S"] == PAYMENT)
    store.put_many([row for new in created for row in lists.index_rows(PaymentRow.from_item(new))])
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.payment_id)
        for record, old, new in changes
        for domain_event in events.of_change(old, new)
    )
    logger.info("published events of payments", records=len(changes))


def on_hold_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: expire the holds whose time is over."""
    expired = holds.expire_due()
    logger.info("expired", holds=expired)
    return {"expired": expired}


def on_reviews(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of decided reviews: release or reject the payments that were held."""

    def take(body: str) -> None:
        decision = ReviewDecision.of(unwrap_sqs_event(body))
        if decision.product == "payment":
            reviews.decide(decision=decision)
        logger.info("review decided", record_id=decision.record_id, decision=decision.decision)

    return process_sqs_batch(event, context, take)


# Helpers ------------------------------------------------------------------------------------------

AnswerT = TypeVar("AnswerT")


def _instant(moment: datetime | None) -> str:
    return clock.instant(moment) if moment else ""


def _key(moment: datetime, record_id: str) -> str:
    return f"{clock.instant(moment)}#{record_id}"


def _page(answers: list[AnswerT], query: Page, key: Any) -> tuple[list[AnswerT], str | None]:
    """A page of a list that was read whole: a payment has few refunds and splits."""
    rest = [answer for answer in answers if key(answer) > (query.after or "")]
    items = rest[: query.limit]
    more = len(rest) > query.limit
    return items, store.encode_cursor(key(items[-1])) if more else None
