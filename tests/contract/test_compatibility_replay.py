"""The replay of a release notices when today's code takes what was recorded in another way."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.compatibility import events, functions, release, replay
from tests.compatibility.exchanges import Exchange
from tests.compatibility.release import Release
from tests.compatibility.replay import Bank, findings


@pytest.fixture(scope="module")
def recorded() -> Release:
    return release.read(release.versions()[-1])


@pytest.fixture(scope="module")
def bank(recorded: Release) -> Iterator[Bank]:
    with replay.bank(recorded) as opened:
        yield opened


def answered_again(exchange: Exchange, change: Callable[[Any], None]) -> None:
    body = json.loads(exchange.answer["body"])
    change(body)
    exchange.answer["body"] = json.dumps(body)


def test_another_value_in_an_answer_is_found(recorded: Release, bank: Bank) -> None:
    asked = recorded.one(lambda each: each.operation == "GET /payments/{payment_id}")
    answered_again(asked, lambda body: body.update(amount=body["amount"] + 1))

    assert "answer.amount was" in findings(bank, asked)[0]


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        (["a:read", "c:read"], ["a:read", "b:read", "c:read"], 0),
        (["a:read", "c:read"], ["a:read"], 1),
        (["c:read", "a:read"], ["c:read", "b:read", "a:read"], 1),
        ([1, 2], [1, 2, 3], 1),
    ],
)
def test_a_set_of_names_may_grow_and_no_other_list(then: list[Any], now: list[Any], found: int) -> None:
    """A room that is added brings scopes, and roles hold them."""
    assert len(list(replay._missing(then, now, "permissions"))) == found


def test_a_member_that_an_answer_had_is_missed(recorded: Release, bank: Bank) -> None:
    asked = recorded.one(lambda each: each.operation == "GET /payments/{payment_id}")
    answered_again(asked, lambda body: body.update(tip=1))

    assert findings(bank, asked) == ["answer.tip is not there any more"]


def test_a_key_under_which_today_s_code_finds_no_record_is_found(recorded: Release, bank: Bank) -> None:
    """As if ids were derived in another way: the same request would be done twice."""
    sent = recorded.one(lambda each: each.repeatable and each.status == 201)
    for headers in (sent.event["headers"], sent.event["multiValueHeaders"]):
        headers["idempotency-key"] = "another" if headers is sent.event["headers"] else ["another"]

    assert any(each.startswith("again: ") for each in findings(bank, sent))


def test_a_digest_that_is_made_in_another_way_is_found(recorded: Release, bank: Bank) -> None:
    sent = recorded.one(lambda e: e.repeatable and any("request_digest" in item for _, item in e.written))
    for _, item in sent.written:
        item.get("request_digest", {}).update(S="made otherwise")

    assert any("again: answered 422" in each for each in findings(bank, sent))


def test_an_attribute_that_is_not_written_any_more_is_found(recorded: Release, bank: Bank) -> None:
    sent = recorded.one(lambda each: each.written and not each.reads)
    table, item = sent.written[0]
    item["colour"] = {"S": "red"}

    assert f"wrote to {table}: colour is not there any more" in findings(bank, sent)


def test_an_attribute_that_is_written_as_another_type_is_found(recorded: Release, bank: Bank) -> None:
    # Not one whose route is for other callers now: nothing would be written.
    sent = recorded.one(
        lambda e: (
            any("created_at" in item for _, item in e.written)
            and not e.repeatable
            and e.function != "aml-api"
        )
    )
    table, item = next(each for each in sent.written if "created_at" in each[1])
    item["created_at"] = {"N": "1"}

    assert f"wrote to {table}: created_at was number and is text" in findings(bank, sent)


@pytest.mark.parametrize("channel", ["events", "sqs:", "s3:"])
def test_a_member_that_is_not_sent_any_more_is_found(recorded: Release, bank: Bank, channel: str) -> None:
    exchange = recorded.one(
        lambda e: any(place.startswith(channel) and text[:1] == "{" for place, text in e.sent)
    )
    at, (place, text) = next(
        (number, each) for number, each in enumerate(exchange.sent) if each[0].startswith(channel)
    )
    exchange.sent[at] = (place, json.dumps({**json.loads(text.splitlines()[0]), "colour": "red"}))

    assert f"sent to {place}: colour is not there any more" in findings(bank, exchange)


def test_an_object_that_cannot_be_read_any_more_is_found(recorded: Release, bank: Bank) -> None:
    exchange = recorded.one(lambda each: each.objects and each.reads)
    exchange.objects = []

    assert findings(bank, exchange) != []


def test_a_consumer_that_refuses_members_which_it_does_not_know_is_found(
    recorded: Release, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = next(line["sample"] for line in recorded.events if functions.consumers(line["sample"]))
    handler = functions.handler

    def strict(name: str) -> Any:
        def take(delivered: Any, context: Any) -> Any:
            assert "surprise" not in delivered["Records"][0]["body"]
            return handler(name)(delivered, context)

        return take

    monkeypatch.setattr(functions, "handler", strict)

    found = events.not_taken(bank, event, at="2026-11-28T12:00:00.000000Z")

    assert {each.split(" ", 2)[2] for each in found} == {"does not take it"}
