"""The accounts room at the edge: routes, the ledger's stream consumers and its scheduled verification."""

from collections import Counter
from datetime import timedelta
from typing import Any

from accounts import events, rendering
from accounts.adapters.queue import Part
from accounts.routes import app as app
from accounts.service import exports as gathering
from accounts.service import reviews, statements
from accounts.settings import settings
from accounts.tables import MovementRow
from bank import clock, jobs, ledger, store
from bank.events import change, envelope, envelope_for_change, publish, streams, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.ledger import AccountRow, JournalRow, expiry
from bank.observability import logger, metrics
from bank.privacy import exports
from bank.risk.reviews import ReviewDecision

# From then on a sweep that has not come to its end wakes people.
SWEPT_WITHIN = timedelta(hours=6)


def on_journals(event: dict[str, Any], context: Any) -> None:
    """The journals' stream: book the deferred legs. What fails is delivered again, to no second effect."""

    def book(records: streams.Records) -> None:
        images = (change(record, JournalRow)[1] for record in records)
        applied = ledger.applier.apply(row.to_domain() for row in images if row is not None)
        logger.info("applied", journals=applied)

    streams.take(event, context, book, aside=settings.failures_queue_url)


def on_balances(event: dict[str, Any], context: Any) -> None:
    """The accounts' stream: write the statements, then tell what changed."""

    def tell(records: streams.Records) -> None:
        changes = [(record, *change(record, AccountRow)) for record in records]
        rows = statements.rows_of_changes([(old, new) for _, old, new in changes if old and new])
        store.put_many(rows)
        publish(
            envelope_for_change(record, domain_event, subject=domain_event.account_id)
            for record, old, new in changes
            for domain_event in events.of_change(old, new)
        )
        logger.info("stated", changes=len(changes), rows=len(rows))

    streams.take(event, context, tell, aside=settings.failures_queue_url)


def on_movements(event: dict[str, Any], context: Any) -> None:
    """The movements' stream: tell that money came in or left, and what became of each withdrawal."""
    changes = [(record, *change(record, MovementRow)) for record in event["Records"]]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.movement_id)
        for record, old, new in changes
        for domain_event in events.of_movement(old, new)
    )
    logger.info("published events of movements", records=len(changes))


def on_reviews(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of decided reviews: release or reject the withdrawals that were held."""

    def take(body: str) -> None:
        decision = ReviewDecision.of(unwrap_sqs_event(body))
        if decision.product == "withdrawal":
            reviews.WITHDRAWALS.decide(decision)
        logger.info("review decided", record_id=decision.record_id, decision=decision.decision)

    return process_sqs_batch(event, context, take)


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data: write this room's part."""
    return exports.process(event, context, room="accounts", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    return rendering.own_data(gathering.gather(customer_id))


@jobs.recorded(keep_days=8)
@metrics.log_metrics
def on_review_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: reject the withdrawals whose review nobody decided in time."""
    return expiry.run(reviews.WITHDRAWALS.expiring, left_ms=context.get_remaining_time_in_millis())


@jobs.recorded(keep_days=400)
def on_sweep(event: dict[str, Any], context: Any) -> jobs.FannedOut:
    """On schedule: have booked and stated what streams have lost. Safe to run again, and twice at once.

    By hand with `since`, an instant: of all that was booked from then on.
    """
    # Imported here, as below: a sweep and a verification need much that no route of this room's API does.
    from accounts.service import sweeping

    run, since = jobs.current(), event.get("since")
    parts = sweeping.start(
        run=str(run),
        now=clock.parse(run.planned),
        since=clock.instant(clock.parse(since)) if since else None,
    )
    logger.info("a sweep begins", parts=parts)
    return jobs.FannedOut(parts, within=SWEPT_WITHIN, counts={"parts": parts})


@metrics.log_metrics
def on_sweep_parts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of a sweep: look through a segment of accounts, journals or gaps."""
    from accounts.service import sweeping

    counted: Counter[str] = Counter()

    def take(body: str) -> None:
        counted.update(sweeping.take(Part.of_body(body), left_ms=context.get_remaining_time_in_millis))

    answer = process_sqs_batch(event, context, take)
    failed = counted["failed"] + counted["altered"] + len(answer["batchItemFailures"])
    metrics.add_metric(name="SweepFailures", unit="Count", value=failed)
    metrics.add_metric(name="SweepMended", unit="Count", value=counted["booked"] + counted["stated"])
    logger.info("swept", extra=dict(counted))
    return answer


@jobs.recorded(keep_days=35)
@metrics.log_metrics
def on_verification(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule: verify the whole ledger; differences raise the alarm's metric and an event."""
    from bank.ledger import verification

    report = verification.verify()
    failures = report["difference_count"] + (not report["zero_sum"])
    logger.info("verified", accounts=report["accounts"], differences=report["difference_count"])
    metrics.add_metric(name="VerificationFailures", unit="Count", value=failures)
    if failures:
        logger.error("the ledger does not agree", report=report)
        failed = events.LedgerVerificationFailed(
            as_of=report["as_of"],
            zero_sum=report["zero_sum"],
            difference_count=report["difference_count"],
        )
        publish([envelope(failed, subject="ledger", change=report["started_at"], time=clock.instant())])
    return report
