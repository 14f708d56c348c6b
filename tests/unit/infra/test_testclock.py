"""Moving a stage's clock: only ahead, each job at its times, and on stages for tests alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from bank import clock
from infra import templates, testclock
from infra.jobs import Job
from infra.testclock import Refused, Stage, move, named, plan
from operations.domain import schedules
from tests.support.cloudformation import ROOT

NIGHTLY = Job(
    "settlement.nightly", "settlement-nightly", "Nightly", "cron(0 2 * * ? *)", "Asia/Shanghai", 60, "A"
)
HOURLY = Job("audit.hourly", "audit-hourly", "Hourly", "cron(20 * * * ? *)", "Asia/Shanghai", 60, "B")
OFTEN = Job("payments.expiry", "payments-expiry", "Often", "rate(1 minute)", "UTC", 60, "C")
JOBS = [NIGHTLY, OFTEN]
NIGHT = schedules.parse(NIGHTLY.default, NIGHTLY.zone)
MARCH = datetime(2026, 3, 1, 12, tzinfo=clock.SHANGHAI)


class Functions:
    """Lambda as far as jobs are invoked; those in `failing` fail."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, datetime]] = []
        self.failing: set[str] = set()
        self.ahead: Callable[[], timedelta] = timedelta

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:
        event = json.loads(Payload)
        assert (Qualifier, event["source"]) == ("live", "aws.scheduler")
        # As `bank.jobs` plans a run.
        planned = clock.parse(event["time"]) + self.ahead()
        self.invoked.append((FunctionName, planned))
        failed = {"FunctionError": "Unhandled"} if FunctionName in self.failing else {}
        return {"Payload": BytesIO(b"{}"), **failed}


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def stage(functions: Functions) -> Iterator[Stage]:
    """The local stage on moto, whose clock nobody has moved."""
    with mock_aws():
        ssm = boto3.client("ssm", region_name="us-east-1")
        there = Stage("local", {"ssm": ssm, "lambda": functions}.__getitem__, wait=lambda _: None)
        functions.ahead = there.ahead
        yield there


def test_each_daily_job_runs_at_its_times_and_the_others_once_a_day_and_at_the_end() -> None:
    found = list(plan([NIGHTLY, HOURLY, OFTEN], MARCH, MARCH + timedelta(days=2)))

    days = [clock.midnight(MARCH.date() + timedelta(days=number)) for number in (1, 2)]
    nights = [day + timedelta(hours=2) for day in days]
    assert [moment for moment, _ in found] == [
        days[0],
        nights[0],
        days[1],
        nights[1],
        MARCH + timedelta(days=2),
    ]
    assert [[job.job for job in due] for _, due in found] == [
        [HOURLY.job, OFTEN.job],
        [NIGHTLY.job],
        [HOURLY.job, OFTEN.job],
        [NIGHTLY.job],
        [HOURLY.job, OFTEN.job],
    ]


@given(hours=st.lists(st.integers(1, 24 * 40), min_size=1, max_size=6))
def test_in_however_many_moves_a_nightly_job_runs_once_each_night(hours: list[int]) -> None:
    since, planned = MARCH, []
    for step in hours:
        to = since + timedelta(hours=step)
        moments = [moment for moment, _ in plan([NIGHTLY], since, to)]
        assert moments == sorted(moments)
        assert moments[-1] == to
        planned += [moment for moment, due in plan([NIGHTLY], since, to) if due]
        since = to

    first = MARCH.replace(hour=2) + timedelta(days=1)
    nights = (
        [first + timedelta(days=number) for number in range((since - first).days + 1)]
        if since >= first
        else []
    )
    assert planned == nights


def test_a_move_runs_the_jobs_and_ends_at_the_time_that_was_asked_for(
    stage: Stage, functions: Functions
) -> None:
    began = datetime.now(UTC)
    to = began + timedelta(days=3)

    runs = move(stage, to, JOBS, told=lambda _: None)

    assert timedelta() <= stage.now() - to < timedelta(minutes=1)
    assert runs == len(functions.invoked)
    nights = [at for name, at in functions.invoked if name == "perkbank-local-settlement-nightly"]
    first = NIGHT.next(began)
    assert first
    assert nights == [first + timedelta(days=number) for number in range(3)]


def test_it_never_goes_back(stage: Stage, functions: Functions) -> None:
    move(stage, datetime.now(UTC) + timedelta(days=2), JOBS, told=lambda _: None)
    there = stage.now()

    with pytest.raises(Refused, match="never goes back"):
        move(stage, datetime.now(UTC) + timedelta(days=1), JOBS, told=lambda _: None)

    assert stage.now() >= there


def test_a_job_that_fails_stops_the_move_and_is_named(stage: Stage, functions: Functions) -> None:
    functions.failing = {"perkbank-local-settlement-nightly"}

    with pytest.raises(Refused, match=r"settlement\.nightly: "):
        move(stage, datetime.now(UTC) + timedelta(days=2), JOBS, told=lambda _: None)

    assert stage.now() < datetime.now(UTC) + timedelta(days=1, minutes=1)


@pytest.mark.parametrize("name", ["dev", "staging", "production", ""])
def test_no_other_stage_has_one(name: str) -> None:
    with pytest.raises(Refused, match="has no test clock"):
        named(name)


def test_every_job_of_the_platform_can_be_planned() -> None:
    found = templates.all_jobs()

    ran = {job.job for _, due in plan(found, MARCH, MARCH + timedelta(days=32)) for job in due}

    assert ran == {job.job for job in found}
    assert len(ran) > 10


def test_the_command_runs_by_itself() -> None:
    """As `make clock` starts it: with nothing of the rooms on its path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-m", "infra.testclock"]

    ran = subprocess.run(
        command, env=environment | {"STAGE": "prod"}, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "stage prod has no test clock: only local and test have one\n"


@pytest.mark.parametrize("arguments", [["--to", "2027-01-01T00:00:00"], ["--by", "0d"], ["--by", "1y"]])
def test_what_is_no_time_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        testclock.main(arguments)
