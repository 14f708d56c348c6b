"""Transfers as risk judges them, one by one and in batches."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank import ledger, store
from bank.ledger.wallets import wallet_id
from bank.risk import facts
from tests.support import risk
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import change_status
from transfers import app as room
from transfers.app import app, on_review_expiry, on_reviews
from transfers.tables import TransferRow

LARGE = ("amount > 5000", "challenge", "large")
LARGER = ("amount > 20000", "review", "larger")
LARGEST = ("amount > 50000", "decline", "largest")


@pytest.fixture
def wallets(cloud: Cloud) -> Iterator[tuple[str, str]]:
    risk.forget()
    yield (
        risk.customer_wallet("cus_1", 1_000_000, free_limit=100_000),
        risk.customer_wallet("cus_2", 0, free_limit=100_000),
    )
    risk.forget()


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the events that the room has published."""
    published: list[str] = []
    monkeypatch.setattr(
        room, "publish", lambda made: published.extend(each["type"].split(".")[2] for each in made)
    )
    return published


def send(wallets: tuple[str, str], amount: int, key: str = "t1", **fields: Any) -> Reply:
    body = {"from_account_id": wallets[0], "to_account_id": wallets[1], "amount": amount, "currency": "CNY"}
    return call(app, "POST", "/transfers", {**body, **fields}, key=key)


def row_of(reply: Reply) -> TransferRow:
    row = store.get(TransferRow, reply.json["transfer_id"])
    assert row is not None
    return row


def balances(wallets: tuple[str, str]) -> list[tuple[int, int]]:
    accounts = [ledger.accounts.find(wallet).to_domain() for wallet in wallets]
    return [(account.balance, account.held) for account in accounts]


def test_a_challenge_passes_with_a_token_for_the_receiver(wallets: tuple[str, str]) -> None:
    risk.live("transfer", LARGE)

    asked = send(wallets, 6_000)
    wrong = send(wallets, 6_000, payment_token=risk.token("cus_1", 6_000, "wal_other"))
    paid = send(wallets, 6_000, payment_token=risk.token("cus_1", 6_000, wallets[1]))

    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert (wrong.status, wrong.json["code"]) == (403, "payment_token_invalid")
    assert paid.json["status"] == "succeeded"
    assert balances(wallets) == [(994_000, 0), (6_000, 0)]


def test_a_decline_is_recorded_with_its_verdict(wallets: tuple[str, str]) -> None:
    risk.live("transfer", LARGEST)

    declined = send(wallets, 50_001)

    assert (declined.json["status"], declined.json["decline"]["code"]) == ("declined", "risk_declined")
    verdict = row_of(declined).verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.reasons) == ("decline", ("largest",))
    assert send(wallets, 50_001).json == declined.json


def test_a_review_is_released_once(
    cloud: Cloud, wallets: tuple[str, str], published_events: list[str]
) -> None:
    risk.live("transfer", LARGER)
    held = send(wallets, 30_000)
    assert (held.json["status"], held.json["journal_id"]) == ("in_review", None)
    assert balances(wallets) == [(1_000_000, 30_000), (0, 0)]

    for decision in ("release", "reject", "release"):
        answer = risk.decided(on_reviews, held.json["transfer_id"], "transfer", decision)
        assert answer["batchItemFailures"] == []
    cloud.settle()

    assert row_of(held).status == "succeeded"
    assert balances(wallets) == [(970_000, 0), (30_000, 0)]
    assert send(wallets, 30_000).json == held.json
    assert published_events == ["TransferHeldForReview", "TransferSucceeded"]


def test_a_review_is_rejected_or_lapses_and_the_money_returns(
    cloud: Cloud, wallets: tuple[str, str], published_events: list[str]
) -> None:
    risk.live("transfer", LARGER)
    rejected, lapsed = send(wallets, 30_000), send(wallets, 40_000, key="t2")

    risk.decided(on_reviews, rejected.json["transfer_id"], "transfer", "reject")
    with risk.in_days(8):
        risk.decided(on_reviews, lapsed.json["transfer_id"], "transfer", "release")
        assert on_review_expiry({}, context()) == {"expired": 1, "failed": 0}
        assert on_review_expiry({}, context()) == {"expired": 0, "failed": 0}
        cloud.settle()

    assert [row_of(reply).decline["code"] for reply in (rejected, lapsed)] == [
        "risk_declined",
        "review_expired",
    ]
    assert balances(wallets) == [(1_000_000, 0), (0, 0)]
    assert published_events[-1] == "TransferReviewLapsed"
    assert published_events.count("TransferDeclined") == 2


