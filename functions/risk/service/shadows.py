"""Versions in the shadow: what they would have said to the same input, without effect."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from bank import clock, ids, store
from bank.observability import logger
from bank.risk import replay
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from bank.risk.verdict import Outcome
from bank.rules import RulesBroken
from risk.domain.comparison import SAMPLES, Compared, counts, samples
from risk.domain.rule_sets import PRODUCTS
from risk.tables import ShadowRow

KEPT = timedelta(days=120)
# A batch's row carries a few; a day's answer shows SAMPLES of them.
PER_BATCH = 3


@dataclass
class DayOfShadow:
    """A day's comparison: `outcomes` counts pairs `live>shadow`."""

    decisions: int = 0
    differing: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)


def run(lines: Iterable[dict[str, Any]]) -> None:
    """Judge a batch of decisions by the versions in their products' shadows. Two reads a batch, a write a
    version and day. A batch delivered again puts the same rows.
    """
    lines = [line for line in lines if line["input"]]
    products = sorted({line["product"] for line in lines} & set(PRODUCTS))
    live = store.get_many([(LiveRow, live_key(product)) for product in products])
    shadows = [
        (product, version)
        for product, row in zip(products, live, strict=True)
        for version in ((row.shadows if row else None) or ())
    ]
    contents = store.get_many([(ContentRow, content_key(version)) for _, version in shadows])
    rows: list[ShadowRow] = []
    for (product, version), content in zip(shadows, contents, strict=True):
        if content is not None:
            rows += _rows(version, content, [line for line in lines if line["product"] == product])
    store.put_many(rows)


def _rows(version: str, content: ContentRow, lines: list[dict[str, Any]]) -> list[ShadowRow]:
    by_day: dict[str, list[Compared]] = defaultdict(list)
    try:
        for line in lines:
            by_day[line["day"]].append(_compared(version, content.content, line))
    except RulesBroken as error:
        # It judges nothing; whoever looks at its report sees that it says nothing either.
        logger.error("a shadow version cannot judge", rule_set_id=version, error=str(error))
        return []
    batch = ids.digest(sorted(line["event_id"] for line in lines))[:24]
    purge_at = int((clock.now() + KEPT).timestamp())
    return [
        ShadowRow(
            finding=f"shadow#{version}",
            part=f"{day}#{batch}",
            counts=counts(compared),
            samples=samples(compared, PER_BATCH),
            purge_at=purge_at,
        )
        for day, compared in by_day.items()
    ]


def _compared(version: str, content: Any, line: dict[str, Any]) -> Compared:
    outcome, reasons = replay(content, line["input"], version=version)
    return Compared(
        record_id=line["record_id"],
        day=line["day"],
        amount=line["amount"],
        currency=line["currency"],
        then=Outcome(line["outcome"]),
        now=outcome,
        reasons=reasons,
    )


def of_day(*, rule_set_id: str, day: date) -> DayOfShadow:
    """A version's day, added up over its batches. One query, of that day's rows alone."""
    found, total = DayOfShadow(), Counter[str]()
    condition = ShadowRow.part.startswith(f"{day.isoformat()}#")
    for row in store.query(ShadowRow, f"shadow#{rule_set_id}", condition):
        total.update(row.counts)
        found.samples += row.samples[: SAMPLES - len(found.samples)]
    found.outcomes = dict(total)
    found.decisions = total.total()
    found.differing = sum(count for pair, count in total.items() if len(set(pair.split(">"))) > 1)
    return found
