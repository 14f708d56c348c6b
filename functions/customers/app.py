"""The customers room at the edge: routes, the outbox of its table, and the levels that kyc tells of."""

from typing import Any

from bank.events import envelope_for_change, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger, metrics
from bank.privacy import closures, exports
from bank.privacy.closures import Closure
from customers import events, rendering
from customers.routes import app as app
from customers.service import erasure, identity, notices, people
from customers.service.wallets import apply_level


@metrics.log_metrics
def on_customers(event: dict[str, Any], context: Any) -> None:
    """The customers' stream: tell what happened, without personal data; and those whom it concerns."""
    happened = [(record, each) for record in event["Records"] for each in events.of_record(record)]
    publish(envelope_for_change(record, each, subject=each.customer_id) for record, each in happened)
    sent = [notices.tell(notice) for notice in map(events.notice_of, event["Records"]) if notice]
    metrics.add_metric(name="NoticesNotSent", unit="Count", value=sent.count(False))
    logger.info("published", records=len(event["Records"]), events=len(happened))


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data, or have left: write this room's part, or erase the rest."""
    return process_sqs_batch(event, context, _take_own)


def _take_own(body: str) -> None:
    envelope = unwrap_sqs_event(body)
    if envelope["type"] == closures.CLOSED:
        erasure.erase(Closure.of(envelope))
    else:
        exports.take(envelope, room="customers", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    try:
        return rendering.own_data(people.load(customer_id))
    except people.CustomerNotFound:
        # They have left, or were suspended, meanwhile.
        return {}


def on_kyc_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """kyc's events: a customer's level changed, so its wallets' limits do; what it rests on proves them."""
    return process_sqs_batch(event, context, _take)


def _take(body: str) -> None:
    envelope = unwrap_sqs_event(body)
    if envelope["type"] != events.LEVEL_CHANGED:
        return
    data = envelope["data"]
    customer_id, known = data["customer_id"], data.get("identity")
    learned = known is not None and identity.learn(customer_id=customer_id, identity=known)
    applied = apply_level(customer_id=customer_id, level=int(data["level"]), at=envelope["time"])
    logger.info("level", customer_id=customer_id, level=data["level"], applied=applied, learned=learned)
