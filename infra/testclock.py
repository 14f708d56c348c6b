"""The test clock of a stage: shown, and moved ahead while the bank lives through the time in between.

    python -m infra.testclock                                  what time it is there
    python -m infra.testclock --to 2027-01-31T09:00:00+08:00   move it; or --by 30d, --by 12h
    make clock TO=... or BY=...                                the same

Each daily job runs at each of its times in between, as the scheduler would have it run; what runs more often
runs once a midnight and at the end. It only moves ahead. Stages `local` (this machine's) and `test`
(STAGE=test, in your AWS account) have one; no other stage reads it (bank.testclock).
"""

import argparse
import functools
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

import infra.contract  # noqa: F401 (the rooms become importable)
from bank import clock, testclock
from bank.config import SIMULATED
from infra import local, templates
from infra.jobs import Job
from operations.domain import schedules

UNITS = {"m": "minutes", "h": "hours", "d": "days"}
# Until every process has read it again.
FELT = testclock.FRESH_SECONDS + 0.2
# A job may take its time, and is asked once.
PATIENT = Config(read_timeout=900, retries={"total_max_attempts": 1})


class Refused(Exception):
    """A command that is not carried out; the message is for the person who gave it."""


@dataclass(frozen=True)
class Stage:
    """A stage with a test clock. `client` gives clients of its AWS."""

    name: str
    client: Callable[[str], Any]
    wait: Callable[[float], None] = time.sleep

    @property
    def parameter(self) -> str:
        """Name of the parameter that says by how many seconds the time is ahead."""
        return f"/perkbank/{self.name}/test-clock"

    def ahead(self) -> timedelta:
        """By how much the time there is ahead of the world's."""
        return testclock.read(self.client("ssm"), self.parameter)

    def now(self) -> datetime:
        """The time there."""
        return clock.world() + self.ahead()

    def set(self, moment: datetime) -> timedelta:
        """Let it be `moment` there, or up to a second later, as everybody sees it; by how much it is ahead.

        Raises Refused where it is later there already.
        """
        ahead = timedelta(seconds=math.ceil((moment - clock.world()).total_seconds()))
        if ahead < self.ahead():
            raise Refused(f"it is {clock.instant(self.now())} there already: a ledger's time never goes back")
        value = str(int(ahead.total_seconds()))
        self.client("ssm").put_parameter(Name=self.parameter, Value=value, Type="String", Overwrite=True)
        self.wait(FELT)
        return ahead

    def run(self, job: Job, scheduled: datetime) -> None:
        """Run a job as AWS's scheduler does at an instant of the world's. Raises Refused where it fails."""
        event = {"source": "aws.scheduler", "time": clock.instant(scheduled)}
        answer = self.client("lambda").invoke(
            FunctionName=f"perkbank-{self.name}-{job.function}",
            Qualifier="live",
            Payload=json.dumps(event).encode(),
        )
        if "FunctionError" in answer:
            raise Refused(f"{job.job}: {answer['Payload'].read().decode()}")


def follow(stage: Stage) -> None:
    """Let this process take its time from the stage's clock: what signs or confirms there has to."""
    clock.be_ahead(testclock.source(stage.parameter, lambda: stage.client("ssm")))


def named(stage: str) -> Stage:
    """The stage of this name. Raises Refused for one that has no test clock."""
    if stage not in SIMULATED:
        raise Refused(f"stage {stage} has no test clock: only {' and '.join(SIMULATED)} have one")
    client = local.client if stage == local.STAGE else functools.partial(boto3.client, config=PATIENT)
    return Stage(stage, functools.cache(client))


def move(stage: Stage, to: datetime, jobs: Sequence[Job], told: Callable[[str], None] = print) -> int:
    """Move the clock ahead to `to`, running those of the jobs that are due on the way; how many runs.

    Raises Refused for a time that is past there, and for a job that fails: the clock stays where it did.
    """
    runs = 0
    for planned, due in plan(jobs, stage.now(), to):
        ahead = stage.set(planned)
        for job in due:
            stage.run(job, planned - ahead)
            runs += 1
        told(f"{planned.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} {', '.join(job.job for job in due)}")
    return runs


def plan(jobs: Sequence[Job], since: datetime, to: datetime) -> Iterator[tuple[datetime, list[Job]]]:
    """Instants in (since, to] in order, each with the jobs that run then; the last is `to`."""
    times: dict[datetime, list[Job]] = {to: []}
    for job in jobs:
        daily = _daily(job, since, to)
        for planned in [*_midnights(since, to), to] if daily is None else daily:
            times.setdefault(planned, []).append(job)
    return ((planned, times[planned]) for planned in sorted(times))


def _daily(job: Job, since: datetime, to: datetime) -> list[datetime] | None:
    """Its times in between, of a job that has at most one a day; else None."""
    schedule = schedules.parse(job.default, job.zone)
    if isinstance(schedule, schedules.Rate) or len(schedule.hours) * len(schedule.minutes) > 1:
        return None
    times, last = [], schedule.next(since)
    while last and last <= to:
        times.append(last)
        last = schedule.next(last)
    return times


def _midnights(since: datetime, to: datetime) -> Iterator[datetime]:
    day = clock.business_date(since) + timedelta(days=1)
    while clock.midnight(day) < to:
        yield clock.midnight(day)
        day += timedelta(days=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line; 0 when it was done, 1 when it was refused."""
    chosen = _parser().parse_args(arguments)
    try:
        stage = named(os.environ.get("STAGE", local.STAGE))
        if chosen.to or chosen.by:
            move(stage, chosen.to or stage.now() + chosen.by, templates.all_jobs())
        print(stage.now().astimezone(clock.SHANGHAI).isoformat(timespec="seconds"))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant has an offset: 2027-01-31T09:00:00+08:00")
    return moment


def _span(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if not match:
        raise argparse.ArgumentTypeError("a span is a number and m, h or d: 30d")
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.testclock",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--to", type=_moment, help="an instant with its offset")
    span.add_argument("--by", type=_span, help="a span: 30d, 12h, 90m")
    return parser


if __name__ == "__main__":
    sys.exit(main())
