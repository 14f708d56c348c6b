"""The suppliers room at the edge: routes, its table's stream, notices to suppliers and the daily closing."""

from typing import Any

from bank import jobs
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger, metrics
from suppliers import events
from suppliers.routes import app as app
from suppliers.service import exits, notices


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


@jobs.recorded(keep_days=400)
def on_closing(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: close the suppliers that have left and are settled."""
    counts = exits.close_settled()
    logger.info("suppliers closed", extra=counts)
    return counts
