"""The domain events of a release: their schemas, a sample of each, and whether consumers take them."""

import json
from collections.abc import Iterator
from typing import Any

from infra.contract import events, rooms
from tests.compatibility import functions
from tests.compatibility.exchanges import Exchange
from tests.compatibility.replay import Bank
from tests.compatibility.schemas import Comparison, bare
from tests.support import bus

Line = dict[str, Any]
# A member that no release knows.
SURPRISE = {"surprise": {"of": ["a later release"]}}


def described() -> list[Line]:
    """Each event's schema, without prose, and the sample of it."""
    return [
        {"type": event.type_name(), "schema": bare(events.schema(event)), "sample": _sample(event)}
        for published in rooms.published().values()
        for event in sorted(published, key=lambda event: event.type_name())
    ]


def _sample(event: Any) -> Line:
    path = events.SAMPLES / event.room / f"{event.__name__}.v{event.version}.json"
    loaded: Line = json.loads(path.read_text())
    return loaded


def differences(then: list[Line], now: list[Line]) -> list[str]:
    """List what the consumers of then cannot read in the events of now; unknown members they ignore."""
    today = {line["type"]: line["schema"] for line in now}
    found = []
    for line in then:
        new = today.get(line["type"])
        if new is None:
            found.append(f"{line['type']}: not published any more")
            continue
        compared = Comparison(new, line["schema"], open_world=True)
        found += [f"{line['type']}: {each}" for each in compared.refused(new, line["schema"])]
    return found


def deliveries(event: Line, *, at: str) -> Iterator[Exchange]:
    """The event as SQS gives it to each of its consumers of today."""
    for name in functions.consumers(event):
        record = {
            "messageId": event["id"],
            "body": bus.body(event),
            "eventSource": "aws:sqs",
            "attributes": {},
        }
        yield Exchange(name, at, {"Records": [record]})


def taken(exchange: Exchange) -> Iterator[Line]:
    """The events that a call took from a queue."""
    for record in exchange.event.get("Records", ()):
        if "detail" in record.get("body", ""):
            yield json.loads(record["body"])["detail"]


def not_taken(bank: Bank, event: Line, *, at: str) -> list[str]:
    """List the consumers of today that fail on an event, to which a later release has added a member."""
    later = {**event, "data": {**event["data"], **SURPRISE}}
    return [
        f"{event['type']}: {delivery.function} does not take it"
        for delivery in deliveries(later, at=at)
        if _fails(bank, delivery)
    ]


def _fails(bank: Bank, delivery: Exchange) -> bool:
    try:
        return bool((bank.take(delivery).answer or {}).get("batchItemFailures"))
    except Exception:
        return True
