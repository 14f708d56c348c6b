"""Every event that a room publishes has a schema of its envelope and a sample that the schema takes."""

import copy
import functools
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import validator_for

from bank.events import DomainEvent, envelope
from infra.contract import events, rooms

PUBLISHED = [event for found in rooms.published().values() for event in found]
EACH = pytest.mark.parametrize("event", PUBLISHED, ids=[event.type_name() for event in PUBLISHED])


def read(folder: Path, event: type[DomainEvent]) -> dict[str, Any]:
    text = (folder / event.room / f"{event.__name__}.v{event.version}.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@functools.cache
def validator(event: type[DomainEvent]) -> Draft202012Validator:
    schema = read(events.SCHEMAS, event)
    assert validator_for(schema) is Draft202012Validator
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@EACH
def test_the_sample_is_valid(event: type[DomainEvent]) -> None:
    sample = read(events.SAMPLES, event)

    validator(event).validate(sample)
    assert event.model_validate_json(json.dumps(sample["data"]))


@EACH
def test_what_the_kernel_publishes_is_valid(event: type[DomainEvent]) -> None:
    sample = event.model_validate_json(json.dumps(read(events.SAMPLES, event)["data"]))

    document = envelope(sample, subject="thing_1", change="1", time="2026-01-15T01:30:00.000000Z")

    validator(event).validate(json.loads(json.dumps(document)))


@EACH
def test_an_envelope_that_lacks_something_or_has_more_is_not(event: type[DomainEvent]) -> None:
    sample = read(events.SAMPLES, event)
    without = [{key: value for key, value in sample.items() if key != name} for name in sample]
    more = copy.deepcopy(sample)
    more["data"]["surprise"] = 1

    for wrong in [*without, more, {**sample, "surprise": 1}, {**sample, "type": "perkbank.other.Thing.v1"}]:
        with pytest.raises(ValidationError):
            validator(event).validate(wrong)


def test_no_two_events_have_one_type() -> None:
    types = [event.type_name() for event in PUBLISHED]

    assert len(types) == len(set(types))


def test_a_room_publishes_only_its_own_events() -> None:
    for room, found in rooms.published().items():
        assert {event.room for event in found} == {room}
