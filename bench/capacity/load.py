"""A traced load: what its operations use before their answers, and the streams' consumers after them."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bank.config import config
from bench import scenes
from bench.background import MANY, Background
from bench.capacity import bus
from bench.capacity.trace import Call, Trace, Use, uses
from tests.support import cloudformation, streams

REFUNDS_IN = 20
# Lambda adds pollers of a queue as long as that helps; more than so many need no telling apart.
UNBOUNDED = {"MaximumConcurrency": 100}
# How many wallets were filled before: each load pays from wallets of its own.
_filled = 0


@dataclass(frozen=True)
class Batch:
    """A batch of so many changes, and the calls that their consumer made."""

    records: int
    calls: list[Call]


@dataclass
class Load:
    """Traced operations, each its calls before the answer; and batches of each consumer, each its calls."""

    name: str
    operations: list[list[Call]] = field(default_factory=list)
    batches: dict[str, list[Batch]] = field(default_factory=lambda: defaultdict(list))
    # Changes that each consumer got.
    records: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        """Number of traced operations."""
        return len(self.operations)

    def at_once(self, consumer: str) -> int:
        """Batches that a consumer may take at once: of its queue, or of each shard of its stream."""
        (function,) = (each for each in cloudformation.functions() if each.dotted == consumer)
        most = [
            event.get("ScalingConfig", UNBOUNDED)["MaximumConcurrency"]
            if event["Type"] == "SQS"
            else event.get("ParallelizationFactor", 1)
            for event in function.events
        ]
        # Where stages differ: as on AWS, which a condition names first.
        return max(int(each["Fn::If"][1] if isinstance(each, dict) else each) for each in most)

    @property
    def of_streams(self) -> set[str]:
        """Consumers of streams, all others are of queues."""
        return {name for names in streams.CONSUMERS.values() for name in names}

    def writes_of(self, consumer: str) -> float:
        """Write units that an operation takes of the table whose changes a consumer gets."""
        (table,) = (table for table, names in streams.CONSUMERS.items() if consumer in names)
        calls = itertools.chain.from_iterable(self.all_calls())
        return sum(use.writes for use in uses(calls) if _table(use) == table) / self.size

    def units(self) -> dict[str, tuple[float, float]]:
        """Read and write units that an operation takes of each table and its indexes, in all."""
        found: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for use in uses(itertools.chain.from_iterable(self.all_calls())):
            found[_table(use)][0] += use.reads / self.size
            found[_table(use)][1] += use.writes / self.size
        return {table: (reads, writes) for table, (reads, writes) in found.items()}

    def all_calls(self) -> Iterator[list[Call]]:
        """The calls of each operation and each batch."""
        yield from self.operations
        yield from (batch.calls for batches in self.batches.values() for batch in batches)


def payments(name: str, payees: Sequence[str], count: int, background: Background) -> Load:
    """`count` payments to these merchants by turns and a refund of each twentieth, with all that follows."""
    global _filled
    load, wallets = Load(name), scenes.fill(range(_filled, _filled + count))
    _filled += count
    background.skip()
    with Trace() as trace, bus.Published() as published:

        def taken(consumer: str, records: int) -> None:
            load.records[consumer] += records
            load.batches[consumer].append(Batch(records, trace.cut()))

        for start in range(0, count, MANY):
            paid = []
            for number in range(start, start + MANY):
                answer = scenes.payment(wallets[number].account_id, payees[number % len(payees)]).send()
                load.operations.append(trace.cut())
                paid.append(str(answer["payment_id"]))
            background.settle(taken=taken)
            published.deliver(taken)
            for payment_id in paid[::REFUNDS_IN]:
                scenes.of_payment(payment_id, "refunds", {"amount": 1, "reason": "returned"}).send()
                load.operations.append(trace.cut())
        background.settle(taken=taken)
        published.deliver(taken)
    return load


def _table(use: Use) -> str:
    return use.key.split(" ")[0].split("/")[0].removeprefix(config.table_prefix)
