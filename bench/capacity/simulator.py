"""Plays a traced load at a rate against DynamoDB's limits: of a key's units, and one transaction on an item.

Discrete events in virtual seconds. Assumed, for AWS alone to tell: how long a call takes (`READ`, `WRITE`,
`TRANSACT`), and that a key's limit holds within each twentieth of a second. How calls are tried again is the
kernel's own (`bank.store.retries`), and so is how large its consumers' batches are.
"""

import heapq
import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bank.store import retries
from bench.capacity import choices
from bench.capacity.load import Batch, Load
from bench.capacity.trace import Call, Use

READ, WRITE, TRANSACT = 0.005, 0.005, 0.015
WRITES_A_KEY, READS_A_KEY = 1_000.0, 3_000.0
BURST = 0.05
# A stream has a shard for each partition of its table, which takes this many write units.
PARTITION_WRITES = 1_000
# Of a wallet or a record: two requests seldom want the same.
OWN = re.compile(r" (wal|pay|jrn|ref|cap|can|spl|trf|dep|wdr|hld|dev)_|[ #](order|payer)#")
Delays = Iterator[float]
Done = Callable[[int], None]
# A batch, and of each of its steps the choices.
Choices = tuple[Batch, list[list[list[Call]]]]


@dataclass
class Played:
    """Outcome of a load at a rate: answers, refusals, conflicts, and how far consumers are behind."""

    rate: float
    answered: int = 0
    busy: int = 0
    conflicts: int = 0
    stale: int = 0
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    taken: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    begun: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    # The part of its changes that each consumer has taken in by the end.
    kept_up: dict[str, float] = field(default_factory=dict)

    @property
    def answers(self) -> float:
        """Answered operations a second."""
        return self.answered / self.seconds

    @property
    def conflicts_a_thousand(self) -> float:
        """Refusals for another transaction's sake or a changed item, a thousand answers."""
        return 1_000 * (self.conflicts + self.stale) / max(self.answered, 1)

    @property
    def slowest_ms(self) -> float:
        """The time that a hundredth of the answers took longer than."""
        ordered = sorted(self.latencies) or [0.0]
        return 1_000 * ordered[len(ordered) * 99 // 100]


class _Busy(Exception):
    """A call was refused for the time being."""


class _Stale(Exception):
    """An item is not as it was read."""


class World:
    """Keys with their limits, items with their versions and the transactions that hold them."""

    def __init__(self, played: Played) -> None:
        self.now = 0.0
        self.played = played
        self._writes: dict[str, tuple[float, float]] = {}
        self._reads: dict[str, tuple[float, float]] = {}
        self._held: set[str] = set()
        self._versions: Counter[str] = Counter()
        self._fresh = itertools.count()

    def operation(self, attempts: Sequence[list[Call]], done: Done = lambda _: None) -> Delays:
        """A request or a batch: its calls in order, decided again while what it read has changed.

        Each time it is any of `attempts`, which differ in the parts that they book on. `done` hears how many
        more of its calls are through; fewer, where they are made again.
        """
        own = next(self._fresh)
        for attempt in range(retries.DECISIONS):
            if attempt:
                yield pause(attempt - 1)
            through = 0
            read: dict[str, int] = {}
            try:
                for call in random.choice(attempts):
                    read |= {use.item: self._versions[use.item] for use in call.uses if use.reads}
                    yield from self._sent(call, own, read)
                    done(1)
                    through += 1
            except _Stale:
                self.played.stale += 1
                done(-through)
                continue
            except _Busy:
                done(-through)
                raise
            return
        raise _Busy

    def _sent(self, call: Call, own: int, read: dict[str, int]) -> Delays:
        for attempt in range(retries.ATTEMPTS):
            if attempt:
                yield pause(attempt - 1)
            try:
                yield from self._once(call, own, read)
            except _Busy:
                continue
            return
        raise _Busy

    def _once(self, call: Call, own: int, read: dict[str, int]) -> Delays:
        self._take(call)
        written = [use for use in call.uses if use.writes]
        items = {_item(use, own) for use in written}
        if items & self._held:
            self.played.conflicts += 1
            raise _Busy
        if any(use.versioned and self._versions[use.item] != read.get(use.item) for use in written):
            yield WRITE
            raise _Stale
        if call.transaction:
            self._held |= items
        yield TRANSACT if call.transaction else WRITE if written else READ
        self._held -= items
        for use in written:
            self._versions[use.item] += 1

    def _take(self, call: Call) -> None:
        """Take the units of a call from its keys; none where one is used up: a throttled call costs none."""
        asked = [
            (buckets, use.key, units, limit)
            for use in call.uses
            if not OWN.search(use.key)
            for buckets, units, limit in (
                (self._writes, use.writes, WRITES_A_KEY),
                (self._reads, use.reads, READS_A_KEY),
            )
            if units
        ]
        for buckets, key, _, limit in asked:
            left, since = buckets.get(key, (limit * BURST, self.now))
            buckets[key] = (min(limit * BURST, left + (self.now - since) * limit), self.now)
            if buckets[key][0] <= 0:
                self.played.throttled[key] += 1
                raise _Busy
        for buckets, key, units, _ in asked:
            buckets[key] = (buckets[key][0] - units, self.now)


def _item(use: Use, own: int) -> str:
    return f"{use.item} {own}" if use.created or OWN.search(use.key) else use.item


def pause(attempt: int) -> float:
    """The kernel's pause before another attempt, full jitter."""
    return random.uniform(0, min(retries.BACKOFF_LIMIT_SECONDS, retries.BACKOFF_SECONDS * 2**attempt))


def play(load: Load, rate: float, seconds: float, seed: int = 1) -> Played:
    """Offer the load at `rate` operations a second for some seconds."""
    random.seed(seed)
    played = Played(rate)
    world = World(played)
    queue: list[tuple[float, int, Delays]] = []
    numbers = itertools.count()

    def start(at: float, process: Delays) -> None:
        heapq.heappush(queue, (at, next(numbers), process))

    operations = [choices.of(calls) for calls in load.operations]
    for number in range(int(rate * seconds)):
        start(number / rate, _request(world, random.choice(operations)))
    for name in load.batches:
        for shard in _consume(world, load, name, rate):
            start(0.0, shard)
    while queue:
        world.now, _, process = heapq.heappop(queue)
        if world.now > seconds:
            break
        delay = next(process, None)
        if delay is not None:
            start(world.now + delay, process)
    played.seconds = seconds
    played.kept_up = {
        name: min(1.0, played.taken[name] * load.size / records / max(played.answered, 1))
        for name, records in load.records.items()
    }
    return played


def _request(world: World, attempts: list[list[Call]]) -> Delays:
    started = world.now
    try:
        yield from world.operation(attempts)
    except _Busy:
        world.played.busy += 1
        return
    world.played.answered += 1
    world.played.latencies.append(world.now - started)


def _consume(world: World, load: Load, name: str, rate: float) -> Iterator[Delays]:
    """A consumer's batches, as full as they were traced, so many at once as it has shards or may run."""
    largest = max(batch.records for batch in load.batches[name])
    full = [batch for batch in load.batches[name] if 2 * batch.records > largest]
    shards = -(-int(rate * load.writes_of(name)) // PARTITION_WRITES) if name in load.of_streams else 1
    at_once = load.at_once(name) * max(1, shards)
    turned = [(batch, [choices.of(step) for step in choices.steps(batch.calls)]) for batch in full]
    each = load.records[name] / load.size
    return (_in_order(world, name, turned, rate, each) for _ in range(at_once))


def _in_order(world: World, name: str, batches: list[Choices], rate: float, each: float) -> Delays:
    """Batches one after the other, of those that nobody has begun; an answer makes `each` changes."""
    while True:
        batch, steps = random.choice(batches)
        waiting = world.played.answered * each - world.played.begun[name]
        if waiting < batch.records:
            yield max((batch.records - waiting) / (rate * each), WRITE)
            continue
        world.played.begun[name] += batch.records

        def through(calls: int, batch: Batch = batch) -> None:
            world.played.taken[name] += calls * batch.records / max(len(batch.calls), 1)

        if not batch.calls:
            yield WRITE  # To S3, which is taken to be as quick.
            through(1, batch)
        # What is refused is delivered again, for as long as it takes.
        try:
            for attempts in steps:
                yield from world.operation(attempts, through)
        except _Busy:
            world.played.begun[name] -= batch.records
