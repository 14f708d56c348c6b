"""Domain events: a CloudEvents envelope, an outbox fed by the table's own stream, and consuming once.

An event is published from the change that it tells of, after that change is durable, at least once and with
an id that the change always gives. A consumer puts the mark of that id in the transaction of its effect.
"""

from bank.events.cloudevents import SOURCE, DomainEvent, envelope
from bank.events.consuming import (
    AlreadyConsumed,
    ConsumedEventRow,
    Misattributed,
    consume_once,
    unwrap_sqs_event,
)
from bank.events.outbox import (
    NotPublished,
    change,
    change_id,
    change_time,
    envelope_for_change,
    images,
    publish,
)

__all__ = [
    "SOURCE",
    "AlreadyConsumed",
    "ConsumedEventRow",
    "DomainEvent",
    "Misattributed",
    "NotPublished",
    "change",
    "change_id",
    "change_time",
    "consume_once",
    "envelope",
    "envelope_for_change",
    "images",
    "publish",
    "unwrap_sqs_event",
]
