"""The payments room at the edge: routes, its outbox, the queue of decided reviews, the expiry of holds."""

from typing import Any

from bank import jobs, store
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.ledger import expiry
from bank.observability import logger, metrics
from bank.privacy import exports
from bank.risk.reviews import ReviewDecision
from payments import events, rendering
from payments.routes import app as app
from payments.service import exports as gathering
from payments.service import holds, lists, made, reviews
from payments.tables import PAYMENT, IndexRow, PaymentRow


def on_payments(event: dict[str, Any], context: Any) -> None:
    """The payments' stream: write what lists need, then tell what happened."""
    changes = [(record, *images(record)) for record in event["Records"]]
    store.put_many([row for _, old, new in changes if new and not old for row in _index_rows(new)])
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.payment_id)
        for record, old, new in changes
        for domain_event in events.of_change(old, new)
    )
    logger.info("published events of payments", records=len(changes))


def _index_rows(new: store.Item) -> list[IndexRow]:
    """The rows by which lists find what was made; a refund or split that was refused is in none."""
    kind = new["record"]["S"].partition("#")[0]
    if kind == PAYMENT:
        return lists.index_rows(PaymentRow.from_item(new))
    if kind not in made.MODELS or "refusal" in new:
        return []
    return [made.index_row(made.MODELS[kind].from_item(new))]


@jobs.recorded(keep_days=8)
@metrics.log_metrics
def on_hold_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: expire the holds whose time is over."""
    return expiry.run(holds.EXPIRING, left_ms=context.get_remaining_time_in_millis())


def on_reviews(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of decided reviews: release or reject the payments that were held."""

    def take(body: str) -> None:
        decision = ReviewDecision.of(unwrap_sqs_event(body))
        if decision.product == "payment":
            reviews.decide(decision=decision)
        logger.info("review decided", record_id=decision.record_id, decision=decision.decision)

    return process_sqs_batch(event, context, take)


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data: write this room's part."""
    return exports.process(event, context, room="payments", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    rows = gathering.payments(customer_id)
    return rendering.own_data(rows, gathering.refunds(rows), gathering.lines(rows))
