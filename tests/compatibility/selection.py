"""Choose the exchanges that a release's folder keeps: few, that together show every kind of call and item."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tests.compatibility import items, shapes
from tests.compatibility.exchanges import Exchange
from tests.compatibility.release import Release

# Attributes by whose values a reader tells what an item is, such as `status` and `kind`.
TELLING = re.compile(r"(^|_)(status|kind|record|type|outcome|state|reason|level|product)$")
WORD = re.compile(r"[a-z][a-z_]{1,31}$")
# Bytes of one exchange.
LARGEST = 40_000
# How many exchanges that show the same are kept to choose from.
ENOUGH = 3

Feature = tuple[str, ...]


class Pool:
    """Exchanges that showed something new when they came, and some that showed it again.

    Not each can be replayed: a test may have set something that no folder records.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Exchange, frozenset[Feature]]] = []
        self._seen: Counter[Feature] = Counter()
        self.offered = 0

    def offer(self, exchange: Exchange) -> None:
        """Keep it if it shows something that few before did."""
        self.offered += 1
        if size(exchange) > LARGEST:
            return
        found = frozenset(features(exchange))
        if any(self._seen[feature] < ENOUGH for feature in found):
            self._seen.update(found)
            self._kept.append((exchange, found))

    def chosen(self, good: Iterable[Exchange]) -> list[Exchange]:
        """A small cover of what the good ones show: in turn the one that shows most for its size."""
        allowed = {id(each) for each in good}
        left = [(exchange, found) for exchange, found in self._kept if id(exchange) in allowed]
        missing = frozenset[Feature]().union(*(found for _, found in left))
        chosen = []
        while missing:
            best = max(left, key=lambda pair: len(pair[1] & missing) / (500 + size(pair[0])))
            chosen.append(best[0])
            missing -= best[1]
        return sorted(chosen, key=lambda each: (each.function, each.name, each.at))

    @property
    def kept(self) -> list[Exchange]:
        """All that were kept."""
        return [exchange for exchange, _ in self._kept]


def features(exchange: Exchange) -> Iterator[Feature]:
    """The features of an exchange: the call and how it ended; each item's attributes and telling values."""
    kind = "repeat" if exchange.repeatable else "cursor" if exchange.cursor else ""
    yield "call", exchange.function, exchange.operation, str(exchange.status), kind
    for how, stored in (("read", exchange.before), ("written", exchange.written)):
        for table, item in stored:
            shape = shapes.of_item(item)
            yield how, exchange.function, table
            for path, value in shape.items():
                if path.count(".") < 2:
                    yield "item", table, path, value
            yield from (("value", table, name, text) for name, text in telling(item))
    for channel, text in exchange.sent:
        yield "sent", channel, _type(text)
    for each in exchange.objects:
        yield "object", exchange.function, each["bucket"], re.sub(r"\d+", "0", each["key"].split("/")[0])


def unshown(release: Release) -> list[str]:
    """List the kinds of items and the operations that no exchange of the release shows."""
    called = {exchange.operation for exchange in release.exchanges}
    operations = [line["operation"] for line in release.http if "operation" in line]
    return items.unshown(release.models, release.items) + [each for each in operations if each not in called]


def telling(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The attributes of an item whose values are words of a closed list, with those values."""
    for name, value in item.items():
        text = value.get("S", "")
        if TELLING.search(name) and WORD.match(text):
            yield name, text


def _type(text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return ""
    return str(content.get("type", "")) if isinstance(content, dict) else ""


def size(exchange: Exchange) -> int:
    """About how many bytes it takes."""
    return len(
        json.dumps([exchange.event, exchange.answer, exchange.before, exchange.written, exchange.objects])
    )
