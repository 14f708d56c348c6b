"""Consuming once: the mark of an event's id is in the transaction of its effect."""

import json
from datetime import timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock
from bank.events.cloudevents import SOURCE
from bank.store import Table, Transaction, table_name

MARK_KEPT = timedelta(days=30)


class Misattributed(ValueError):
    """An event in the name of a room that did not publish it. It ends with the dead letters."""


def unwrap_sqs_event(body: str) -> dict[str, Any]:
    """The envelope of the event that EventBridge put into an SQS message of this body.

    Roles may put events under their own room's source alone (`events:source` in their policies), so that
    EventBridge's `source` is who published it. Raises Misattributed where envelope or type name another room.
    """
    delivered = json.loads(body)
    event: dict[str, Any] = delivered["detail"]
    platform, room, *_ = event["type"].split(".")
    stated = (delivered["source"], delivered["detail-type"], event["source"])
    if platform != SOURCE or stated != (f"{SOURCE}.{room}", event["type"], f"/{SOURCE}/{room}"):
        raise Misattributed(f"{event['type']} was published by {delivered['source']}")
    return event


class ConsumedEventRow(Table):
    """Mark of an event that a consumer has taken."""

    class Meta:
        table_name = table_name("consumed-events")

    mark = UnicodeAttribute(hash_key=True)
    purge_at = NumberAttribute()


class AlreadyConsumed(Exception):
    """This consumer has had this event before: its effect is there, so there is nothing to do."""


def consume_once(transaction: Transaction, *, consumer: str, event_id: str) -> None:
    """Add the mark that `consumer` has taken the event; committing again raises AlreadyConsumed."""
    purge_at = int((clock.now() + MARK_KEPT).timestamp())
    mark = ConsumedEventRow(mark=f"{consumer}#{event_id}", purge_at=purge_at)
    transaction.create(mark, lambda _: AlreadyConsumed())
