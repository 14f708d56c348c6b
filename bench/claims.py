"""Claims of what is capped: what each costs, and how many a second one cap carries against a thousand."""

from collections.abc import Callable
from itertools import chain

from bank import caps, clock, ids, store
from bank.caps import Bounds, Cap
from bank.events import ConsumedEventRow
from bank.store import Transaction
from bench import report
from bench.capacity import simulator
from bench.capacity.load import Load
from bench.capacity.simulator import Played
from bench.capacity.trace import Trace
from bench.meter import Meter
from bench.report import Row, Section

AMOUNT = 5_00
# Enough that nothing is sold out, in units and money, in all and of a day.
BOUNDS = Bounds(10**6, 10**9, 10**6, 10**9)
CAPS, TRACED = 1_000, 2_000
RATES = (1_000, 2_000, 3_000, 5_000, 7_500, 10_000)
SECONDS = 2.0
ANSWERED, WANTED, RATIO = 0.97, 5_000, 0.95


def sections() -> list[Section]:
    """Stock, budget and day of a cap are one row; what is claimed is another."""
    return [_costs(), _carried()]


def _costs() -> Section:
    hot, small = _cap("hot", caps.MOST_SHARDS), _cap("small", 1)
    over, taken = Cap(ids.new("cap"), Bounds(units=1)), _claimed(hot)
    for _ in range(2):
        _claimed(small)
    _claimed(over)
    _refused(over)
    rows = [
        _cost("claim of what is capped: one row, and the cap", 2, 4, lambda: _claimed(hot)),
        _cost("  nobody took from its part of the cap yet", 2, 4, lambda: _claimed(_cap("new", 1))),
        _cost("  read within two seconds", 2, 4, lambda: _claimed(small)),
        _cost("  of two caps", 2, 6, lambda: _claimed(small, hot)),
        _cost("  sold out", 1, 0, lambda: _refused(over)),
        _cost("given back", 2, 2, lambda: _given_back(taken)),
    ]
    return Section("Claims", ("round trips", "read units", "write units"), rows)


def _cost(name: str, trips: int, writes: int, act: Callable[[], object]) -> Row:
    with Meter() as meter:
        act()
    usage = meter.usage
    budget = report.both(
        report.at_most(trips, usage.round_trips, " trips"), report.at_most(writes, usage.writes, " WCU")
    )
    return Row(name, (usage.round_trips, usage.reads, usage.writes), budget)


def _carried() -> Section:
    """One cap and a thousand, played against DynamoDB's limits of a key and an item."""
    one = _load("one cap", [_cap("one", caps.MOST_SHARDS)])
    many = _load(f"{CAPS:,} caps", [_cap(f"many-{number}", 1) for number in range(CAPS)])
    played = [{rate: simulator.play(each, rate, SECONDS) for rate in RATES} for each in (one, many)]
    carried = [max((rate for rate in RATES if _carries(of[rate])), default=0) for of in played]
    hot, spread = (of[WANTED] for of in played)
    ratio = hot.answers / spread.answers
    rows = [
        Row(
            "claims/s that are carried (model)",
            (carried[0], carried[1], ""),
            report.at_least(WANTED, min(carried)),
        ),
        Row(
            f"offered {WANTED:,}/s: answered a second",
            (hot.answers, spread.answers, ratio),
            report.at_least(RATIO, ratio),
        ),
        Row("  answered 503", (hot.busy / SECONDS, spread.busy / SECONDS, "")),
        Row("  conflicts a thousand answers", (hot.conflicts_a_thousand, spread.conflicts_a_thousand, "")),
        Row("  slowest hundredth, ms", (hot.slowest_ms, spread.slowest_ms, "")),
    ]
    return Section("Claims at DynamoDB's limits", (one.name, many.name, "ratio"), rows)


def _carries(played: Played) -> bool:
    return played.answers >= ANSWERED * played.rate


def _load(name: str, of: list[Cap]) -> Load:
    load = Load(name)
    with Trace() as trace:
        for number in range(TRACED):
            _claimed(of[number % len(of)])
            load.operations.append(trace.cut())
    return load


def _cap(name: str, shards: int) -> Cap:
    return Cap(f"{name}-{ids.new('cap')}", BOUNDS, shards)


def _claimed(*of: Cap) -> caps.Taken:
    """Claim as a customer of whom nothing is known; what was taken of the last cap."""
    customer, transaction = ids.new("cus"), Transaction()
    claimed = ConsumedEventRow(mark=ids.new("ent"), purge_at=0)
    keys = [caps.keys(cap, customer) for cap in of]
    _, *rows = store.get_many([(ConsumedEventRow, claimed.mark), *chain(*keys)])
    transaction.create(claimed)
    for cap, each in zip(of, keys, strict=True):
        read, rows = rows[: len(each)], rows[len(each) :]
        taken = caps.take(transaction, cap, read, units=1, amount=AMOUNT, at=clock.now(), by=customer)
    transaction.commit()
    return taken


def _refused(cap: Cap) -> None:
    try:
        _claimed(cap)
    except caps.SoldOut:
        return


def _given_back(taken: caps.Taken) -> None:
    transaction = Transaction()
    caps.give_back(transaction, taken, store.get_many(caps.keys(taken)))
    transaction.commit()
