"""A scheduled handler's runs, recorded: begun before it, ended after it."""

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

from bank import clock, store
from bank.jobs.tables import JobRunRow, Status
from bank.observability import logger

Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class RunKey:
    """A run: which job, and the instant it was planned for. As text it fits into a message."""

    job: str
    planned: str

    def __str__(self) -> str:
        return f"{self.job}#{self.planned}"

    @property
    def day(self) -> date:
        """The business date that the run was planned on, whenever it is repeated."""
        return clock.business_date(clock.parse(self.planned))

    @classmethod
    def of(cls, text: str) -> Self:
        """The inverse of `str`."""
        job, _, planned = text.partition("#")
        return cls(job, planned)


class Unfinished(Exception):
    """Raised by a handler that did not do all: the run is `unfinished`, and `counts` are what it did.

    The next run goes on. No such run is a good one, so that people are woken if none gets further.
    """

    def __init__(self, counts: dict[str, Any]) -> None:
        super().__init__("not all is done")
        self.counts = counts


@dataclass(frozen=True)
class FannedOut:
    """Answered by a handler that put `parts` on a queue: its run is done when they are (`bank.jobs.parts`).

    `within` is how long that may take before people are woken.
    """

    parts: int
    within: timedelta
    counts: dict[str, Any]


_current: ContextVar[RunKey | None] = ContextVar("run", default=None)


def current() -> RunKey:
    """The run that is under way in this function; only within a `recorded` handler."""
    run = _current.get()
    assert run is not None, "no recorded handler runs"
    return run


def name_of(handler: Handler) -> str:
    """The job of a handler: `accounts.app.on_review_expiry` is `accounts.review-expiry`."""
    room = handler.__module__.partition(".")[0]
    return f"{room}.{handler.__name__.removeprefix('on_').replace('_', '-')}"


def recorded(*, keep_days: int) -> Callable[[Handler], Handler]:
    """Record each run of a scheduled handler, whose rows are kept for `keep_days`.

    The event's `time` is the planned instant. A run that is done is not done again, unless staff ask for that
    (`repeat`): what it answered is answered again. One that failed, died or still runs is attempted once
    more, so that handlers must bear two at once, as they do anyway.
    """

    def decorate(handler: Handler) -> Handler:
        job = name_of(handler)

        @functools.wraps(handler)
        def run(event: dict[str, Any], context: Any) -> Any:
            row, fresh = _begin(job, event, context, keep_days)
            if not fresh:
                logger.info("run is done already", job=row.job, run=row.run)
                return row.outcome
            token = _current.set(RunKey(row.job, row.planned))
            try:
                return _end(row, lambda: handler(event, context), context)
            finally:
                _current.reset(token)

        run.job = job  # type: ignore[attr-defined]
        return run

    return decorate


def attempts(job: str, planned: str, *, limit: int | None = None) -> list[JobRunRow]:
    """The attempts at a run, newest first."""
    of_run = JobRunRow.run.startswith(f"{planned}#")
    return list(store.query(JobRunRow, job, of_run, newest_first=True, limit=limit))


def _begin(job: str, event: dict[str, Any], context: Any, keep_days: int) -> tuple[JobRunRow, bool]:
    """The row of a new attempt, and True; or the row of one that has done all that the event asks for."""
    now = clock.now()
    planned = clock.instant(_planned(event) or now)
    asked = event.get("repeat") or {}
    while True:
        before = next(iter(attempts(job, planned, limit=1)), None)
        if before and "time" in event and _answers(before, asked.get("repeat_id")):
            return before, False
        row = JobRunRow(
            job=job,
            run=f"{planned}#{(before.attempt if before else 0) + 1:04}",
            status=Status.RUNNING.value,
            by=asked.get("by") or ("schedule" if "time" in event else "hand"),
            repeat_id=asked.get("repeat_id"),
            reason=asked.get("reason"),
            started_at=clock.instant(now),
            ends_by=clock.instant(now + timedelta(milliseconds=context.get_remaining_time_in_millis())),
            purge_at=int((now + timedelta(days=keep_days)).timestamp()),
        )
        # Else another function has just begun this attempt, and ours is the next.
        if store.put_new(row):
            if before and before.runs_at(now):
                logger.warning("two attempts at once", job=job, run=row.run)
            return row, True


def _planned(event: dict[str, Any]) -> datetime | None:
    """The instant that the event names, if any: a schedule tells AWS's time, a repeat the bank's."""
    named = clock.parse(event.get("time"))
    return named if named is None or "repeat" in event else clock.of_aws(named)


def _answers(before: JobRunRow, repeat_id: str | None) -> bool:
    """True where the newest attempt has done what is asked for: the plan, or this very repeat of it."""
    begun = before.status == Status.DONE or before.parts is not None
    return begun and (repeat_id is None or before.repeat_id == repeat_id)


def _end(row: JobRunRow, work: Callable[[], Any], context: Any) -> Any:
    """Do the work and write how it ended; what it raises goes on."""
    try:
        answer = work()
    except Unfinished as unfinished:
        logger.warning("job is unfinished", job=row.job, run=row.run, counts=unfinished.counts)
        _finish(row, Status.UNFINISHED, outcome=unfinished.counts)
        return unfinished.counts
    except Exception as error:
        _finish(row, Status.FAILED, error=f"{type(error).__name__}, request {context.aws_request_id}")
        raise
    if isinstance(answer, FannedOut):
        _fan_out(row, answer)
        return answer.counts
    _finish(row, Status.DONE, outcome=answer)
    return answer


def _finish(row: JobRunRow, status: Status, *, outcome: Any = None, error: str | None = None) -> None:
    row.update(
        actions=[
            JobRunRow.status.set(status.value),
            JobRunRow.finished_at.set(clock.instant()),
            JobRunRow.outcome.set(_short(outcome)) if outcome is not None else JobRunRow.outcome.remove(),
            JobRunRow.error.set(error) if error else JobRunRow.error.remove(),
        ]
    )


def _fan_out(row: JobRunRow, answer: FannedOut) -> None:
    row.update(
        actions=[
            JobRunRow.parts.set(answer.parts),
            JobRunRow.outcome.set(_short(answer.counts)),
            JobRunRow.ends_by.set(clock.instant(clock.parse(row.started_at) + answer.within)),
        ]
    )


def _short(outcome: Any) -> Any:
    """Counts and facts; of lists and tables their length, since a report has a place of its own."""
    if not isinstance(outcome, dict):
        return outcome
    return {name: len(each) if isinstance(each, list | dict) else each for name, each in outcome.items()}
