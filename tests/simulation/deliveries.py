"""Streams, delivered as AWS may: late, in batches of any size, again; each item's changes in their order."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bank import ids
from tests.simulation.stored import check
from tests.support.http import context
from tests.support.streams import CONSUMERS, handler

if TYPE_CHECKING:
    from tests.simulation.world import World

SHARDS = 3
BATCH = 40
# One of so many batches is delivered again although its handler has said that all is well.
UNHEARD = 0.15

# Whose streams may be lost: a sweep makes up for that.
LOSABLE = ("accounts.app.on_journals", "accounts.app.on_balances")

Place = tuple[str, str, int]


class Deliveries:
    """How far each consumer has come in each shard of its stream."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._consumers = [(table, name) for table, names in CONSUMERS.items() for name in names]
        self._shards: dict[str, list[list[dict[str, Any]]]] = {}
        self._sorted: dict[str, int] = defaultdict(int)
        self._done: dict[Place, int] = defaultdict(int)
        self._running: set[Place] = set()
        self.lost = 0

    def deliver_some(self) -> None:
        """One batch of one shard to one of its consumers."""
        places = [place for place in self._places() if place not in self._running and self._waiting(place)]
        if places:
            place = self._world.random.choice(places)
            self._deliver(place, self._world.random.randint(1, min(BATCH, self._waiting(place))))

    def lose(self) -> None:
        """All that a consumer still had to get is gone: it stood still for longer than a day."""
        name = self._world.random.choice(LOSABLE)
        for place in self._places():
            if place[1] == name and place not in self._running:
                self.lost += self._waiting(place)
                self._done[place] += self._waiting(place)

    def has_missing(self) -> bool:
        """Return whether a sweep may make something up: its stream was lost, or has not come yet."""
        return self.lost > 0 or any(self._waiting(place) for place in self._places() if place[1] in LOSABLE)

    def deliver_all(self) -> None:
        """Everything, until nothing new comes of it."""
        while places := [place for place in self._places() if self._waiting(place)]:
            for place in places:
                check(self._deliver(place, min(100, self._waiting(place))), f"{place} is stuck")

    def _places(self) -> list[Place]:
        self._sort()
        return [(table, name, shard) for table, name in self._consumers for shard in range(SHARDS)]

    def _sort(self) -> None:
        """Put new records in their shards: by item, so that an item's changes stay in order."""
        for table, _ in self._consumers:
            shards = self._shards.setdefault(table, [[] for _ in range(SHARDS)])
            for record in self._world.stored.streams[table][self._sorted[table] :]:
                shards[ids.shard(str(record["dynamodb"]["Keys"]), SHARDS)].append(record)
                self._sorted[table] += 1

    def _waiting(self, place: Place) -> int:
        table, _, shard = place
        return len(self._shards[table][shard]) - self._done[place]

    def _deliver(self, place: Place, count: int) -> bool:
        """Give the next `count` records to their consumer; whether they were taken."""
        table, name, shard = place
        start = self._done[place]
        records = self._shards[table][shard][start : start + count]
        self._world.say(f"  {name} gets {table}/{shard} {start} to {start + count - 1}")
        self._running.add(place)
        try:
            taken = self.invoke(name, {"Records": records}) is not None
        finally:
            self._running.discard(place)
        if taken and (self._world.quiet or self._world.random.random() >= UNHEARD):
            self._done[place] += count
        return taken

    def invoke(self, name: str, event: dict[str, Any]) -> dict[str, Any] | None:
        """A handler's answer; None where it crashed, or raised, as it may only where something has failed."""
        faults = self._world.faults.count
        try:
            answer = self._world.survive(lambda: (handler(name)(event, context(name)) or {},))
        except Exception as error:
            check(self._world.faults.count > faults, f"{name} raised although nothing has failed: {error!r}")
            self._world.say(f"  {name} raised {type(error).__name__}")
            return None
        return answer[0] if answer else None
