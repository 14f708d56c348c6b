"""Events: made of a change, put on the bus, and consumed once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from bank import clock, events, store
from bank.events import (
    AlreadyConsumed,
    ConsumedEventRow,
    DomainEvent,
    Misattributed,
    NotPublished,
    consume_once,
    envelope,
    envelope_for_change,
    outbox,
    publish,
    unwrap_sqs_event,
)
from bank.store import Transaction
from tests.support import bus
from tests.support.streams import Cloud
from tests.unit.bank.models import Job


class JobDone(DomainEvent):
    """An event of a room that there is not."""

    room: ClassVar[str] = "workshop"
    job_id: str
    amount: int


class JobUndone(JobDone):
    """Another one, with the same data."""

    version: ClassVar[int] = 2


DONE = JobDone(job_id="job_1", amount=5)
TIME = "2026-01-15T09:30:00.000000Z"


def record(sequence: str = "111", made: float = 1_768_469_400, **images: Any) -> dict[str, Any]:
    change = {"SequenceNumber": sequence, "ApproximateCreationDateTime": made, **images}
    return {"eventID": "1", "eventName": "MODIFY", "dynamodb": change}


# Envelopes


def test_an_envelope_has_the_attributes_of_cloudevents() -> None:
    made = envelope(DONE, subject="job_1", change="111", time=TIME)

    assert made.pop("id").startswith("evt_")
    assert made == {
        "specversion": "1.0",
        "type": "perkbank.workshop.JobDone.v1",
        "source": "/perkbank/workshop",
        "subject": "job_1",
        "time": TIME,
        "datacontenttype": "application/json",
        "data": {"job_id": "job_1", "amount": 5},
    }


def test_the_same_change_gives_the_same_event_in_whatever_batch_it_comes() -> None:
    first = envelope_for_change(record(), DONE, subject="job_1")
    again = envelope_for_change(
        {**record(), "eventID": "2"}, JobDone(job_id="job_1", amount=5), subject="job_1"
    )

    assert first == again
    assert first["time"] == TIME


def test_other_changes_subjects_and_types_give_other_events() -> None:
    events = [
        envelope_for_change(record("111"), DONE, subject="job_1"),
        envelope_for_change(record("112"), DONE, subject="job_1"),
        envelope_for_change(record("111"), DONE, subject="job_2"),
        envelope_for_change(record("111"), JobUndone(job_id="job_1", amount=5), subject="job_1"),
    ]

    assert len({one["id"] for one in events}) == 4
    assert events[3]["type"] == "perkbank.workshop.JobUndone.v2"


def test_an_event_says_what_it_declares_and_nothing_else() -> None:
    with pytest.raises(ValidationError):
        JobDone(job_id="job_1", amount=5, colour="red")  # type: ignore[call-arg]


def test_a_change_is_read_as_rows_before_and_after(cloud: Cloud) -> None:
    store.put_many([Job(movement_id="job_1", left=1)])
    image = store.client().get_item(
        TableName=Job.Meta.table_name, Key={"movement_id": {"S": "job_1"}}, ConsistentRead=True
    )["Item"]

    created = events.change(record(NewImage=image), Job)
    changed = events.change(record(OldImage=image, NewImage={**image, "left": {"N": "2"}}), Job)
    deleted = events.change(record(OldImage=image), Job)

    assert [[row and row.left for row in rows] for rows in (created, changed, deleted)] == [
        [None, 1],
        [1, 2],
        [1, None],
    ]


# The bus


class Bus:
    """Keeps what is sent to the bus; refuses one entry of the call with that number."""

    def __init__(self, refused_call: int | None = None) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.refused_call = refused_call
        hooks = outbox._bus().meta.events
        hooks.register("provide-client-params.eventbridge.PutEvents", self._keep)
        hooks.register("after-call.eventbridge.PutEvents", self._refuse)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self.calls.append(params["Entries"])

    def _refuse(self, parsed: dict[str, Any], **_: Any) -> None:
        if len(self.calls) == self.refused_call:
            parsed["FailedEntryCount"] = 1
            parsed["Entries"][0] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slower"}


def many(count: int) -> list[dict[str, Any]]:
    return [envelope(DONE, subject="job_1", change=str(number), time=TIME) for number in range(count)]


def test_events_go_to_the_bus_in_tens(cloud: Cloud) -> None:
    aws_bus = Bus()

    publish(iter(many(23)))

    assert [len(entries) for entries in aws_bus.calls] == [10, 10, 3]
    sent = [entry for entries in aws_bus.calls for entry in entries]
    assert [json.loads(entry["Detail"]) for entry in sent] == many(23)
    assert {(entry["Source"], entry["DetailType"]) for entry in sent} == {
        ("perkbank.workshop", "perkbank.workshop.JobDone.v1")
    }


def test_no_events_cost_no_call(cloud: Cloud) -> None:
    aws_bus = Bus()

    publish([])

    assert aws_bus.calls == []


@pytest.mark.parametrize("refused_call", [1, 2, 3])
def test_when_the_bus_refuses_some_it_is_not_published(cloud: Cloud, refused_call: int) -> None:
    Bus(refused_call)

    with pytest.raises(NotPublished, match="1 events"):
        publish(many(23))


# Who says it


SAID = bus.on_the_bus(envelope(DONE, subject="job_1", change="111", time=TIME))


def test_an_event_that_its_room_published_is_unwrapped() -> None:
    assert unwrap_sqs_event(json.dumps(SAID)) == SAID["detail"]


@pytest.mark.parametrize(
    "forged",
    [
        {"source": "perkbank.kiosk"},
        {"source": "perkbank.workshop.evil"},
        {"source": "Perkbank.workshop"},
        {"source": None},
        {"detail-type": "perkbank.workshop.JobUndone.v1"},
        {"detail": {**SAID["detail"], "source": "/perkbank/kiosk"}},
        {"detail": {**SAID["detail"], "type": "perkbank.kiosk.JobDone.v1"}},
        {
            "detail-type": "evil.workshop.JobDone.v1",
            "detail": {**SAID["detail"], "type": "evil.workshop.JobDone.v1"},
        },
    ],
)
def test_an_event_in_the_name_of_another_room_is_not_taken(forged: dict[str, Any]) -> None:
    with pytest.raises(Misattributed):
        unwrap_sqs_event(json.dumps({**SAID, **forged}))


# Taking once


def take(event_id: str, consumer: str = "points") -> None:
    """Add 1 to the counter for an event."""
    transaction = Transaction()
    consume_once(transaction, consumer=consumer, event_id=event_id)
    transaction.update((Job, "counter"), [Job.left.add(1)], Job.left >= 0, store.stale)
    transaction.commit()


def counter() -> int:
    row = store.get(Job, "counter")
    return int(row.left) if row else 0


def test_an_event_that_comes_again_has_no_second_effect(cloud: Cloud) -> None:
    store.put_many([Job(movement_id="counter")])
    take("evt_1")

    with pytest.raises(AlreadyConsumed):
        take("evt_1")

    assert counter() == 1


def test_other_events_and_other_consumers_have_their_own(cloud: Cloud) -> None:
    store.put_many([Job(movement_id="counter")])

    take("evt_1")
    take("evt_2")
    take("evt_1", consumer="statements")

    assert counter() == 3


def test_an_effect_that_is_refused_leaves_the_event_to_be_taken(cloud: Cloud) -> None:
    with pytest.raises(store.Stale):
        take("evt_1")
    store.put_many([Job(movement_id="counter")])

    take("evt_1")

    assert counter() == 1


def test_a_mark_is_kept_longer_than_any_queue_keeps_an_event(cloud: Cloud) -> None:
    now = datetime(2026, 1, 15, tzinfo=UTC)
    transaction = Transaction()
    with clock.source(lambda: now):
        consume_once(transaction, consumer="points", event_id="evt_1")
    transaction.commit()

    mark = store.get(ConsumedEventRow, "points#evt_1")

    assert mark
    assert mark.purge_at >= (now + timedelta(days=14)).timestamp()
