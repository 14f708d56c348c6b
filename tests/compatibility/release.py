"""A release's folder: JSON lines, each file one kind of what the release wrote or promised.

release.json             when it was recorded, the scopes that there were, buckets and queues
keys.json                the keys that sealed and signed, made for this folder alone
items/<table>.jsonl      items as the release wrote them, each under a digest of its content
objects.jsonl            objects of S3 that it read back, the same
exchanges/<room>.jsonl   calls of its functions, with the items before and after by their digests
models.jsonl             each kind of item: its attributes, and which of them it must have
tables.jsonl             each table's keys and indexes
events.jsonl             each event's schema and one such event
http.jsonl               the HTTP contract, an operation a line, without its prose
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.compatibility.exchanges import Exchange

FOLDER = Path(__file__).parent
# Everything that the code at the time could be asked for: too long to stand in each exchange.
ALL_SCOPES = "*"
# What follows from the rest of a proxy event.
DERIVED = ("resource", "httpMethod", "multiValueHeaders", "multiValueQueryStringParameters")

Line = dict[str, Any]


@dataclass
class Release:
    """All that was recorded of a release; `about` says when and of what."""

    version: str
    about: Line
    keys: Line
    exchanges: list[Exchange]
    models: list[Line] = field(default_factory=list)
    tables: list[Line] = field(default_factory=list)
    events: list[Line] = field(default_factory=list)
    http: list[Line] = field(default_factory=list)

    @property
    def items(self) -> list[tuple[str, Line]]:
        """Every item that stands in some exchange, once, with its table."""
        found = {
            digest(item): (table, item)
            for exchange in self.exchanges
            for table, item in [*exchange.before, *exchange.written]
        }
        return list(found.values())

    def one(self, suits: Callable[[Exchange], Any]) -> Exchange:
        """A copy, to be altered, of the first exchange that suits."""
        return copy.deepcopy(next(each for each in self.exchanges if suits(each)))


def versions() -> list[str]:
    """The releases that are recorded, oldest first."""
    found = [path.parent.name for path in FOLDER.glob("*/release.json")]
    return sorted(found, key=lambda version: [int(part) for part in version.split(".")])


def read(version: str) -> Release:
    """Read a release's folder."""
    folder = FOLDER / version
    items = {
        line["id"]: (path.stem, line["item"])
        for path in sorted(folder.glob("items/*.jsonl"))
        for line in _lines(path)
    }
    objects = {line["id"]: line["object"] for line in _lines(folder / "objects.jsonl")}
    about = json.loads((folder / "release.json").read_text())
    return Release(
        version,
        about,
        json.loads((folder / "keys.json").read_text()),
        [
            _exchange(line, items, objects, about["scopes"])
            for path in sorted(folder.glob("exchanges/*.jsonl"))
            for line in _lines(path)
        ],
        *(list(_lines(folder / f"{name}.jsonl")) for name in ("models", "tables", "events", "http")),
    )


def write(release: Release) -> None:
    """Make the release's folder; what was in it goes."""
    folder = FOLDER / release.version
    for path in sorted(folder.rglob("*.json*")):
        path.unlink()
    _write(folder / "release.json", json.dumps(release.about, indent=1) + "\n")
    _write(folder / "keys.json", json.dumps(release.keys, indent=1) + "\n")
    tables = {table for table, _ in release.items}
    for table in tables:
        lines = [{"id": digest(item), "item": item} for each, item in release.items if each == table]
        _write_lines(folder / "items" / f"{table}.jsonl", sorted(lines, key=lambda line: line["id"]))
    objects = {digest(each): each for exchange in release.exchanges for each in exchange.objects}
    _write_lines(folder / "objects.jsonl", [{"id": key, "object": each} for key, each in objects.items()])
    scopes = release.about["scopes"]
    by_room: dict[str, list[Line]] = {}
    for exchange in release.exchanges:
        by_room.setdefault(_room(exchange), []).append(_line(exchange, scopes))
    for room, lines in by_room.items():
        _write_lines(folder / "exchanges" / f"{room}.jsonl", lines)
    for name in ("models", "tables", "events", "http"):
        _write_lines(folder / f"{name}.jsonl", getattr(release, name))


def digest(content: Any) -> str:
    """A short name for content that says nothing but what it is."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _room(exchange: Exchange) -> str:
    return exchange.function.split("-")[0]


def _line(exchange: Exchange, scopes: str) -> Line:
    line = asdict(exchange)
    line["event"] = _shortened(exchange, scopes)
    if exchange.operation:
        line["operation"] = exchange.operation
    line |= {name: [digest(item) for _, item in getattr(exchange, name)] for name in ("before", "written")}
    line["objects"] = [digest(each) for each in exchange.objects]
    return {name: value for name, value in line.items() if value not in ([], None)}


def _exchange(line: Line, items: Line, objects: Line, scopes: str) -> Exchange:
    return Exchange(
        function=line["function"],
        at=line["at"],
        event=_whole(line["event"], line.get("operation"), scopes),
        answer=line.get("answer"),
        before=[items[key] for key in line.get("before", ())],
        written=[items[key] for key in line.get("written", ())],
        objects=[objects[key] for key in line.get("objects", ())],
        sent=[(channel, text) for channel, text in line.get("sent", ())],
    )


def _shortened(exchange: Exchange, scopes: str) -> Line:
    if not exchange.operation:
        return exchange.event
    event = json.loads(json.dumps(exchange.event))
    caller = event["requestContext"].get("authorizer")
    if caller and caller.get("scope") == scopes:
        caller["scope"] = ALL_SCOPES
    return {
        name: value for name, value in event.items() if name not in DERIVED and value not in (None, False)
    }


def _whole(event: Line, operation: str | None, scopes: str) -> Line:
    if not operation:
        return event
    method, _, resource = operation.partition(" ")
    caller = event["requestContext"].get("authorizer")
    if caller and caller.get("scope") == ALL_SCOPES:
        caller["scope"] = scopes
    query = event.get("queryStringParameters")
    return {
        "httpMethod": method,
        "resource": resource,
        "multiValueHeaders": {name: [value] for name, value in (event.get("headers") or {}).items()},
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} if query else None,
        "queryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        **event,
    }


def _lines(path: Path) -> Iterator[Line]:
    if path.exists():
        yield from (json.loads(line) for line in path.read_text().splitlines())


def _write_lines(path: Path, lines: Iterable[Line]) -> None:
    _write(
        path, "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
