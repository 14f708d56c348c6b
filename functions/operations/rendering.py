"""Rows and days of the operations room as its answers show them."""

from datetime import date, timedelta

from bank import clock
from bank.calendar import Day, DayKind, Year
from bank.jobs import JobRunRow, Status, progress
from operations import schemas
from operations.service.watching import State
from operations.tables import IncidentRow


def job(state: State) -> schemas.JobAnswer:
    """Render a job as it stands."""
    now = clock.now()
    good = state.runs.good
    return schemas.JobAnswer(
        job=state.job.name,
        schedule=state.job.expression,
        time_zone=state.job.zone,
        timeout_seconds=int(state.job.timeout.total_seconds()),
        late=state.late,
        last_good=good,
        last_good_finished_at=clock.parse(state.watched.good_finished_at),
        age_seconds=int((now - good).total_seconds()) if good else None,
        next_planned=state.next_planned,
        newest=run(state.attempts[0]) if state.attempts else None,
        dead_runs=len(state.dead(now)),
    )


def run(row: JobRunRow) -> schemas.RunAnswer:
    """Render an attempt. Of one that has fanned out, its parts are looked through: 16 queries."""
    parts = progress(row) if row.parts is not None else None
    dead = row.status == Status.RUNNING and not row.runs_at(clock.now())
    return schemas.RunAnswer(
        job=row.job,
        planned=clock.parse(row.planned),
        attempt=row.attempt,
        status=schemas.RunStatus.DEAD if dead else schemas.RunStatus(row.status),
        by=row.by,
        reason=row.reason,
        started_at=clock.parse(row.started_at),
        ends_by=clock.parse(row.ends_by),
        finished_at=clock.parse(row.finished_at),
        outcome=row.outcome,
        error=row.error,
        parts=parts.planned if parts else None,
        parts_done=parts.done if parts else None,
    )


def repeat(job: str, planned: str, repeat_id: str) -> schemas.RepeatAnswer:
    """Render a run that will be made again."""
    return schemas.RepeatAnswer(job=job, planned=clock.parse(planned), repeat_id=repeat_id)


def special(change: schemas.DayChange) -> Day | None:
    """Read a day of a request; None where it is to be what its weekday says."""
    return None if change.kind is schemas.Kind.ORDINARY else Day(DayKind(change.kind.value), change.name)


def calendar(year: Year) -> schemas.CalendarAnswer:
    """Render a year, with the sums that a reader can check against the notice."""
    first = date(year.number, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year.number + 1, 1, 1) - first).days)]
    return schemas.CalendarAnswer(
        year=year.number,
        edition=year.edition,
        published=year.published,
        source=year.source,
        working_days=sum(map(year.is_working, days)),
        trading_days=sum(map(year.is_trading, days)),
        days=[
            schemas.CalendarDay(
                day=day,
                kind=schemas.Kind(special.kind.value),
                name=special.name,
                working=year.is_working(day),
                trading=year.is_trading(day),
            )
            for day, special in sorted(year.days.items())
        ],
    )


def incident(row: IncidentRow) -> schemas.IncidentAnswer:
    """Render an incident."""
    return schemas.IncidentAnswer(
        incident_id=row.incident_id,
        alarm=row.alarm,
        detail=row.detail,
        began_at=clock.parse(row.began_at),
        over_at=clock.parse(row.over_at),
        escalated_at=clock.parse(row.escalated_at),
        acknowledged_at=clock.parse(row.acknowledged_at),
        acknowledged_by=row.acknowledged_by,
        note=row.note,
    )
