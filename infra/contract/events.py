"""events/schemas and events/samples: each domain event's whole envelope as JSON Schema, and one such event.

A sample that is there already is left as it is, whoever wrote it; a test holds it to its schema.
"""

import inspect
import json
from pathlib import Path
from typing import Any

from bank.events import SOURCE, DomainEvent, envelope
from infra.contract import ROOT, examples, rooms, vocabulary
from infra.contract.schemas import Components, Contract

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS = ROOT / "events" / "schemas"
SAMPLES = ROOT / "events" / "samples"
EVENT_ID = r"^evt_[0-9A-HJKMNP-TV-Z]{26}$"


def schemas() -> dict[Path, str]:
    """The file of each event that some room publishes."""
    return {
        SCHEMAS / room / f"{_file(event)}.json": _text(schema(event))
        for room, events in rooms.published().items()
        for event in events
    }


def samples() -> dict[Path, str]:
    """A sample of each, in the order of its fields."""
    return {
        SAMPLES / room / f"{_file(event)}.json": _text(sample(event))
        for room, events in rooms.published().items()
        for event in events
    }


def schema(event: type[DomainEvent]) -> dict[str, Any]:
    """JSON Schema of the envelope with the event's data in it."""
    data = _untitled(event.model_json_schema(mode="serialization", schema_generator=Contract))
    definitions = data.pop("$defs", None)
    about = inspect.cleandoc(event.__doc__ or "")
    properties = {
        "specversion": {"const": "1.0"},
        "id": {
            "type": "string",
            "pattern": EVENT_ID,
            "description": "The same for each delivery of the event: consumers take it once",
        },
        "type": {"const": event.type_name()},
        "source": {"const": f"/{SOURCE}/{event.room}"},
        "subject": {"type": "string", "minLength": 1, "description": "What the event is about"},
        "time": {"type": "string", "format": "date-time", "description": "When the change was made"},
        "datacontenttype": {"const": "application/json"},
        "data": {name: value for name, value in data.items() if name != "description"},
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:{SOURCE}:event:{event.type_name()}",
        "title": event.__name__,
        "description": about,
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
        **({"$defs": definitions} if definitions else {}),
    }


def sample(event: type[DomainEvent]) -> dict[str, Any]:
    """A valid event of this kind, the same one each time."""
    components = Components([], [event])
    data = examples.of(components.of(event, "serialization"), components.all)
    subject = next((value for value in data.values() if isinstance(value, str) and "_" in value), event.room)
    told = event.model_validate_json(json.dumps(data))
    return envelope(told, subject=subject, change="1", time=vocabulary.INSTANT)


def _file(event: type[DomainEvent]) -> str:
    return f"{event.__name__}.v{event.version}"


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _untitled(value: Any) -> Any:
    """Without the titles that pydantic gives to everything. A property of that name is no text, and stays."""
    if isinstance(value, dict):
        kept = {key: inner for key, inner in value.items() if not (key == "title" and isinstance(inner, str))}
        return {key: _untitled(inner) for key, inner in kept.items()}
    return [_untitled(inner) for inner in value] if isinstance(value, list) else value
