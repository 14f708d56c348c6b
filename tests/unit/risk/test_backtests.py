"""Backtests: a draft over recorded history, with labels where there are any, each decision once."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from risk import app
from risk.adapters import history, object_store
from tests.support import http
from tests.unit.risk import given


@pytest.fixture(autouse=True)
def _at_the_time() -> Any:
    with clock.source(lambda: clock.parse(given.NOW) + timedelta(days=1)):
        yield


def ask(rule_set_id: str, first: str = given.DAY, last: str = given.DAY, **options: Any) -> http.Reply:
    body = {"rule_set_id": rule_set_id, "first_day": first, "last_day": last}
    return given.call("POST", "/risk/backtests", body, **options)


def run() -> None:
    for message in given.queued():
        assert app.on_backtests({"Records": [message]}, http.context())["batchItemFailures"] == []


def finished(rule_set_id: str) -> dict[str, Any]:
    backtest_id = ask(rule_set_id).json["backtest_id"]
    run()
    answer: dict[str, Any] = given.call("GET", f"/risk/backtests/{backtest_id}").json
    return answer


def test_a_draft_is_run_over_the_decisions_of_the_days_asked_for() -> None:
    given.decided(
        given.decision("pay_1", 10_001),
        given.decision("pay_2", 9_999),
        given.decision("pay_3", 20_000, time="2026-11-20T04:00:00.000000Z"),
    )

    answer = finished(given.draft(given.model(10_000)))

    assert answer["status"] == "finished"
    assert answer["result"]["decisions"] == 2
    assert answer["result"]["outcomes"] == {"approve>approve": 1, "approve>challenge": 1}
    assert answer["result"]["reasons"] == {"large_amount": 1}
    assert [sample["record_id"] for sample in answer["result"]["samples"]] == ["pay_1"]


def test_a_decision_delivered_twice_counts_once() -> None:
    given.decided(given.decision("pay_1", 20_000))
    given.decided(given.decision("pay_1", 20_000), given.decision("pay_2", 1))

    assert finished(given.draft())["result"]["decisions"] == 2


def test_labels_say_what_would_be_stopped_and_what_would_be_a_nuisance() -> None:
    given.decided(
        given.decision("pay_1", 20_000), given.decision("pay_2", 30_000), given.decision("pay_3", 500)
    )
    given.case_closed(given.closed(record_ids=("pay_1", "pay_3")))
    given.case_closed(given.closed("false_positive", record_ids=("pay_2",), event_id="evt_2"))

    total = finished(given.draft(given.model(10_000)))["result"]["totals"][0]

    assert (total["hits"], total["hit_amount"]) == (2, 50_000)
    assert (total["frauds"], total["fraud_amount"]) == (2, 20_500)
    assert (total["frauds_hit"], total["stopped_amount"]) == (1, 20_000)
    assert (total["false_positives"], total["labelled"]) == (1, 3)


def test_the_last_label_of_a_record_counts() -> None:
    given.decided(given.decision("pay_1", 20_000))
    given.case_closed(given.closed("false_positive", event_id="evt_1"))
    given.case_closed(given.closed(event_id="evt_2", closed_at="2026-11-21T05:00:00.000000Z"))

    assert finished(given.draft())["result"]["totals"][0]["frauds"] == 1


def test_other_products_are_left_out() -> None:
    given.decided(given.decision("pay_1", 20_000))

    assert finished(given.draft(product="transfer"))["result"]["decisions"] == 0


def test_what_is_asked_for_twice_with_one_key_is_one_backtest() -> None:
    rule_set_id = given.draft()

    first, again = ask(rule_set_id, key="k1"), ask(rule_set_id, key="k1")
    other = ask(rule_set_id, last="2026-11-22", key="k1")

    assert first.status == again.status == 202
    assert first.json["backtest_id"] == again.json["backtest_id"]
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_run_delivered_again_changes_nothing() -> None:
    given.decided(given.decision("pay_1", 20_000))
    backtest_id = ask(given.draft()).json["backtest_id"]
    messages = given.queued()
    app.on_backtests({"Records": messages}, http.context())
    before = given.call("GET", f"/risk/backtests/{backtest_id}").json
    given.decided(given.decision("pay_2", 20_000))

    app.on_backtests({"Records": messages}, http.context())

    assert given.call("GET", f"/risk/backtests/{backtest_id}").json == before


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-11-22", "2026-11-21", "invalid_request"),
        ("2026-11-22", "9999-12-31", "invalid_request"),
        ("2026-09-01", "2026-11-21", "history_too_large"),
    ],
)
def test_the_days_are_in_order_and_not_too_many(first: str, last: str, code: str) -> None:
    reply = ask(given.draft(), first, last)

    assert (reply.status, reply.json["code"]) == (422, code)


@pytest.mark.parametrize(("limit", "value"), [("MAX_OBJECTS", 1), ("MAX_BYTES", 10)])
def test_more_history_than_a_run_reads_fails_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(history, limit, value)
    given.decided(given.decision("pay_1"))
    given.decided(given.decision("pay_2"))
    read: list[str] = []
    monkeypatch.setattr(object_store, "read", lambda key: read.append(key) or b"")

    answer = finished(given.draft())

    assert (answer["status"], answer["problem"]["code"]) == ("failed", "history_too_large")
    assert read == []


def test_an_unknown_rule_set_is_not_run() -> None:
    assert ask("rls_none").status == 404
    assert given.call("GET", "/risk/backtests/btt_none").status == 404


def test_backtests_are_the_head_office_s() -> None:
    rule_set_id = given.draft()
    backtest_id = ask(rule_set_id).json["backtest_id"]

    assert ask(rule_set_id, principal=given.BRANCH).status == 403
    assert given.call("GET", f"/risk/backtests/{backtest_id}", principal=given.BRANCH).status == 403
