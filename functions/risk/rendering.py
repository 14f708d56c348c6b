"""The risk room's rows as its answers show them."""

from datetime import date
from typing import Any

from bank import clock
from bank.risk.tables import ALWAYS
from risk import schemas
from risk.domain.lists import Kind, ListName
from risk.domain.rule_sets import Status
from risk.service.reports import UnitReport, summed
from risk.service.rule_sets import RuleSet
from risk.tables import BacktestRow, ListRow, RuleSetRow


def _facts(row: RuleSetRow) -> dict[str, Any]:
    return {
        "rule_set_id": row.entry,
        "product": row.product,
        "status": Status(row.status),
        "note": row.note,
        "posture": row.posture,
        "digest": row.digest,
        "approval_id": row.approval_id,
        "created_by": row.created_by,
        "created_at": clock.parse(row.created_at),
    }


def summary(row: RuleSetRow) -> schemas.RuleSetSummary:
    """A rule set in a list."""
    return schemas.RuleSetSummary(**_facts(row))


def rule_set(found: RuleSet) -> schemas.RuleSetAnswer:
    """A rule set in whole."""
    return schemas.RuleSetAnswer(
        **_facts(found.row),
        content=found.content.content,
        caps={window: schemas.Cap(**cap) for window, cap in (found.content.caps or {}).items()},
        live=found.live,
        shadowed=found.shadowed,
        history=[
            schemas.HistoryEntry(**{**entry, "at": clock.parse(entry["at"])}) for entry in found.row.history
        ],
    )


def entry(row: ListRow) -> schemas.ListEntryAnswer:
    """An entry of a list."""
    kind, _, subject = row.entry.partition("#")
    return schemas.ListEntryAnswer(
        list=ListName(row.desk.partition("#")[2]),
        kind=Kind(kind),
        subject=subject,
        reason=row.reason,
        source=row.source,
        added_by=row.added_by,
        added_at=clock.parse(row.added_at),
        expires_at=None if row.expires_at == ALWAYS else clock.parse(row.expires_at),
        ended_at=clock.parse(row.ended_at),
    )


def backtest(row: BacktestRow) -> schemas.BacktestAnswer:
    """A backtest."""
    return schemas.BacktestAnswer(
        backtest_id=row.entry,
        rule_set_id=row.rule_set_id,
        product=row.product,
        first_day=date.fromisoformat(row.from_day),
        last_day=date.fromisoformat(row.to_day),
        status=row.status,
        requested_at=clock.parse(row.requested_at),
        finished_at=clock.parse(row.finished_at),
        result=row.result,
        problem=row.problem,
    )


def report(day: date, units: list[UnitReport]) -> schemas.RiskReportAnswer:
    """A day's report: the units seen, and their sum."""
    return schemas.RiskReportAnswer(
        day=day,
        units=[schemas.UnitReport(unit_id=unit.unit_id, **unit.content) for unit in units],
        totals=summed([unit.content["totals"] for unit in units], by=("currency",)),
        rules=summed([unit.content["rules"] for unit in units], by=("currency", "reason")),
    )
