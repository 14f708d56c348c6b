"""The staff room at the edge: routes, and the outbox of its tables."""

from typing import Any

from bank.events import envelope_for_change, images, publish
from bank.observability import logger
from staff import events
from staff.routes import app as app


def on_units(event: dict[str, Any], context: Any) -> None:
    """The organisation's stream: tell what changed."""
    _tell(event, events.of_tree_change)


def on_staff(event: dict[str, Any], context: Any) -> None:
    """The members' stream: tell what changed."""
    _tell(event, events.of_member_change)


def _tell(event: dict[str, Any], of_change: Any) -> None:
    domain_events = [(record, each) for record in event["Records"] for each in of_change(*images(record))]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in domain_events)
    logger.info("published", events=len(domain_events))
