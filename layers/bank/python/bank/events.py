"""Domain events: a CloudEvents envelope, an outbox fed by the table's own stream, and consuming once.

An event is published from the change that it tells of, after that change is durable, at least once and with
an id that the change always gives. A consumer puts the mark of that id in the transaction of its effect.
"""

import functools
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import aws, clock, ids
from bank.config import config
from bank.store import Item, Table, TableT, Transaction, table_name

SOURCE = "perkbank"
PUT_EVENTS_LIMIT = 10
MARK_KEPT = timedelta(days=30)


class DomainEvent(BaseModel):
    """Base of a room's events; its type is such as `perkbank.payments.PaymentSucceeded.v1`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    room: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents `type`, which is EventBridge's detail-type too."""
        return f"{SOURCE}.{cls.room}.{cls.__name__}.v{cls.version}"


def envelope(event: DomainEvent, *, subject: str, change: str, time: str) -> dict[str, Any]:
    """CloudEvents 1.0 attributes around `event`; `change` identifies the change that it tells of."""
    return {
        "specversion": "1.0",
        "id": ids.derived("evt", event.type_name(), subject, change),
        "type": event.type_name(),
        "source": f"/{SOURCE}/{event.room}",
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "data": event.model_dump(mode="json"),
    }


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
    return aws.client("events", read_timeout=5)


def images(record: dict[str, Any]) -> tuple[Item | None, Item | None]:
    """The item before and after the change that a stream record tells of."""
    change = record["dynamodb"]
    return change.get("OldImage"), change.get("NewImage")


def change(record: dict[str, Any], model: type[TableT]) -> tuple[TableT | None, TableT | None]:
    """The same as rows of `model`."""
    old, new = images(record)
    return (model.from_item(old) if old else None), (model.from_item(new) if new else None)


def change_id(record: dict[str, Any]) -> str:
    """What identifies the change, however often and in whatever batch it is delivered."""
    return str(record["dynamodb"]["SequenceNumber"])


def change_time(record: dict[str, Any]) -> str:
    """When the change was made, to the second, as the stream tells it."""
    return clock.instant(datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC))


def told_of(record: dict[str, Any], event: DomainEvent, *, subject: str) -> dict[str, Any]:
    """The envelope of an event that a stream record's change means: the same for each delivery of it."""
    return envelope(event, subject=subject, change=change_id(record), time=change_time(record))


def delivered(body: str) -> dict[str, Any]:
    """The envelope of the event that EventBridge put into an SQS message of this body."""
    event: dict[str, Any] = json.loads(body)["detail"]
    return event


class Mark(Table):
    """That a consumer has taken an event."""

    class Meta:
        table_name = table_name("consumed-events")

    mark = UnicodeAttribute(hash_key=True)
    purge_at = NumberAttribute()


class AlreadyTaken(Exception):
    """This consumer has had this event before: its effect is there, so there is nothing to do."""


def take_once(transaction: Transaction, *, consumer: str, event_id: str) -> None:
    """Add the mark that `consumer` has taken the event; committing again raises AlreadyTaken."""
    purge_at = int((clock.now() + MARK_KEPT).timestamp())
    mark = Mark(mark=f"{consumer}#{event_id}", purge_at=purge_at)
    transaction.create(mark, lambda _: AlreadyTaken())
