"""Counts what AWS calls cost while it is open: round trips, and DynamoDB's capacity units by table.

    with Meter() as meter:
        app(event, context)
    print(meter.usage.round_trips, meter.usage.writes)

Through botocore's events each DynamoDB call is made to say what it consumed (`ReturnConsumedCapacity`).
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bank import store

Units = defaultdict[str, float]

READS = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}
# Where the keys of a BatchGetItem are kept between its request and its answer.
ASKED = "bench_asked"


@dataclass
class Usage:
    """Capacity used. Units are by table, those of an index by `table/index`."""

    round_trips: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    read_units: Units = field(default_factory=lambda: defaultdict(float))
    write_units: Units = field(default_factory=lambda: defaultdict(float))
    # Codes of failed calls; a cancelled transaction counts each reason of its cancellation.
    # DynamoDB charges for those too, but does not say how much: their units are not in here.
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def reads(self) -> float:
        """Read units over all tables and indexes."""
        return sum(self.read_units.values())

    @property
    def writes(self) -> float:
        """Write units over all tables and indexes."""
        return sum(self.write_units.values())

    @property
    def index_writes(self) -> float:
        """The part of the write units that indexes took."""
        return sum(units for name, units in self.write_units.items() if "/" in name)

    def add(self, other: "Usage") -> None:
        """Count what another process used as well."""
        self.round_trips += other.round_trips
        self.calls += other.calls
        self.failures += other.failures
        for mine, theirs in ((self.read_units, other.read_units), (self.write_units, other.write_units)):
            for name, units in theirs.items():
                mine[name] += units


class Meter:
    """Meters these clients, by default the process's one DynamoDB client. May be shared by threads."""

    def __init__(self, *clients: Any) -> None:
        self.usage = Usage()
        self._clients = clients or (store.client(),)
        self._lock = threading.Lock()

    def __enter__(self) -> "Meter":
        for client in self._clients:
            for event, handler in self._handlers():
                client.meta.events.register(event, handler)
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            for event, handler in self._handlers():
                client.meta.events.unregister(event, handler)

    def _handlers(self) -> tuple[tuple[str, Any], ...]:
        return (
            ("before-parameter-build", self._asked),
            ("after-call", self._answered),
            ("after-call-error", self._unheard),
        )

    def _asked(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "INDEXES"
        if model.name == "BatchGetItem":
            context[ASKED] = units_of_keys(params["RequestItems"])

    def _answered(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self._count(model.name, 1 + parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0))
            for code in failures(parsed):
                self.usage.failures[code] += 1
            units = self.usage.read_units if model.name in READS else self.usage.write_units
            for name, used in _units(parsed, context):
                units[name] += used

    def _unheard(self, exception: Exception, context: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self._count("unheard", 1)
            self.usage.failures[type(exception).__name__] += 1

    def _count(self, call: str, round_trips: int) -> None:
        self.usage.round_trips += round_trips
        self.usage.calls[call] += 1


def _units(parsed: dict[str, Any], context: dict[str, Any]) -> list[tuple[str, float]]:
    if "ConsumedCapacity" in parsed:
        return consumed_units(parsed["ConsumedCapacity"])
    if ASKED not in context or "Error" in parsed:
        return []
    # MiniStack does not say it for this call. What was left undone will be asked for, and counted, again.
    undone = units_of_keys(parsed.get("UnprocessedKeys") or {})
    return [(name, units - undone.get(name, 0.0)) for name, units in context[ASKED].items()]


def consumed_units(consumed: Any) -> list[tuple[str, float]]:
    """(table or table/index, units) of a call's ConsumedCapacity, which is one table's or a list of them."""
    found: list[tuple[str, float]] = []
    for of_table in consumed if isinstance(consumed, list) else [consumed]:
        name, rest = of_table["TableName"], float(of_table["CapacityUnits"])
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for index, of_index in (of_table.get(kind) or {}).items():
                found.append((f"{name}/{index}", float(of_index["CapacityUnits"])))
                rest -= float(of_index["CapacityUnits"])
        found.append((name, rest))
    return found


def units_of_keys(request_items: Mapping[str, Any]) -> dict[str, float]:
    """Read units by table of a BatchGetItem, taking no item to be larger than 4 KB."""
    return {
        name: len(keys["Keys"]) * (1.0 if keys.get("ConsistentRead") else 0.5)
        for name, keys in request_items.items()
    }


def failures(parsed: Mapping[str, Any]) -> list[str]:
    """The codes of what went wrong with a call."""
    reasons = [reason["Code"] for reason in parsed.get("CancellationReasons") or []]
    refused = [code for code in reasons if code != "None"]
    return refused or [parsed["Error"]["Code"]] if "Error" in parsed else []
