"""What is stored, followed change by change: the oracle's view, which no fault comes between."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bank.config import config
from tests.support import embedded, tables

Row = dict[str, Any]


class Broken(BaseException):
    """An invariant does not hold. Not an Exception: no handler may take it for a passing fault."""


def check(holds: bool, what: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(what)


@dataclass(frozen=True)
class Change:
    """One item before and after one write, with plain values."""

    table: str
    key: tuple[str, ...]
    old: Row | None
    new: Row | None


class Stored:
    """Every table as plain rows, and each table's stream as its consumers get it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._views: dict[str, str] = {}
        self._keys: dict[str, list[str]] = {}
        self._read: dict[str, int] = {}
        self._sequence = 0
        self._expiring = {
            name.removeprefix(config.table_prefix): attribute for name, attribute in tables.expiring().items()
        }
        self.rows: dict[str, dict[tuple[str, ...], Row]] = {}
        self.streams: dict[str, list[Row]] = defaultdict(list)
        for definition in tables.definitions():
            name = definition["TableName"].removeprefix(config.table_prefix)
            self._keys[name] = [key["AttributeName"] for key in definition["KeySchema"]]
            self._views[name] = definition.get("StreamSpecification", {}).get("StreamViewType", "")
            self._read[name], self.rows[name] = 0, {}

    def take(self) -> list[Change]:
        """What has changed since the last call."""
        return [change for name in self._written() for change in self._take(name)]

    def _written(self) -> list[str]:
        """The tables that have changed since they were read last."""
        return [
            name for name in self.rows if embedded.change_count(config.table_prefix + name) > self._read[name]
        ]

    def _take(self, name: str) -> list[Change]:
        records = embedded.change_records(config.table_prefix + name, self._read[name])
        self._read[name] += len(records)
        return [self._applied(name, record["eventName"], record["dynamodb"]) for record in records]

    def purge(self) -> None:
        """Delete what is past its time, as DynamoDB does some time later."""
        for name, attribute in self._expiring.items():
            for key, row in list(self.rows[name].items()):
                if attribute in row and row[attribute] <= self._now().timestamp():
                    embedded.delete(config.table_prefix + name, dict(zip(self._keys[name], key, strict=True)))
        self.take()

    def _applied(self, name: str, event: str, change: Row) -> Change:
        old, new = (_plain(change[image]) if image in change else None for image in ("OldImage", "NewImage"))
        key = tuple(str((new or old or {})[part]) for part in self._keys[name])
        if new is None:
            self.rows[name].pop(key, None)
        else:
            self.rows[name][key] = new
        if self._views[name]:
            self.streams[name].append(self._record(name, event, change))
        return Change(name, key, old, new)

    def _record(self, name: str, event: str, change: Row) -> Row:
        """The stream's record, with the time and numbers of this history instead of the machine's."""
        self._sequence += 1
        images = {"NEW_IMAGE": ["NewImage"], "NEW_AND_OLD_IMAGES": ["OldImage", "NewImage"]}[
            self._views[name]
        ]
        number = f"{self._sequence:021d}"
        return {
            "eventID": f"event-{number}",
            "eventName": event,
            "eventSource": "aws:dynamodb",
            "eventVersion": "1.1",
            "awsRegion": config.region,
            "eventSourceARN": f"arn:aws:dynamodb:{config.region}:000000000000:table/{name}/stream/1",
            "dynamodb": {
                "ApproximateCreationDateTime": int(self._now().timestamp()),
                "SequenceNumber": number,
                "Keys": change["Keys"],
                "StreamViewType": self._views[name],
                **{image: change[image] for image in images if image in change},
            },
        }


def _plain(item: Row) -> Row:
    return {name: _value(*next(iter(typed.items()))) for name, typed in item.items()}


def _value(kind: str, value: Any) -> Any:
    if kind == "N":
        return int(value)
    if kind == "M":
        return _plain(value)
    if kind == "L":
        return [_value(*next(iter(typed.items()))) for typed in value]
    return None if kind == "NULL" else value


def parsed(text: str | None) -> Any:
    """A value that is stored as JSON text."""
    return json.loads(text) if text else None
