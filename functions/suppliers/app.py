"""The suppliers room at the edge: routes, its tables' streams, use from the bus, notices and daily jobs."""

import json
from typing import Any

from bank import jobs
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger, metrics
from suppliers import events
from suppliers.adapters import object_store
from suppliers.routes import app as app
from suppliers.service import closing, exits, notices, usage, usage_files


def on_suppliers(event: dict[str, Any], context: Any) -> None:
    """The suppliers' stream: tell what changed."""
    found = [(record, each) for record in event["Records"] for each in events.of_change(*images(record))]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in found)
    logger.info("published", events=len(found))


@metrics.log_metrics
def on_notices(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Approvals of changes, and changes: tell the suppliers' contacts; `SuppliersNotTold` have none."""
    not_told: list[str] = []

    def take(body: str) -> None:
        envelope = unwrap_sqs_event(body)
        if not notices.tell(envelope):
            not_told.append(envelope["id"])

    answer = process_sqs_batch(event, context, take)
    metrics.add_metric(name="SuppliersNotTold", unit="Count", value=len(not_told))
    logger.info("suppliers told", extra={"not_told": not_told})
    return answer


def on_statement_changes(event: dict[str, Any], context: Any) -> None:
    """The statements' stream: tell what was closed and agreed."""
    found = [(record, each) for record in event["Records"] for each in events.of_statement(*images(record))]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in found)
    logger.info("published", events=len(found))


def on_usage(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Redemptions and reversals: count what is of suppliers."""

    def take(body: str) -> None:
        usage.take(unwrap_sqs_event(body))

    return process_sqs_batch(event, context, take)


def on_usage_files(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Usage files that have arrived: compare them."""

    def take(body: str) -> None:
        for arrival in object_store.arrivals(json.loads(body)):
            usage_files.take(arrival)

    return process_sqs_batch(event, context, take)


@jobs.recorded(keep_days=400)
def on_statements(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: close the statements of the months that are due."""
    counts = closing.close_due()
    logger.info("statements closed", extra=counts)
    return counts


@jobs.recorded(keep_days=400)
def on_closing(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: close the suppliers that have left and are settled."""
    counts = exits.close_settled()
    logger.info("suppliers closed", extra=counts)
    return counts