@pytest.mark.parametrize(
    ("currency", "each", "pass_"),
    [("CNY", 20_000, 5), ("JPY", 2_000, 7), ("USD", 2_000, 6), ("KWD", 5_000, 7), ("KRW", 20_000, 7)],
)
def test_nobody_passes_a_cap_of_yuan_by_paying_in_yen(
    wallets: tuple[str, str], currency: str, each: int, pass_: int
) -> None:
    """1,000 yuan in a day are 14,000 yen, 120 dollars or 38 dinars at most, and not 100,000 of anything."""
    abroad = (
        risk.customer_wallet("cus_3", 1_000_000, free_limit=1_000_000, currency=currency),
        risk.customer_wallet("cus_4", 0, free_limit=0, currency=currency),
    )
    risk.live("transfer", caps={"24h": {"count": 50, "sum": 100_000}})

    answers = [send(abroad, each, key=f"k{number}", currency=currency).json for number in range(10)]

    assert [answer["status"] for answer in answers] == ["succeeded"] * pass_ + ["declined"] * (10 - pass_)
    assert {answer["decline"]["code"] for answer in answers[pass_:]} == {"velocity_exceeded"}
    assert balances(abroad)[1] == (pass_ * each, 0)


def test_a_rule_on_the_home_currency_binds_every_currency_alike(wallets: tuple[str, str]) -> None:
    yen = risk.customer_wallet("cus_5", 1_000_000, free_limit=1_000_000, currency="JPY")
    other = risk.customer_wallet("cus_6", 0, free_limit=0, currency="JPY")
    risk.live("transfer", ("amount_home > 50000", "decline", "large"))

    answers = [
        send(wallets, 50_000, key="a"),
        send(wallets, 50_001, key="b"),
        send((yen, other), 7_000, key="c", currency="JPY"),
        send((yen, other), 7_001, key="d", currency="JPY"),
    ]

    assert [each.json["status"] for each in answers] == ["succeeded", "declined"] * 2
    verdict = row_of(answers[3]).verdict
    assert verdict is not None
    assert facts.unpack(verdict.input)["amount_home"] == 50_008


@pytest.mark.parametrize(
    "what", [{"to_account_id": wallet_id("cus_thief", "CNY")}, {"amount": 40_000}, {"amount": 20_000}]
)
def test_what_was_held_is_released_to_whom_it_was_held_for_whatever_its_row_says_by_then(
    cloud: Cloud, wallets: tuple[str, str], what: dict[str, Any]
) -> None:
    """An insider with the table writes their own wallet into a transfer that honest staff release."""
    thief = risk.customer_wallet("cus_thief", 0, free_limit=100_000)
    risk.live("transfer", LARGER)
    held = send(wallets, 30_000)
    row = row_of(held)
    for name, value in what.items():
        setattr(row, name, value)
    row.save()

    answer = risk.decided(on_reviews, held.json["transfer_id"], "transfer", "release")

    assert len(answer["batchItemFailures"]) == 1
    assert row_of(held).status == "in_review"
    assert balances(wallets) == [(1_000_000, 30_000), (0, 0)]
    assert ledger.accounts.find(thief).balance == 0
    # Nobody can release it: the money returns when its time is over.
    with risk.in_days(8):
        assert on_review_expiry({}, context()) == {"expired": 1, "failed": 0}
    assert balances(wallets) == [(1_000_000, 0), (0, 0)]


def test_a_release_to_an_account_that_was_closed_meanwhile_is_a_rejection(wallets: tuple[str, str]) -> None:
    risk.live("transfer", LARGER)
    held = send(wallets, 30_000)
    change_status(wallets[1], ledger.Status.CLOSED)

    risk.decided(on_reviews, held.json["transfer_id"], "transfer", "release")

    assert (row_of(held).status, row_of(held).decline["code"]) == ("declined", "account_closed")
    assert balances(wallets)[0] == (1_000_000, 0)


def test_velocity_caps_and_the_free_limit_hold(wallets: tuple[str, str]) -> None:
    risk.live("transfer", caps={"24h": {"sum": 150_000}})

    assert send(wallets, 100_001, key="a").json["code"] == "challenge_required"
    assert send(wallets, 100_000, key="b").json["status"] == "succeeded"
    assert send(wallets, 50_001, key="c").json["decline"]["code"] == "velocity_exceeded"
    assert send(wallets, 50_000, key="d").json["code"] == "challenge_required"
    confirmed = risk.token("cus_1", 50_000, wallets[1])
    assert send(wallets, 50_000, key="d", payment_token=confirmed).json["status"] == "succeeded"
