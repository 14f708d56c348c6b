"""Withdrawals as risk judges them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from accounts import app as room
from accounts.app import app, on_review_expiry, on_reviews
from accounts.tables import MovementRow
from bank import ledger, store
from bank.config import config
from bank.ledger import JournalRow
from bank.risk import evaluation, rule_sets
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from tests.support import funding, risk
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud

LARGE = ("amount > 5000", "challenge", "large")
LARGER = ("amount > 20000", "review", "larger")
LARGEST = ("amount > 50000", "decline", "largest")


@pytest.fixture
def wallet(cloud: Cloud) -> Iterator[str]:
    risk.forget()
    funding.allow()
    yield risk.customer_wallet("cus_1", 1_000_000, free_limit=100_000)
    risk.forget()


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the events that the room has published of withdrawals."""
    published: list[str] = []
    monkeypatch.setattr(
        room, "publish", lambda made: published.extend(each["type"].split(".")[2] for each in made)
    )
    return published


def withdraw(wallet: str, amount: int, key: str = "w1", **fields: Any) -> Reply:
    body = {"amount": amount, "currency": "CNY", "destination": "bank", "reference": "r1", **fields}
    return call(app, "POST", f"/accounts/{wallet}/withdrawals", body, key=key)


def row_of(reply: Reply) -> MovementRow:
    row = store.get(MovementRow, reply.json["movement_id"])
    assert row is not None
    return row


def balance(wallet: str) -> tuple[int, int]:
    account = ledger.accounts.find(wallet).to_domain()
    return account.balance, account.held


def test_a_challenge_passes_with_a_token_for_a_withdrawal(wallet: str) -> None:
    risk.live("withdrawal", LARGE)

    asked = withdraw(wallet, 6_000)
    wrong = withdraw(wallet, 6_000, payment_token=risk.token("cus_1", 6_000, "mer_1"))
    made = withdraw(wallet, 6_000, payment_token=risk.token("cus_1", 6_000, "withdrawal"))

    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert (wrong.status, wrong.json["code"]) == (403, "payment_token_invalid")
    assert (made.status, made.json["status"]) == (201, "booked")
    assert balance(wallet) == (994_000, 0)


def test_a_decline_is_a_refusal_that_is_recorded_and_published(
    cloud: Cloud, wallet: str, published_events: list[str]
) -> None:
    risk.live("withdrawal", LARGEST)

    declined, again = withdraw(wallet, 50_001), withdraw(wallet, 50_001)
    cloud.settle()

    assert (declined.status, declined.json["code"]) == (409, "risk_declined")
    assert (again.status, again.json["code"]) == (409, "risk_declined")
    assert "largest" not in declined.body
    assert [name for name in published_events if name.startswith("Withdrawal")] == ["WithdrawalDeclined"]


def test_a_review_is_released_once(cloud: Cloud, wallet: str, published_events: list[str]) -> None:
    risk.live("withdrawal", LARGER)
    held = withdraw(wallet, 30_000)
    assert (held.status, held.json["status"], held.json["journal_id"]) == (201, "in_review", None)
    assert balance(wallet) == (1_000_000, 30_000)

    for decision in ("release", "reject", "release"):
        answer = risk.decided(on_reviews, held.json["movement_id"], "withdrawal", decision)
        assert answer["batchItemFailures"] == []
    cloud.settle()

    booked = row_of(held)
    assert booked.status == "booked"
    # Who decided stands on the case, which the journal names.
    journal = store.get(JournalRow, "jrn_" + booked.movement_id.removeprefix("wdr_"))
    assert journal is not None
    assert journal.made_by == "cas_1"
    assert balance(wallet) == (970_000, 0)
    assert withdraw(wallet, 30_000).json == held.json
    assert [name for name in published_events if name.startswith("Withdrawal")] == [
        "WithdrawalHeldForReview",
        "WithdrawalSucceeded",
    ]


@pytest.mark.parametrize("what", [{"client_id": "cli_thief"}, {"amount": 20_000}])
def test_a_withdrawal_is_released_as_it_was_held_whatever_its_row_says_by_then(
    cloud: Cloud, wallet: str, what: dict[str, Any]
) -> None:
    funding.allow("cli_thief")
    risk.live("withdrawal", LARGER)
    held = withdraw(wallet, 30_000)
    row = row_of(held)
    for name, value in what.items():
        setattr(row, name, value)
    row.save()

    answer = risk.decided(on_reviews, held.json["movement_id"], "withdrawal", "release")

    assert len(answer["batchItemFailures"]) == 1
    assert (row_of(held).status, balance(wallet)) == ("in_review", (1_000_000, 30_000))


def test_a_review_is_rejected_or_lapses_and_the_money_returns(
    cloud: Cloud, wallet: str, published_events: list[str]
) -> None:
    risk.live("withdrawal", LARGER)
    rejected, lapsed = withdraw(wallet, 30_000), withdraw(wallet, 40_000, key="w2")

    risk.decided(on_reviews, rejected.json["movement_id"], "withdrawal", "reject")
    with risk.in_days(8):
        risk.decided(on_reviews, lapsed.json["movement_id"], "withdrawal", "release")
        assert on_review_expiry({}, context()) == {"expired": 1, "failed": 0}
        cloud.settle()

    assert [row_of(reply).status for reply in (rejected, lapsed)] == ["declined", "declined"]
    assert [row_of(reply).decline["code"] for reply in (rejected, lapsed)] == [
        "risk_declined",
        "review_expired",
    ]
    assert balance(wallet) == (1_000_000, 0)
    assert published_events.count("WithdrawalReviewLapsed") == 1


def test_velocity_caps_hold(wallet: str) -> None:
    risk.live("withdrawal", caps={"1m": {"sum": 1_000}})

    assert withdraw(wallet, 1_000, key="a").status == 201
    refused = withdraw(wallet, 1, key="b")

    assert (refused.status, refused.json["code"]) == (409, "velocity_exceeded")


ALTERED: list[tuple[str, dict[str, Any]]] = [
    ("content", {"content": risk.model(("amount > 10000000", "decline", "never"))}),
    ("caps", {"caps": {"1h": {"count": 10**6}}}),
    ("posture", {"posture": "approve"}),
]


@pytest.mark.parametrize(("what", "changed"), ALTERED)
def test_rules_or_a_posture_that_somebody_altered_do_not_count(
    cloud: Cloud, wallet: str, monkeypatch: pytest.MonkeyPatch, what: str, changed: dict[str, Any]
) -> None:
    """Nor does the posture beside them: that of the stage does, since only the deployment changes it."""
    content = risk.model(LARGER)
    row = ContentRow(rules_key=content_key("rls_1"), content=content, caps=None)
    row.digest = rule_sets.digest_of("withdrawal", content, None, "challenge")
    live = LiveRow(rules_key=live_key("withdrawal"), version="rls_1", posture="challenge")
    store.put_many([row, live])
    assert withdraw(wallet, 5, key="before").json["status"] == "booked"

    for name, value in changed.items():
        setattr(live if name == "posture" else row, name, value)
    store.put_many([row, live])
    risk.forget()
    stated = replace(config, risk_posture='{"withdrawal":"decline"}')
    monkeypatch.setattr(evaluation, "config", stated)
    refused = withdraw(wallet, 6, key="after")

    assert (refused.status, refused.json["code"]) == (409, "risk_declined")
