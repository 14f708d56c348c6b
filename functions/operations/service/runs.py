"""Runs of a job as staff see them, and runs that they have repeated."""

from datetime import datetime

from bank import clock, errors, store
from bank.access.principal import THE_BANK
from bank.control import audit
from bank.jobs import JobRunRow
from bank.store import Transaction
from operations.adapters import catalogue, functions
from operations.domain.lateness import Job
from operations.domain.schedules import Cron


class JobNotFound(errors.NotFound):
    """404: there is no such job, or no such run of it."""

    code, title = "job_not_found", "No such job or run"


class StillRuns(errors.Conflict):
    """409: the run is under way, and ends by `ends_by`."""

    code, title = "run_under_way", "The run is under way"


def list_runs(*, job: str, after: str | None, limit: int) -> tuple[list[JobRunRow], str | None]:
    """Attempts at a job's runs, newest first."""
    name = _find(job).name
    before = JobRunRow.run < after if after else None
    rows = list(store.query(JobRunRow, name, before, newest_first=True, limit=limit + 1))
    return store.page(rows, limit, lambda row: row.run)


def repeat(*, job: str, planned: datetime, reason: str, repeat_id: str, actor: audit.Actor) -> str:
    """Have a run made again, for the instant that it was planned for; the name of the run.

    It has to have been there, or to have been missed: a time of the job's schedule. Raises StillRuns while an
    attempt is under way within its time. Its function does what is left to do, or what staff ask for with the
    same `repeat_id` once.
    """
    found, instant = _find(job), clock.instant(planned)
    attempts = _attempts(found, instant)
    if not attempts and not _missed(found, planned):
        raise JobNotFound()
    under_way = next((row for row in attempts if row.runs_at(clock.now())), None)
    if under_way:
        raise StillRuns(ends_by=under_way.ends_by)
    transaction = Transaction()
    audit.record(
        transaction,
        actor=actor,
        action="operations.run_repeated",
        subject_id=f"{found.name}#{instant}",
        ownership=THE_BANK,
        after={"repeat_id": repeat_id, "attempts_before": len(attempts)},
        reason=reason,
    )
    transaction.commit()
    asked = {"repeat_id": repeat_id, "by": actor.subject, "reason": reason}
    functions.start(found.function, {"source": "aws.scheduler", "time": instant, "repeat": asked})
    return f"{found.name}#{instant}"


def _attempts(job: Job, instant: str) -> list[JobRunRow]:
    of_run = JobRunRow.run.startswith(f"{instant}#")
    return list(store.query(JobRunRow, job.name, of_run, newest_first=True))


def _missed(job: Job, planned: datetime) -> bool:
    """Return whether the instant is a past time of the schedule; of a rate, nobody can tell."""
    schedule = job.schedule
    return isinstance(schedule, Cron) and planned <= clock.now() and schedule.names(planned)


def _find(job: str) -> Job:
    found = catalogue.jobs().get(job)
    if found is None:
        raise JobNotFound()
    return found
