"""Requests and answers of the operations room: its HTTP contract."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from bank.http import Body, Instant, Schema, Text

JobName = Annotated[str, Field(examples=["accounts.verification"])]


# Jobs ----------------------------------------------------------------------------------------------


class RunStatus(StrEnum):
    """States of a run; `dead` is one whose time is over without a word."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    DEAD = "dead"


class RunAnswer(Schema):
    """An attempt at a run. `parts` and `parts_done` are of one that has fanned out over a queue.

    `outcome` is what the job counted; `error` the type of what failed, and the request whose log tells it.
    """

    job: JobName
    planned: Instant
    attempt: int = Field(examples=[1])
    status: RunStatus
    by: str = Field(description="schedule, hand, or the member of staff who had it repeated")
    reason: str | None
    started_at: Instant
    ends_by: Instant
    finished_at: Instant | None
    outcome: dict[str, Any] | None
    error: str | None
    parts: int | None
    parts_done: int | None


class RunPage(Schema):
    """Attempts at runs, newest first."""

    items: list[RunAnswer]
    next_cursor: str | None


class JobAnswer(Schema):
    """A job. `last_good` is the last run that came to its end, `age_seconds` how long ago that was planned.

    `late` says that it has no good run in time, which an alarm says too. `dead_runs` ended without a word.
    """

    job: JobName
    schedule: str = Field(examples=["rate(15 minutes)"])
    time_zone: str = Field(examples=["UTC"])
    timeout_seconds: int
    late: bool
    last_good: Instant | None
    last_good_finished_at: Instant | None
    age_seconds: int | None
    next_planned: Instant | None
    newest: RunAnswer | None
    dead_runs: int


class JobList(Schema):
    """All jobs, by name."""

    items: list[JobAnswer]


class RepeatRun(Body):
    """A run to be made again, by the instant that it was planned for, and why."""

    planned: Instant
    reason: Text = Field(examples=["The bucket was not there yet"])


class RepeatAnswer(Schema):
    """A run that will be made again; its attempt says `repeat_id`'s reason and by whom."""

    job: JobName
    planned: Instant
    repeat_id: str = Field(examples=["rpt_01JDB3W6Q2V0M8C4T5R7N9XKHE"])


# The calendar --------------------------------------------------------------------------------------


class Kind(StrEnum):
    """Kinds of days. An `ordinary` one is what its weekday says."""

    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    NO_TRADING = "no_trading"
    ORDINARY = "ordinary"


class CalendarDay(Schema):
    """A day that is not what its weekday says, whether it is worked and traded on, and why."""

    day: date
    kind: Kind
    name: str = Field(examples=["春节"])
    working: bool
    trading: bool


class CalendarAnswer(Schema):
    """A year. One that is not `published` counts each weekday as worked, but for what staff entered."""

    year: int = Field(examples=[2026])
    edition: int
    published: bool
    source: str = Field(description="The State Council's notice")
    working_days: int
    trading_days: int
    days: list[CalendarDay]


class DayChange(Body):
    """A day as it is to be."""

    day: date
    kind: Kind
    name: Text = Field(examples=["国庆节"])


class ChangeCalendar(Body):
    """Some days to be otherwise; `published` once the year's notice is entered whole. Where it says so."""

    days: list[DayChange] = Field(default=[], max_length=100)
    published: bool | None = None
    source: Text = Field(examples=["General Office of the State Council, notice 7 of 2025"])
    reason: Text = Field(examples=["The notice for next year is out"])


# Incidents -----------------------------------------------------------------------------------------


class IncidentAnswer(Schema):
    """An alarm that went off. docs/operations.md says what each asks of people.

    `escalated_at` is when others were woken, since nobody had acknowledged it.
    """

    incident_id: str = Field(examples=["inc_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    alarm: str = Field(examples=["payments-DeadLetters"])
    detail: str
    began_at: Instant
    over_at: Instant | None
    escalated_at: Instant | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    note: str | None


class IncidentPage(Schema):
    """Open incidents, newest first."""

    items: list[IncidentAnswer]
    next_cursor: str | None


class Acknowledge(Body):
    """Taking an incident on: what one is going to do."""

    note: Text = Field(examples=["Looking at the dead letters of payment-reviews"])
