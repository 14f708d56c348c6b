"""The test clock: the time as a parameter moves it, on stages for developers and tests alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from bank import clock, testclock
from bank.events.outbox import change_time
from tests.support.cloudformation import ROOT

PARAMETER = "/perkbank/test/test-clock"
A_LITTLE, A_DAY = timedelta(minutes=1), timedelta(days=1)


class Parameters:
    """Systems Manager's parameters, as far as they are read, and how often they were; None: there is none."""

    exceptions = SimpleNamespace(ParameterNotFound=KeyError)

    def __init__(self, value: str | None) -> None:
        self.value, self.reads = value, 0

    def get_parameter(self, *, Name: str) -> dict[str, Any]:
        assert Name == PARAMETER
        self.reads += 1
        if self.value is None:
            raise KeyError(Name)
        return {"Parameter": {"Value": self.value}}


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The machine's seconds, which stand still until they are told to pass."""
    seconds = SimpleNamespace(now=1_000.0)
    monkeypatch.setattr("bank.testclock.time", SimpleNamespace(monotonic=lambda: seconds.now))
    return seconds


@pytest.fixture
def a_day_ahead() -> Iterator[None]:
    clock.be_ahead(lambda: A_DAY)
    yield
    clock.be_ahead(timedelta)


def test_a_move_is_felt_after_a_second_and_is_read_once_in_it(passing: SimpleNamespace) -> None:
    parameters = Parameters(None)
    ahead = testclock.source(PARAMETER, lambda: parameters)
    before = [ahead() for _ in range(5)]
    parameters.value = "86400"
    passing.now += testclock.FRESH_SECONDS / 2
    still = ahead()
    passing.now += testclock.FRESH_SECONDS / 2

    assert {*before, still} == {timedelta()}
    assert ahead() == A_DAY
    assert parameters.reads == 2


@pytest.mark.parametrize("value", ["-1", "", "soon", "1.5"])
def test_a_parameter_that_says_something_else_stops_the_function(value: str) -> None:
    ahead = testclock.source(PARAMETER, lambda: Parameters(value))

    with pytest.raises(ValueError, match=r"never goes back|invalid literal"):
        ahead()


def test_a_function_that_may_not_read_it_fails_and_never_takes_the_world_s_time(
    passing: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its first look, and at one after it has read it."""
    parameters = Parameters("86400")
    clock.be_ahead(testclock.source(PARAMETER, lambda: parameters))
    monkeypatch.setattr(clock, "_ahead", clock._ahead)
    assert clock.now() - clock.world() > A_DAY - A_LITTLE
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameter")
    monkeypatch.setattr(parameters, "get_parameter", Mock(side_effect=denied))
    passing.now += testclock.FRESH_SECONDS

    for _ in range(2):
        with pytest.raises(ClientError, match="AccessDenied"):
            clock.now()


def test_what_aws_stamps_is_read_by_the_bank_s_time(a_day_ahead: None) -> None:
    world, change = clock.world(), {"SequenceNumber": "1", "ApproximateCreationDateTime": 1_795_000_000}

    assert clock.of_aws(world) == world + A_DAY
    assert abs(clock.now() - world - A_DAY) < A_LITTLE
    assert change_time({"dynamodb": change}) == clock.instant(
        datetime.fromtimestamp(1_795_000_000, UTC) + A_DAY
    )


@pytest.mark.parametrize(
    ("stage", "refused"), [("local", False), ("test", False), ("dev", True), ("production", True)]
)
def test_a_process_of_another_stage_does_not_start_with_one(stage: str, refused: bool) -> None:
    environment = {**os.environ, "TEST_CLOCK": PARAMETER, "TABLE_PREFIX": f"perkbank-{stage}-"}
    program = "from bank import clock; print(clock._ahead.__qualname__)"

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | {"PYTHONPATH": str(ROOT / "layers/bank/python")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode != 0, "NotHere" in ran.stderr) == (refused, refused), ran.stderr
    assert refused or "source" in ran.stdout


def test_without_one_the_time_is_the_worlds() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "TEST_CLOCK"}
    program = (
        "import sys; from bank import clock; print(clock._ahead.__name__, 'bank.testclock' in sys.modules)"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=environment
        | {"PYTHONPATH": str(ROOT / "layers/bank/python"), "TABLE_PREFIX": "perkbank-production-"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.split() == ["timedelta", "False"]
