"""Verification: is what is stored what was written, to the byte, with nothing gone and nothing put in?

What is compared was written apart: each block with its own hash, its signature and the block before it; the
blocks with the anchors in S3, and those with their signatures and locks; the chained entries with the audit
trail's rows; the rows with the chain; journals with what had been held or paid. Differences come in the order
of the chain, so that the first is the first altered one. Kinds of alteration, by the first word of a detail:
docs/operations.md.
"""

from collections.abc import Sequence
from typing import Any

from audit import domain
from audit.adapters import object_store
from audit.service import anchoring
from audit.service.verifying.blocks import verify_day
from audit.service.verifying.movements import verify_movements
from audit.service.verifying.rows import verify_rows
from audit.service.verifying.run import CLOCK_SKEW, Run
from audit.tables import REPORTS, ReportRow
from bank import clock, store

__all__ = ["CLOCK_SKEW", "last_report", "verify"]

MAX_DIFFERENCES = 200
# Of so many days every anchor is read; of those before the last one, which the chain below it follows from.
WHOLE_DAYS = 2


def verify(*, newest: int | None = None, authority: bool = True) -> dict[str, Any]:
    """Verify the `newest` days, or all; keep the report and return it.

    `authority` compares what authority rests on with its acts, which scans.
    """
    run = Run.started_at(clock.now())
    days = _days(newest)
    link = None if newest else domain.GENESIS
    for day in days:
        link = verify_day(run, day, link, last=day == days[-1], whole=day in days[-WHOLE_DAYS:])
    verify_rows(run, days, recent=newest is not None)
    verify_movements(run)
    if authority:
        # Imported here: what it reads of other rooms would slow every start of this one's API.
        from audit.service.verifying.authority import verify_authority

        verify_authority(run)
    return _report(run, days)


def last_report() -> dict[str, Any] | None:
    """Return the last verification's report, or None before the first run."""
    rows = store.query(ReportRow, REPORTS, newest_first=True, limit=1)
    return next((dict(row.content) for row in rows), None)


def _days(newest: int | None) -> list[str]:
    """The days to verify, oldest first: those that were opened and those that anchors tell of."""
    known = sorted({*anchoring.days(), *object_store.anchored_days()})
    return known[-newest:] if newest else known


def _report(run: Run, days: Sequence[str]) -> dict[str, Any]:
    content = {
        "started_at": run.started,
        "finished_at": clock.instant(),
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "blocks": run.blocks,
        "entries": run.entries,
        "anchors": run.anchors,
        "difference_count": len(run.differences),
        "differences": run.differences[:MAX_DIFFERENCES],
    }
    ReportRow(record=run.started, content=content).save()
    return content
