"""Faults end when they should, are counted where they happened, and leave things as they were."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, call

import pytest

from bench.soak import faults
from tests.support import cloudformation

FUNCTION = "perkbank-local-payments-api"
# So many that every kind has met each of its functions.
ROUNDS = len(faults.APIS) * len(faults.CONSUMERS)
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


class Refused(Exception):
    """Lambda's TooManyRequestsException."""


@pytest.fixture
def client() -> MagicMock:
    made = MagicMock()
    made.exceptions.TooManyRequestsException = Refused
    made.get_alias.return_value = {"FunctionVersion": "7"}
    made.get_function_concurrency.return_value = {}
    return made


@pytest.mark.parametrize("before", [None, 50])
def test_a_throttled_function_has_afterwards_what_it_had(client: MagicMock, before: int | None) -> None:
    if before is not None:
        client.get_function_concurrency.return_value = {"ReservedConcurrentExecutions": before}

    with pytest.raises(KeyError), faults.throttled(client, FUNCTION):
        raise KeyError

    first = client.put_function_concurrency.mock_calls[0]
    assert first == call(FunctionName=FUNCTION, ReservedConcurrentExecutions=0)
    versions = [each.kwargs["FunctionVersion"] for each in client.update_alias.mock_calls]
    assert versions == ["$LATEST", "7"]
    assert client.delete_function_concurrency.called is (before is None)
    if before is not None:
        last = client.put_function_concurrency.mock_calls[-1]
        assert last == call(FunctionName=FUNCTION, ReservedConcurrentExecutions=before)


def test_a_delayed_function_s_own_mappings_are_disabled_and_enabled_again(client: MagicMock) -> None:
    mappings = [
        {"UUID": "one", "FunctionArn": f"{ARN}perkbank-local-accounts-on-journals:live"},
        {"UUID": "two", "FunctionArn": f"{ARN}perkbank-local-accounts-on-journals-of-others:live"},
        {"UUID": "three", "FunctionArn": f"{ARN}perkbank-local-accounts-on-journals"},
    ]
    client.get_paginator.return_value.paginate.return_value = [{"EventSourceMappings": mappings}]

    with pytest.raises(KeyError), faults.delayed(client, "perkbank-local-accounts-on-journals"):
        raise KeyError

    changed = [tuple(each.kwargs.values()) for each in client.update_event_source_mapping.mock_calls]
    assert changed == [("one", False), ("three", False), ("one", True), ("three", True)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("THROTTLED_SECONDS", "DELAYED_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(faults, name, 0)


def _faults(client: MagicMock, *, killed: Any = ()) -> faults.Faults:
    functions = {name: f"perkbank-local-{name}" for name in (*faults.APIS, *faults.CONSUMERS)}
    arns = [{"UUID": name, "FunctionArn": f"{ARN}{name}:live"} for name in functions.values()]
    client.get_paginator.return_value.paginate.return_value = [{"EventSourceMappings": arns}]
    env = SimpleNamespace(aws=lambda *_, **__: client, functions=functions)
    deployed: Any = SimpleNamespace(env=env, kill=MagicMock(side_effect=killed))
    return faults.Faults(deployed)


@pytest.mark.usefixtures("quick")
def test_a_fault_counts_where_it_happened_and_every_function_gets_its_turn(client: MagicMock) -> None:
    client.invoke.side_effect = [Refused(), None] * 1_000
    broken = _faults(client, killed=[*[2, 0] * ROUNDS, OSError("no more")])

    with pytest.raises(OSError, match="no more"):
        broken._go_on()

    assert broken.done == {
        faults.KILLED_API: 2 * ROUNDS,
        faults.THROTTLED_API: ROUNDS,
        faults.KILLED_CONSUMER: 0,
        faults.DELAYED: ROUNDS,
        faults.THROTTLED_CONSUMER: 0,
    }
    throttled = {each.kwargs["FunctionName"] for each in client.put_function_concurrency.mock_calls}
    assert throttled == {f"perkbank-local-{name}" for name in (*faults.APIS, *faults.CONSUMERS)}


@pytest.mark.usefixtures("quick")
def test_what_ended_the_faults_early_ends_the_soak(client: MagicMock) -> None:
    with pytest.raises(OSError, match="no more"), _faults(client, killed=OSError("no more")) as broken:
        broken._ended.exception()

    assert set(broken.done.values()) == {0}
    assert len(broken.done) == 5


def test_the_functions_that_faults_meet_are_there_behind_the_alias() -> None:
    names = {each.name.removeprefix("perkbank-${Stage}-") for each in cloudformation.functions()}

    assert {*faults.APIS, *faults.CONSUMERS} <= names
