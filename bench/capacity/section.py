"""The capacity model as sections of the table: which key breaks first, and how much the bank carries."""

import re
from collections import defaultdict
from collections.abc import Callable

from audit.domain import LANES
from bank.config import config
from bench import report, scenes
from bench.background import Background
from bench.capacity import choices, load, simulator, trace
from bench.capacity.load import Load
from bench.capacity.simulator import OWN, READS_A_KEY, WRITES_A_KEY, Played
from bench.report import Row, Section

PAYMENTS = 600
CROWD = 1_000
RATES = (1_000, 2_000, 3_000, 5_000, 7_500, 10_000)
SECONDS = 2.0
# A rate is carried where nearly all is answered, and the consumers take in nearly all of it meanwhile.
ANSWERED, TAKEN = 0.97, 0.85
WANTED, RATIO = 5_000, 0.95
KEYS = 8
ID = re.compile(r"_[0-9A-HJKMNP-TV-Z]{26}")


def sections(background: Background) -> list[Section]:
    """Payments with a refund for each twentieth, to one merchant and to a thousand."""
    one = load.payments("one merchant", [scenes.busy_merchant()], PAYMENTS, background)
    many = load.payments(
        f"{CROWD:,} merchants", [scenes.new_merchant() for _ in range(CROWD)], PAYMENTS, background
    )
    return [_tables(many), _keys(one), _carried(one, many)]


def _tables(traced: Load) -> Section:
    """Units that a payment takes of each table, for which those that are warm have to be so."""
    rows = [Row(table, (*units, "")) for table, units in sorted(traced.units().items())]
    return Section(f"A payment to one of {traced.name}", ("read units", "write units", ""), rows)


def _keys(traced: Load) -> Section:
    """The keys that payments to one merchant share, lowest ceiling first."""
    found = sorted(
        (limit / used, name, what, used)
        for what, limit, of in (
            ("write", WRITES_A_KEY, lambda use: use.writes),
            ("read", READS_A_KEY, lambda use: use.reads),
        )
        for name, used in _used(traced, of).items()
    )
    rows = [Row(f"{name}, {what} units", (used, limit, "")) for limit, name, what, used in found[:KEYS]]
    title = "What all payments to one merchant share"
    return Section(title, ("a payment", "payments/s", ""), rows)


def _used(traced: Load, of: Callable[[trace.Use], float]) -> dict[str, float]:
    """Units a payment by key; of keys that differ in a shard alone, the one that is used most.

    One process traces, so one lane of the audit trail, whose work so many share.
    """
    units: dict[str, float] = defaultdict(float)
    for calls in traced.all_calls():
        for use in trace.uses(calls):
            if not OWN.search(use.key):
                units[use.key] += of(use) / (LANES if choices.LANE.search(use.key) else 1)
    found: dict[str, float] = {}
    for key, used in units.items():
        name = _shown(key)
        found[name] = max(found.get(name, 0.0), used / PAYMENTS)
    return {name: used for name, used in found.items() if used}


def _shown(key: str) -> str:
    """A key without the ids and shards in it."""
    return re.sub(r"\d+$", "n", ID.sub("_...", key.removeprefix(config.table_prefix)))


def _carried(one: Load, many: Load) -> Section:
    """The largest of the rates that is carried, and what 5,000 a second come to."""
    played = [{rate: simulator.play(each, rate, SECONDS) for rate in RATES} for each in (one, many)]
    carried = [max((rate for rate in RATES if _carries(of[rate])), default=0) for of in played]
    rows = [
        Row(
            "payments/s that are carried (model)",
            (carried[0], carried[1], ""),
            report.at_least(WANTED, min(carried)),
        ),
        *_at(WANTED, *(of[WANTED] for of in played)),
    ]
    return Section("The bank at DynamoDB's limits", (one.name, many.name, "ratio"), rows)


def _carries(played: Played) -> bool:
    return played.answers >= ANSWERED * played.rate and min(played.kept_up.values()) >= TAKEN


def _at(rate: int, one: Played, many: Played) -> list[Row]:
    """Rows of one rate: answers, refusals, conflicts and what consumers took in of it."""
    ratio = one.answers / many.answers if many.answers else 0.0
    rows = [
        Row(
            f"offered {rate:,}/s: answered a second",
            (one.answers, many.answers, ratio),
            report.both(
                report.at_least(ANSWERED * rate, min(one.answers, many.answers), "/s"),
                report.at_least(RATIO, ratio),
            ),
        ),
        Row("  answered 503", (one.busy / SECONDS, many.busy / SECONDS, "")),
        Row("  conflicts a thousand answers", (one.conflicts_a_thousand, many.conflicts_a_thousand, "")),
        Row("  slowest hundredth, ms", (one.slowest_ms, many.slowest_ms, "")),
    ]
    rows += [
        Row(f"  {name}: of its changes taken in", (one.kept_up[name], many.kept_up[name], ""))
        for name in one.kept_up
    ]
    return rows
