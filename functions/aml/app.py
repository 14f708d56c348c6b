"""The aml room at the edge: routes, its table's stream, its queues and its scheduled jobs."""

from typing import Any

from aml.domain.outcomes import Trigger
from aml.routes import app as app
from aml.service import consumers, patterns, rescreens
from bank import clock, jobs
from bank.events.batches import process_sqs_batch
from bank.observability import logger


def on_records(event: dict[str, Any], context: Any) -> None:
    """The records' stream: tell of screenings and findings; have all screened again when lists change."""
    consumers.tell(event["Records"])


def on_verifications(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of customers whose name was verified, and of those who have left: screen them, or no more."""
    return process_sqs_batch(event, context, consumers.take_customer)


def on_movements(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of money that moved: add the batch to the history."""
    return consumers.take_movements(event, context)


def on_rescreens(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of rescreening: a stretch of a shard each."""
    return process_sqs_batch(event, context, rescreens.take_message)


@jobs.recorded(keep_days=400)
def on_daily(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: have everybody screened again."""
    queued = rescreens.begin(trigger=Trigger.DAILY, at=jobs.current().day.isoformat())
    logger.info("daily screening begins", stretches=queued)
    return {"stretches": queued}


@jobs.recorded(keep_days=400)
def on_patterns(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: look for patterns in the business days before today, or before `until` of the event."""
    until = event.get("until")
    return patterns.run(until=clock.business_date(clock.parse(until)) if until else jobs.current().day)
