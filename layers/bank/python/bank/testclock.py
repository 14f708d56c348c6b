"""The test clock: on stages of developers and tests, the time that every function sees can be moved ahead.

Demonstrations and tests of months of business time need it. By how many seconds the time is ahead stands in
a parameter of Systems Manager, which whoever moves it makes (`infra.testclock`); a process reads it again
after `FRESH_SECONDS`, so that all see a move so long after it. Who cannot read it has no time, and fails.

Only what reads `bank.clock` is moved. AWS keeps its own time: its schedules, its deletion of expired items
and its signatures follow the world's, which `clock.of_aws` converts.
"""

import functools
import math
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bank import clock
from bank.config import SIMULATED, config

FRESH_SECONDS = 1.0


class NotHere(Exception):
    """A stage that serves customers has no test clock."""


def install(parameter: str) -> None:
    """Let this process take its time from the parameter. Raises NotHere unless its stage is for tests."""
    if not config.simulated:
        raise NotHere(f"stage {config.stage} has no test clock: only {' and '.join(SIMULATED)} have one")
    clock.be_ahead(source(parameter, _client))


def source(parameter: str, client: Callable[[], Any]) -> Callable[[], timedelta]:
    """Tell by how much the time is ahead, as the parameter says. Raises what `read` does."""
    ahead, read_at = timedelta(), -math.inf

    def current() -> timedelta:
        nonlocal ahead, read_at
        if time.monotonic() - read_at >= FRESH_SECONDS:
            ahead, read_at = read(client(), parameter), time.monotonic()
        return ahead

    return current


def read(client: Any, parameter: str) -> timedelta:
    """By how much the time is ahead: nothing before the first move.

    Raises ValueError where the parameter says something else, ClientError where it cannot be read.
    """
    try:
        seconds = int(client.get_parameter(Name=parameter)["Parameter"]["Value"])
    except client.exceptions.ParameterNotFound:
        return timedelta()
    if seconds < 0:
        raise ValueError(f"{parameter} says {seconds}: the time of a ledger never goes back")
    return timedelta(seconds=seconds)


@functools.cache
def _client() -> Any:
    # Imported here: the clients' module is not needed where the time is the world's.
    from bank import aws

    return aws.client("ssm", read_timeout=3)
