"""The points room at the edge: its routes, the events that it hears, and its jobs with their queue."""

from collections import Counter
from datetime import timedelta
from typing import Any

from bank import clock, jobs, store
from bank.events import unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger, metrics
from bank.privacy import closures, exports
from bank.privacy.closures import Closure
from points import rendering
from points.adapters.queue import BOOKING, EXPIRY, Part
from points.routes import app as app
from points.service import closing, earning, redeeming, reversing, runs
from points.service.earning import Paid, Refund
from points.service.members import JOB
from points.service.reversing import Reversal
from points.tables import MemberRow

PAID = "perkbank.payments.PaymentSucceeded.v1"
REFUNDED = "perkbank.payments.PaymentRefunded.v1"
TO_NOTHING = {f"perkbank.payments.Payment{end}.v1" for end in ("Cancelled", "Expired", "Declined")}
# From then on a run that has not come to its end wakes people.
WITHIN = timedelta(hours=6)


def on_payment_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Payments and refunds: note what they earn, or take it back; points that they spend leave or return.

    An event that tells of `points` is of a payment that has reserved them, or of a refund that returns them.
    What is earned follows what is paid in money.
    """
    return process_sqs_batch(event, context, _take_payment)


def _take_payment(body: str) -> None:
    received = unwrap_sqs_event(body)
    data = received["data"]
    payment_id, points = data["payment_id"], data.get("points")
    taken = came = "nothing"
    if received["type"] == PAID:
        reserved = (payment_id, data["customer_id"])
        taken = redeeming.take(*reserved, data["captured_points"]) if points else "nothing"
        came = _take_paid(data, received["time"]) if data["customer_id"] else "nobody"
    elif received["type"] == REFUNDED:
        taken = _return(payment_id, data, points) if points else "nothing"
        came = earning.take_refund(_refund(data))
    elif received["type"] in TO_NOTHING and points:
        taken = redeeming.give_back(payment_id, data["customer_id"])
    logger.info("heard of a payment", payment_id=payment_id, came=came, taken=taken)


def _return(payment_id: str, data: dict[str, Any], points: int) -> str:
    refund = Reversal(data["refund_id"], payment_id, points, data.get("made_by") or JOB)
    return reversing.refund(order=refund)


def _refund(data: dict[str, Any]) -> Refund:
    return Refund(data["payment_id"], data["refund_id"], _in_money(data, "discount_returned"))


def _take_paid(data: dict[str, Any], at: str) -> str:
    paid = Paid(
        payment_id=data["payment_id"],
        customer_id=data["customer_id"],
        client_id=data["client_id"],
        unit_id=data["unit_id"],
        amount=_in_money(data, "discount", of="captured_amount"),
        currency=data["currency"],
        capture=data["capture"],
        paid_at=clock.parse(at),
    )
    return earning.take_paid(paid)


def _in_money(data: dict[str, Any], discount: str, *, of: str = "amount") -> int:
    """Money that the customer paid or got: without what benefits and points were."""
    borne: int = data.get(discount, 0) + data.get("points_amount", 0)
    return int(data[of]) - borne


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who leave: their points are forfeited. Who wants their data: write a part."""
    return process_sqs_batch(event, context, _take_customer)


def _take_customer(body: str) -> None:
    received = unwrap_sqs_event(body)
    if received["type"] == closures.CLOSED:
        closing.close(Closure.of(received))
    if received["type"] == exports.REQUESTED:
        exports.take(received, room="points", gather=_own_data)
    logger.info("taken", type=received["type"])


def _own_data(customer_id: str) -> exports.Part:
    return rendering.own_data(store.get(MemberRow, customer_id))


@jobs.recorded(keep_days=400)
def on_booking(event: dict[str, Any], context: Any) -> jobs.FannedOut:
    """On schedule: book the points that are due. Safe to run again, and twice at once."""
    return _begin(BOOKING)


@jobs.recorded(keep_days=400)
def on_expiry(event: dict[str, Any], context: Any) -> jobs.FannedOut:
    """On schedule: book the points that have expired. Safe to run again, and twice at once."""
    return _begin(EXPIRY)


def _begin(job: str) -> jobs.FannedOut:
    parts = runs.start(run=str(jobs.current()), job=job)
    logger.info("a run begins", job=job, parts=parts)
    return jobs.FannedOut(parts, within=WITHIN, counts={"parts": parts})


@metrics.log_metrics
def on_parts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of the jobs' runs: a page of what is due, or of accounts in which points may have expired."""
    counted: Counter[str] = Counter()

    def take(body: str) -> None:
        part = Part.of_body(body)

        def work() -> jobs.PartDone:
            counts, further = runs.take(part, left_ms=context.get_remaining_time_in_millis)
            counted.update(counts)
            return jobs.PartDone(dict(counts), tuple(each.name for each in further))

        jobs.do_part(jobs.RunKey.of(part.run), part.name, work, further=part.after is not None)

    answer = process_sqs_batch(event, context, take)
    failed = counted["failed"] + len(answer["batchItemFailures"])
    metrics.add_metric(name="PointsFailures", unit="Count", value=failed)
    logger.info("points booked", extra=dict(counted))
    return answer
