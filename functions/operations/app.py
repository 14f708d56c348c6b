"""The operations room at the edge: routes, the watchdog, alarms and those that nobody acknowledges."""

import json
from typing import Any

from bank import jobs
from bank.events.batches import process_sqs_batch
from bank.observability import logger, metrics
from operations import events
from operations.routes import app as app
from operations.service import incidents, watching


class JobsNotLookedAt(Exception):
    """The watchdog could not look at some jobs: its run fails, and so becomes late itself."""


@jobs.recorded(keep_days=35)
@metrics.log_metrics
def on_watch(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule, every five minutes: say which jobs are late, close runs whose parts are done."""
    counts = watching.watch()
    logger.info("watched", extra=counts)
    if counts["failed"]:
        raise JobsNotLookedAt(counts["failed"])
    return counts


def on_alarms(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of alarms that went off or are over."""

    def take(body: str) -> None:
        change = events.alarm_changed(body)
        if change:
            incidents.take(change)
        logger.info("alarm changed", incident=change.incident_id if change else None)

    return process_sqs_batch(event, context, take)


def on_escalations(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue on which incidents wait to be acknowledged: wake whoever is next for those that are not."""

    def take(body: str) -> None:
        incident_id = json.loads(body)["incident_id"]
        escalated = incidents.escalate(incident_id)
        logger.info("waited for", incident_id=incident_id, escalated=escalated)

    return process_sqs_batch(event, context, take)
