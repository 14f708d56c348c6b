"""The functions by their conventional names (`payments-api`), which outlive those of their handlers."""

import functools
import importlib
import json
import re
from typing import Any

from moto.events.models import EventPattern

from tests.support import bus, cloudformation
from tests.support.cloudformation import Function

PREFIX = "perkbank-${Stage}-"
# Functions that recorded releases knew by another name, with the name of today.
RENAMED: dict[str, str] = {}


@functools.cache
def by_name() -> dict[str, Function]:
    """Every function of the platform."""
    return {function.name.removeprefix(PREFIX): function for function in cloudformation.functions()}


def handler(name: str) -> Any:
    """The Chalice app or the handler of a function."""
    function = by_name()[RENAMED.get(name, name)]
    return getattr(importlib.import_module(function.module), function.handler)


def consumers(envelope: dict[str, Any]) -> list[str]:
    """The functions that the bus gives this event to, through their queues."""
    delivered: Any = bus.on_the_bus(envelope)
    return [name for pattern, name in _subscriptions() if pattern.matches_event(delivered)]


def whole(event: dict[str, Any]) -> dict[str, Any]:
    """A call's event whose messages say who published what they bring.

    EventBridge always does; tests that release 0.1.0 was recorded of left it out.
    """
    if "Records" not in event:
        return event
    return {**event, "Records": [_published(record) for record in event["Records"]]}


def _published(record: dict[str, Any]) -> dict[str, Any]:
    try:
        told = json.loads(record["body"])
        return {**record, "body": json.dumps({**told, **bus.on_the_bus(told["detail"])})}
    except (KeyError, ValueError, TypeError, AttributeError, IndexError):
        return record


@functools.cache
def _subscriptions() -> tuple[tuple[EventPattern, str], ...]:
    queues = {
        _tail(event["Queue"]): name
        for name, function in by_name().items()
        for event in function.events
        if event["Type"] == "SQS"
    }
    return tuple(
        (EventPattern.load(json.dumps(rule["EventPattern"])), queues[_tail(target["Arn"])])
        for rule in cloudformation.resources("AWS::Events::Rule").values()
        for target in rule["Targets"]
        if _tail(target["Arn"]) in queues
    )


def _tail(arn: Any) -> str:
    """`PaymentReviews` of `PaymentReviews.Arn` and of `Messaging.Outputs.PaymentReviewsArn`."""
    return re.sub(r"\.?Arn$", "", cloudformation.text(arn)).rsplit(".", 1)[-1]
