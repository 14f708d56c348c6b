"""Verification: is what is stored what was written, to the byte, with nothing gone and nothing put in?

What is compared was written apart: each block with its own hash, its signature and the block before it; the
blocks with the heads anchored in S3, and those with their signatures and locks; the chained entries with the
audit trail's rows; the rows with the chain; journals with what had been held or paid. Kinds of alteration, by
the first word of a detail: docs/operations.md.

A pass over all days goes lane by lane and block by block, and holds no more in memory for a large day than
for a small one. A run whose time is over writes down where it stopped, and the next one goes on from there.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import dropwhile, pairwise
from typing import Any

from audit import domain
from audit.adapters import object_store
from audit.service import anchoring, anchors
from audit.service.anchors import Anchored
from audit.service.verifying.blocks import verify_lane
from audit.service.verifying.rows import before_chains, verify_places, verify_rows
from audit.service.verifying.run import CLOCK_SKEW, At, Run
from audit.tables import REPORTS, ReportRow
from bank import clock, store

__all__ = ["CLOCK_SKEW", "go_on", "is_done", "last_report", "verify"]

# Of so many days every anchor is read; of those before the last one, which the chain below it follows from.
WHOLE_DAYS = 2
# Reports that are looked through for the last one of a pass over all days: those of a day, and more.
REPORTS_BACK = 60

# A part of a pass by its name: it answers where it stopped, None once it is done.
Step = tuple[str, Callable[[Run, At], At | None]]


def _endless() -> bool:
    return False


def verify(
    *, newest: int | None = None, authority: bool = True, enough: Callable[[], bool] = _endless
) -> dict[str, Any]:
    """Verify the `newest` days, or all, until that is `enough`; keep the report and return it.

    `authority` compares what authority rests on with its acts, which scans.
    """
    return _pass(None, newest, authority, enough)


def go_on(*, newest: int | None = None, enough: Callable[[], bool] = _endless) -> dict[str, Any]:
    """Go on with the last pass over so many days where its run stopped; begin one where it had ended."""
    before = _last(newest)
    return _pass(before if before and before["next"] else None, newest, True, enough)


def is_done() -> bool:
    """Return whether all days were verified in a pass that began on this business day."""
    last = _last(None)
    began = last and not last["next"] and clock.business_date(clock.parse(last["began_at"]))
    return began == clock.business_date()


def last_report() -> dict[str, Any] | None:
    """Return the last verification's report, or None before the first run."""
    return next(_reports(1), None)


def _last(newest: int | None) -> dict[str, Any] | None:
    """The last report of a pass over so many days, authority with them."""
    return next((report for report in _reports(REPORTS_BACK) if report["days"] == (newest or "all")), None)


def _reports(limit: int) -> Iterator[dict[str, Any]]:
    rows = store.query(ReportRow, REPORTS, newest_first=True, limit=limit)
    # Those of before passes went to the end of what they were of.
    return ({"next": None, "days": None, "repeats": 0, **row.content} for row in rows)


def _pass(
    before: dict[str, Any] | None, newest: int | None, authority: bool, enough: Callable[[], bool]
) -> dict[str, Any]:
    run = Run.started_at(clock.now(), enough, before)
    days = _days(newest)
    if newest is None and before is None:
        run.links = {str(lane): domain.GENESIS for lane in range(domain.LANES)}
    following: dict[str, Any] | None = None
    for name, step, at in _left(lambda: _steps(days, of_all=newest is None, authority=authority), before):
        stopped = at if enough() else step(run, at)
        if stopped is not None:
            following = {"step": name, "at": stopped}
            break
    return _report(run, days, following, (newest or "all") if authority else None)


def _left(
    steps: Callable[[], Iterator[Step]], before: dict[str, Any] | None
) -> Iterator[tuple[str, Callable[[Run, At], At | None], At]]:
    """The steps that a pass has left after the report `before`; all where there is no such step any more."""
    place = before["next"] if before else {"step": None, "at": {}}
    known = any(name == place["step"] for name, _ in steps())
    for name, step in dropwhile(lambda each: known and each[0] != place["step"], steps()):
        yield name, step, place["at"] if name == place["step"] else {}


def _steps(days: list[str], *, of_all: bool, authority: bool) -> Iterator[Step]:
    """The parts of a pass, in their order."""
    today = clock.business_date()
    after = (max(today, date.fromisoformat(days[-1]) if days else today) + timedelta(days=1)).isoformat()
    for day, following in pairwise([*(days or [today.isoformat()]), after]):
        whole = day in days[-WHOLE_DAYS:]
        yield f"{day}/anchors", partial(_verify_anchors, day, whole)
        for lane in range(domain.LANES):
            yield domain.lane_day(day, lane), partial(_verify_lane, day, whole, lane)
        yield f"{day}/rows", partial(_verify_rows, day, following, of_all and [day] == days[:1])
    if of_all:
        first = before_chains(days[0]) if days else after
        yield "places", lambda run, at: verify_places(run, first, at)
    if authority:
        yield "authority", _verify_authority
    if of_all and authority:
        yield "payees", _verify_payees


def _verify_anchors(day: str, whole: bool, run: Run, at: At) -> None:
    found = _anchored(run, day, whole)
    run.anchors += found.count
    for key, complaint in found.complaints:
        run.differs("anchor", key, complaint)


def _verify_lane(day: str, whole: bool, lane: int, run: Run, at: At) -> At | None:
    named = domain.lane_day(day, lane)
    return verify_lane(run, named, _anchored(run, day, whole).hashes.get(named, {}), at)


def _anchored(run: Run, day: str, whole: bool) -> Anchored:
    """A day's anchors, read once for all of its lanes, and let go of with the day."""
    if run.anchored is None or run.anchored[0] != day:
        run.anchored = day, anchors.of_day(day, whole=whole)
    return run.anchored[1]


def _verify_rows(day: str, following: str, first: bool, run: Run, at: At) -> At | None:
    return verify_rows(run, day, following, first=first)


def _verify_authority(run: Run, at: At) -> None:
    # Imported here: what it reads of other rooms would slow every start of this one's API.
    from audit.service.verifying.authority import verify_authority

    verify_authority(run)


def _verify_payees(run: Run, at: At) -> At | None:
    from audit.service.verifying.payees import verify_payees

    return verify_payees(run, at)


def _days(newest: int | None) -> list[str]:
    """The business days to verify, oldest first: those that were opened and those that anchors tell of."""
    anchored = object_store.anchored_days(object_store.HEADS, object_store.ANCHORS)
    known = sorted({*anchoring.days(), *anchored})
    return known[-newest:] if newest else known


def _report(
    run: Run, days: list[str], following: dict[str, Any] | None, kind: int | str | None
) -> dict[str, Any]:
    content = {
        "started_at": run.started,
        "finished_at": clock.instant(),
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        **run.report(),
        "days": kind,
        "next": following,
    }
    ReportRow(record=run.started, content=content).save()
    return content
