"""The accounts room at the edge: routes, the ledger's stream consumers and its scheduled verification."""

from typing import Any

from accounts import events, rendering
from accounts.routes import app as app
from accounts.service import exports as gathering
from accounts.service import reviews, statements
from accounts.settings import settings
from accounts.tables import MovementRow
from bank import clock, jobs, ledger, store
from bank.events import change, envelope, envelope_for_change, publish, streams, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.ledger import AccountRow, JournalRow, expiry, verification
from bank.observability import logger, metrics
from bank.privacy import exports
from bank.risk.reviews import ReviewDecision


def on_journals(event: dict[str, Any], context: Any) -> None:
    """The journals' stream: book the deferred legs. What fails is delivered again, to no second effect."""

    def book(records: streams.Records) -> None:
        images = (change(record, JournalRow)[1] for record in records)
        applied = ledger.applier.apply(row.to_domain() for row in images if row is not None)
        logger.info("applied", journals=applied)

    streams.take(event, context, book, aside=settings.failures_url)


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

    streams.take(event, context, tell, aside=settings.failures_url)


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


@jobs.recorded(keep_days=35)
@metrics.log_metrics
def on_verification(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule: verify the whole ledger; differences raise the alarm's metric and an event."""
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
