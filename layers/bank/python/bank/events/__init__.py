"""Domain events: a CloudEvents envelope, an outbox fed by the table's own stream, and consuming once.

An event is published from the change that it tells of, after that change is durable, at least once and with
an id that the change always gives. A consumer puts the mark of that id in the transaction of its effect.
"""

from bank.events.cloudevents import SOURCE, DomainEvent, envelope
from bank.events.consuming import AlreadyTaken, Mark, delivered, take_once
from bank.events.outbox import NotPublished, change, change_id, images, publish, told_of

__all__ = [
    "SOURCE",
    "AlreadyTaken",
    "DomainEvent",
    "Mark",
    "NotPublished",
    "change",
    "change_id",
    "delivered",
    "envelope",
    "images",
    "publish",
    "take_once",
    "told_of",
]
