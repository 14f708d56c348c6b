"""Transactions that meet conflicts, throttles and time-outs: sent again, with which token, and until when.

DynamoDB is MiniStack's in this process here: unlike moto it honours client tokens.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bank import aws, errors, store
from bank.store import AlreadyExists, Transaction, retries
from tests.support import embedded
from tests.support.embedded import Around, AwsAnswer, AwsCall, Serve, json_answer
from tests.unit.bank.store.test_transactions import job, stored


class Failing:
    """Answers transactions with `failures`, one each, and then in earnest; keeps what was sent."""

    def __init__(self) -> None:
        self.failures: Iterator[Around] = iter(())
        self.tokens: list[str] = []

    def around(self, call: AwsCall, serve: Serve) -> AwsAnswer:
        if call.operation != "TransactWriteItems":
            return serve(call)
        self.tokens.append(call.document["ClientRequestToken"])
        failure = next(self.failures, None)
        return failure(call, serve) if failure else serve(call)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    """Nobody sleeps: neither the store between its attempts nor botocore between its own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(retries, "pause", lambda _: None)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    failing = Failing()
    with embedded.cloud(failing.around):
        yield failing


def failure(code: str, status: int = 400, **members: Any) -> Around:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return lambda call, serve: json_answer({"__type": kind, "message": "as scripted", **members}, status)


def cancelled(*codes: str) -> Around:
    return failure("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def unheard(call: AwsCall, serve: Serve) -> AwsAnswer:
    """The answer never arrives, although the work was done."""
    serve(call)
    raise ReadTimeoutError(endpoint_url=call.request.url)


def lost(call: AwsCall, serve: Serve) -> AwsAnswer:
    """The request never arrives."""
    raise ReadTimeoutError(endpoint_url=call.request.url)


def two_creates() -> Transaction:
    transaction = Transaction()
    transaction.create(job("a", 1))
    transaction.create(job("b", 2))
    return transaction


@pytest.mark.parametrize("reason", sorted(store.PASSING))
def test_a_cancellation_that_passes_is_sent_again(failing: Failing, reason: str) -> None:
    failing.failures = iter([cancelled("None", reason), cancelled(reason, "None"), cancelled(reason, reason)])

    two_creates().commit()

    assert stored() == {"a": 1, "b": 2}
    assert len(failing.tokens) == 4


@pytest.mark.parametrize("code", sorted(store.PASSING_CALLS))
def test_a_call_that_fails_in_passing_is_sent_again_beyond_botocores_own_retries(
    failing: Failing, code: str
) -> None:
    status = 500 if code == "InternalServerError" else 400
    failing.failures = iter([failure(code, status)] * 9)

    two_creates().commit()

    assert stored() == {"a": 1, "b": 2}
    assert len(failing.tokens) == 10


def test_conflicts_without_end_are_unavailable(failing: Failing) -> None:
    failing.failures = iter([cancelled("TransactionConflict", "None")] * 100)

    with pytest.raises(errors.Unavailable):
        two_creates().commit()

    assert stored() == {}
    assert len(failing.tokens) == store.ATTEMPTS


def test_a_refusal_beside_a_conflict_is_a_refusal(failing: Failing) -> None:
    failing.failures = iter([cancelled("TransactionConflict", "ConditionalCheckFailed")])

    with pytest.raises(AlreadyExists):
        two_creates().commit()

    assert len(failing.tokens) == 1


@pytest.mark.parametrize(
    "unknown",
    [
        cancelled("None", "ItemCollectionSizeLimitExceeded"),
        cancelled("ValidationError", "None"),
        failure("AccessDeniedException"),
        failure("ResourceNotFoundException"),
    ],
)
def test_an_unknown_failure_is_raised_at_once(failing: Failing, unknown: Around) -> None:
    failing.failures = iter([unknown])

    with pytest.raises(ClientError):
        two_creates().commit()

    assert stored() == {}
    assert len(failing.tokens) == 1


@pytest.mark.parametrize("timed_out", [[unheard], [lost], [unheard, lost]])
def test_after_a_time_out_the_same_token_is_sent_and_the_effect_is_there_once(
    failing: Failing, timed_out: list[Around]
) -> None:
    failing.failures = iter(timed_out)

    two_creates().commit()

    assert stored() == {"a": 1, "b": 2}
    assert len(failing.tokens) == len(timed_out) + 1
    assert len(set(failing.tokens)) == 1


def test_time_outs_without_end_are_no_answer(failing: Failing) -> None:
    failing.failures = iter([unheard, *[lost] * (aws.TRIES - 1)])

    with pytest.raises(ReadTimeoutError):
        two_creates().commit()

    assert stored() == {"a": 1, "b": 2}
    assert len(failing.tokens) == aws.TRIES
    assert len(set(failing.tokens)) == 1


def test_another_transaction_has_another_token(failing: Failing) -> None:
    two_creates().commit()
    other = Transaction()
    other.create(job("c", 3))
    other.commit()

    assert stored() == {"a": 1, "b": 2, "c": 3}
    assert len(set(failing.tokens)) == 2


def test_pauses_are_random_grow_and_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: dict[int, list[float]] = {attempt: [] for attempt in range(store.ATTEMPTS)}
    for attempt, times in slept.items():
        monkeypatch.setattr(time, "sleep", times.append)
        for _ in range(200):
            store.pause(attempt)

    bounds = [min(0.5, 0.02 * 2**attempt) for attempt in slept]
    for bound, times in zip(bounds, slept.values(), strict=True):
        assert 0 <= min(times) < bound / 4
        assert bound * 3 / 4 < max(times) <= bound
