"""A stream's consumer that never gives up: it waits for services, and puts aside what is poison."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bank import clock, errors
from bank.events import NotPublished, queues, streams
from tests.support.http import context

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
OLD, YOUNG = timedelta(minutes=16), timedelta(minutes=14)


def record(name: str, age: timedelta = OLD) -> dict[str, Any]:
    changed_at = (NOW - age).timestamp()
    return {"dynamodb": {"Keys": {"id": {"S": name}}, "ApproximateCreationDateTime": changed_at}}


def client_error(code: str, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": ""}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TransactWriteItems")


class Shard:
    """Keeps what was taken and what was put aside; names in `errors` raise them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[str] = []
        self.aside: list[dict[str, Any]] = []
        self.errors: dict[str, Exception] = {}
        monkeypatch.setattr(queues, "send", self._send)

    def _send(self, url: str, bodies: list[str]) -> None:
        assert url == "the queue"
        self.aside += map(json.loads, bodies)

    def work(self, records: streams.Records) -> None:
        names = [each["dynamodb"]["Keys"]["id"]["S"] for each in records]
        for name in names:
            if name in self.errors:
                raise self.errors[name]
        self.taken += names

    def deliver(self, *records: dict[str, Any]) -> None:
        with clock.source(lambda: NOW):
            streams.take({"Records": list(records)}, context("consumer"), self.work, aside="the queue")


@pytest.fixture
def shard(monkeypatch: pytest.MonkeyPatch) -> Shard:
    return Shard(monkeypatch)


def test_a_batch_is_taken_as_one(shard: Shard) -> None:
    shard.deliver(record("a"), record("b"))

    assert (shard.taken, shard.aside) == (["a", "b"], [])


def test_poison_is_put_aside_whole_and_the_others_are_taken(shard: Shard) -> None:
    shard.errors["bad"] = KeyError("legs")

    shard.deliver(record("a"), record("bad"), record("c"))

    assert shard.taken == ["a", "c"]
    (message,) = shard.aside
    assert message["records"] == [record("bad")]
    assert message["error"] == "KeyError"
    assert message["requestContext"]["functionArn"].endswith(":consumer")


def test_poison_that_is_young_is_tried_again_with_all_after_it(shard: Shard) -> None:
    shard.errors["bad"] = KeyError("legs")

    with pytest.raises(KeyError):
        shard.deliver(record("a"), record("bad", YOUNG), record("c"))

    assert (shard.taken, shard.aside) == (["a"], [])


@pytest.mark.parametrize(
    "error",
    [
        errors.Unavailable("busy"),
        NotPublished("1 event was refused"),
        queues.NotSent("1 message was refused"),
        ReadTimeoutError(endpoint_url="x"),
        client_error("AccessDeniedException"),
        client_error("TransactionCanceledException", "None", "ThrottlingError"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_while_a_service_does_not_answer_nothing_is_put_aside_however_old(
    shard: Shard, error: Exception
) -> None:
    shard.errors["late"] = error

    with pytest.raises(type(error)):
        shard.deliver(record("late", timedelta(hours=23)), record("b"))

    assert (shard.taken, shard.aside) == ([], [])


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException"),
        client_error("TransactionCanceledException", "None", "ValidationError"),
        ValueError("does not balance"),
        AssertionError("no account"),
    ],
    ids=str,
)
def test_what_no_delivery_will_change_is_poison(shard: Shard, error: Exception) -> None:
    shard.errors["bad"] = error

    shard.deliver(record("bad"))

    assert len(shard.aside) == 1


def test_where_it_cannot_be_put_aside_it_stays_in_the_stream(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(url: str, bodies: list[str]) -> None:
        raise queues.NotSent("refused")

    shard.errors["bad"] = KeyError("legs")
    monkeypatch.setattr(queues, "send", refuse)

    with pytest.raises(queues.NotSent):
        shard.deliver(record("bad"))
