"""Risk reports: what a day's decisions were, what came of them, and how each rule did, by unit."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bank import clock, store
from bank.access.principal import Ownership, Principal
from risk.adapters import history
from risk.events import MOVED
from risk.tables import ReportRow

# Labels arrive for weeks; a day's report is counted anew until it is this old.
RECOUNTED = timedelta(days=7)

# A payment was stopped when no money moved: declined at once, or challenged or held and never let go.
_MOVED = "status in ({})".format(", ".join(f"'{name}'" for name in MOVED))
_COUNTS = f"""
select unit_id, currency, count(*) as decisions, sum(amount) as amount,
  count(*) filter (outcome = 'approve') as approved,
  count(*) filter (outcome = 'challenge') as challenged,
  count(*) filter (outcome = 'review') as reviewed,
  count(*) filter (outcome = 'decline') as declined,
  count(*) filter (posture) as by_posture,
  count(*) filter (label is not null) as labelled,
  count(*) filter (label = 'fraud') as frauds,
  coalesce(sum(amount) filter (label = 'fraud'), 0) as fraud_amount,
  coalesce(sum(amount) filter (label = 'fraud' and {_MOVED}), 0) as lost_amount,
  coalesce(sum(amount) filter (label = 'fraud' and not {_MOVED}), 0) as stopped_amount
from decisions where day = ? group by all order by all
"""
_RULES = """
select unit_id, currency, reason, count(*) as hits, sum(amount) as amount,
  count(*) filter (label = 'fraud') as frauds,
  count(*) filter (label = 'false_positive') as false_positives
from (select unit_id, currency, amount, label, unnest(list_distinct(reasons)) as reason
      from decisions where day = ?)
group by all order by all
"""


@dataclass(frozen=True)
class UnitReport:
    """One unit's day. Amounts in minor units, by currency; rates are left to the reader of counts."""

    unit_id: str
    content: dict[str, Any]


def count(*, today: date) -> int:
    """Count the last days anew and keep their reports; the number of rows written. From history alone."""
    first, last = today - RECOUNTED, today - timedelta(days=1)
    rows: list[ReportRow] = []
    with history.opened(first, last, labelled_until=today) as connection:
        day = first
        while day <= last:
            rows += _of_day(connection, day.isoformat())
            day += timedelta(days=1)
    store.put_many(rows)
    return len(rows)


def _of_day(connection: Any, day: str) -> list[ReportRow]:
    units: dict[str, dict[str, Any]] = {}
    for row in _named(connection, _COUNTS, day):
        unit = units.setdefault(row.pop("unit_id"), {"totals": [], "rules": []})
        unit["totals"].append(row)
    for row in _named(connection, _RULES, day):
        units[row.pop("unit_id")]["rules"].append(row)
    counted_at = clock.instant()
    return [
        ReportRow(finding=f"report#{day}", part=unit_id, content=content, counted_at=counted_at)
        for unit_id, content in units.items()
    ]


def _named(connection: Any, sql: str, day: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql, [day])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, _whole(row), strict=True)) for row in cursor.fetchall()]


def _whole(row: tuple[Any, ...]) -> list[Any]:
    """DuckDB sums integers as HUGEINT, which comes as int already; anything else here is text or None."""
    return list(json.loads(json.dumps(row)))


def of_day(*, principal: Principal, day: date) -> list[UnitReport]:
    """The reports of the units in the caller's data scope. One query."""
    rows = store.query(ReportRow, f"report#{day.isoformat()}")
    return [UnitReport(row.part, row.content) for row in rows if principal.sees(Ownership(unit_id=row.part))]


def summed(groups: list[list[dict[str, Any]]], *, by: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of counts added up over units, by the columns named."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in (row for group in groups for row in group):
        total = sums.setdefault(tuple(row[name] for name in by), {name: row[name] for name in by})
        for name, value in row.items():
            if name not in by:
                total[name] = total.get(name, 0) + value
    return [sums[key] for key in sorted(sums)]
