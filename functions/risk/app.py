"""The risk room at the edge: routes for staff, decisions and closed cases from the bus, jobs."""

import json
from typing import Any

from bank import jobs
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger
from bank.privacy.closures import Closure
from risk import events
from risk.routes import app as app
from risk.service import backtests, closing, decisions, labels, reports, screenings


def on_decisions(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of what was decided about money: history, profiles, shadows, alerts.

    Taken by the batch, so that each costs little; where that fails, the whole batch comes again.
    """
    taken: list[dict[str, Any]] = []
    answer = process_sqs_batch(
        event, context, lambda body: taken.append(events.decided(unwrap_sqs_event(body)))
    )
    decisions.take(lines=taken)
    logger.info("decisions taken", decisions=len(taken))
    return answer


def on_cases(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of closed cases and of screenings: labels, confirmed frauds on profiles, block lists."""

    def take(body: str) -> None:
        envelope = unwrap_sqs_event(body)
        if envelope["type"] in screenings.TYPES:
            screenings.take(envelope=envelope)
        else:
            labels.take(closed=events.closed(envelope))

    return process_sqs_batch(event, context, take)


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who leave: forget what was learned of their payments."""
    return process_sqs_batch(event, context, lambda body: closing.close(Closure.of(unwrap_sqs_event(body))))


def on_desk(event: dict[str, Any], context: Any) -> None:
    """The desk's stream: tell of rule sets that went live, of entries of lists, of finished backtests."""
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.subject)
        for record in event["Records"]
        for domain_event in events.of_change(*images(record))
    )
    logger.info("published events of the desk", records=len(event["Records"]))


def on_backtests(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of backtests to run."""

    def take(body: str) -> None:
        backtests.run(backtest_id=json.loads(body)["backtest_id"])

    return process_sqs_batch(event, context, take)


@jobs.recorded(keep_days=400)
def on_reports(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """On schedule: count the last days from history."""
    written = reports.count(today=jobs.current().day)
    logger.info("risk reports counted", reports=written)
    return {"reports": written}
