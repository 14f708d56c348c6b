"""The outbox: events published from the table's own stream, after the change that they tell of is durable."""

import functools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bank import aws, clock
from bank.config import config
from bank.events.cloudevents import SOURCE, DomainEvent, envelope
from bank.store import Item, TableT

PUT_EVENTS_LIMIT = 10


class NotPublished(Exception):
    """The bus refused some events; the stream delivers their changes again."""


def publish(envelopes: Iterable[dict[str, Any]]) -> None:
    """Put the events on the bus. Raises NotPublished when any was refused."""
    entries = [
        {
            "EventBusName": config.event_bus,
            "Source": f"{SOURCE}.{event['source'].rsplit('/', 1)[-1]}",
            "DetailType": event["type"],
            "Detail": json.dumps(event, separators=(",", ":"), ensure_ascii=False),
        }
        for event in envelopes
    ]
    for start in range(0, len(entries), PUT_EVENTS_LIMIT):
        response = _bus().put_events(Entries=entries[start : start + PUT_EVENTS_LIMIT])
        if response["FailedEntryCount"]:
            raise NotPublished(f"{response['FailedEntryCount']} events were refused")


@functools.cache
def _bus() -> Any:
    return aws.client("events", read_timeout=4)


def images(record: dict[str, Any]) -> tuple[Item | None, Item | None]:
    """The item before and after the change that a stream record tells of."""
    change = record["dynamodb"]
    return change.get("OldImage"), change.get("NewImage")


def change(record: dict[str, Any], model: type[TableT]) -> tuple[TableT | None, TableT | None]:
    """The same as rows of `model`."""
    old, new = images(record)
    return (model.from_item(old) if old else None), (model.from_item(new) if new else None)


def change_id(record: dict[str, Any]) -> str:
    """Return the change's id: the same however often and in whatever batch it is delivered."""
    return str(record["dynamodb"]["SequenceNumber"])


def change_time(record: dict[str, Any]) -> str:
    """Return the instant of the change, to the second, as the stream has it."""
    changed = datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
    return clock.instant(clock.of_aws(changed))


def envelope_for_change(record: dict[str, Any], event: DomainEvent, *, subject: str) -> dict[str, Any]:
    """The envelope of an event that a stream record's change means: the same for each delivery of it."""
    return envelope(event, subject=subject, change=change_id(record), time=change_time(record))
