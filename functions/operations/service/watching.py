"""The watchdog: what became of each job's runs, which of them are late, which parts are done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from bank import calendar, clock, store
from bank.config import config
from bank.jobs import JobRunRow, Status, close
from bank.observability import logger, metrics
from operations.adapters import catalogue
from operations.domain import lateness
from operations.domain.lateness import Job, Runs
from operations.tables import WatchedJobRow

# Attempts of a job that are looked at: more than a job of every minute makes between two looks.
NEWEST = 25
# Before a year begins in which no holiday is known.
WARNING = timedelta(days=31)


@dataclass(frozen=True)
class State:
    """A job as it stands: its newest attempts, newest first, and what follows from them."""

    job: Job
    watched: WatchedJobRow
    attempts: list[JobRunRow]
    runs: Runs
    late: bool
    next_planned: datetime | None

    def dead(self, now: datetime) -> list[JobRunRow]:
        """Attempts that ended without a word: killed, or out of time."""
        return [row for row in self.attempts if row.status == Status.RUNNING and not row.runs_at(now)]


def watch() -> dict[str, int]:
    """Look at every job: say which are late, close runs whose parts are done. One failure stops no other."""
    now = clock.now()
    counts = {"jobs": 0, "late": 0, "dead": 0, "failed": 0}
    for job in catalogue.jobs().values():
        counts["jobs"] += 1
        try:
            state = _watched(job, now)
        except Exception:
            logger.exception("a job could not be looked at", job=job.name)
            counts["failed"] += 1
            continue
        counts["late"] += state.late
        counts["dead"] += _tell(state, now)
    metrics.add_metric(
        name="CalendarsMissing", unit="Count", value=len(unpublished(clock.business_date(now)))
    )
    metrics.add_metric(name="WatchdogLooks", unit="Count", value=1)
    return counts


def states() -> list[State]:
    """Every job as it stands, by name."""
    now = clock.now()
    jobs = catalogue.jobs()
    rows = store.get_many([(WatchedJobRow, name) for name in jobs])
    return [state_of(job, row, now) for job, row in zip(jobs.values(), rows, strict=True)]


def state_of(job: Job, watched: WatchedJobRow | None, now: datetime) -> State:
    """A job as its newest attempts show it. One that was never looked at is new now."""
    attempts = list(store.query(JobRunRow, job.name, newest_first=True, limit=NEWEST))
    watched = watched or WatchedJobRow(job=job.name, since=clock.instant(now))
    good = next((row for row in attempts if row.status == Status.DONE), None)
    if good and good.planned >= (watched.good or ""):
        watched.good, watched.good_finished_at = good.planned, good.finished_at
    runs = Runs(
        since=clock.parse(watched.since),
        good=clock.parse(watched.good),
        newest=_planned(attempts),
        under_way=_planned(row for row in attempts if row.runs_at(now)),
    )
    late = lateness.is_late(job, runs, now)
    return State(job, watched, attempts, runs, late, lateness.next_planned(job, runs, now))


def unpublished(today: date) -> list[int]:
    """Years without holidays although they have begun, or begin within `WARNING`."""
    return [
        number for number in sorted({today.year, (today + WARNING).year}) if not calendar.is_published(number)
    ]


def _watched(job: Job, now: datetime) -> State:
    before = store.get(WatchedJobRow, job.name)
    known = (before.good, before.since) if before else None
    state = state_of(job, before, now)
    for row in state.attempts:
        # Parts that came late count, too: their run is over its time, and has been told as late.
        if row.status == Status.RUNNING and row.parts is not None:
            close(row)
    if known != (state.watched.good, state.watched.since):
        state.watched.save()
    return state


def _tell(state: State, now: datetime) -> int:
    """Log what is wrong with a job and count it for its alarm; the number of its dead attempts."""
    with single_metric(
        name="JobLate", unit=MetricUnit.Count, value=int(state.late), namespace="Perkbank"
    ) as metric:
        metric.add_dimension(name="stage", value=config.stage)
        metric.add_dimension(name="job", value=state.job.name)
    if state.late:
        logger.error("job is late", job=state.job.name, last_good=state.watched.good)
    dead = state.dead(now)
    for row in dead:
        logger.warning("run is dead", job=row.job, run=row.run, ends_by=row.ends_by)
    return len(dead)


def _planned(attempts: Iterable[JobRunRow]) -> datetime | None:
    newest = next(iter(attempts), None)
    return clock.parse(newest.planned) if newest else None
