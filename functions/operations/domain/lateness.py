"""Lateness of a job: from its schedule, its last good run and what runs now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.domain.schedules import Rate, Schedule, parse

# From the end of a run's time until somebody is woken: Lambda tries twice more, after one and two minutes.
MARGIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """A scheduled handler: its function without the stage's prefix, its schedule, its time-out."""

    name: str
    function: str
    expression: str
    zone: str
    timeout: timedelta

    @property
    def schedule(self) -> Schedule:
        """Its schedule, to reckon with."""
        return parse(self.expression, self.zone)


@dataclass(frozen=True)
class Runs:
    """Runs of a job, by the instants that they were planned for; `since` is when it was first seen here."""

    since: datetime
    # Of the last good run.
    good: datetime | None = None
    # Of the newest run, whatever became of it.
    newest: datetime | None = None
    # Of the newest that is under way within its time.
    under_way: datetime | None = None


def due(job: Job, now: datetime) -> datetime:
    """The instant from which on a good run must have been planned by now."""
    return job.schedule.due(now - job.timeout - MARGIN)


def is_late(job: Job, runs: Runs, now: datetime) -> bool:
    """Return whether it has no good run in time. A job that is new is late once it has missed a time."""
    wanted = due(job, now)
    going_on = runs.under_way is not None and runs.under_way >= wanted
    return not going_on and (runs.good or runs.since) < wanted


def next_planned(job: Job, runs: Runs, now: datetime) -> datetime | None:
    """The next time; of a rate, counted from the newest run, and None before the first."""
    schedule = job.schedule
    return schedule.next(runs.newest if isinstance(schedule, Rate) else now)
