"""An insider writes to the table `payments`; honest callers capture, refund and split: nobody is robbed."""

from typing import Any

import pytest

from bank import ledger, store
from bank.ledger import JournalRow
from bank.ledger.wallets import wallet_id
from payments.app import on_reviews
from payments.domain.journals import journal_id
from payments.tables import PAYMENT, PaymentRow
from tests.support import risk
from tests.support.http import Reply
from tests.support.streams import Cloud
from tests.unit.payments.test_app import MERCHANT, OTHER, account, pay, post, register, settled, wallet

__all__ = ["wallet"]
THIEF = "mer_thief"
THEIRS = wallet_id("cus_thief", "USD")


def alter(payment: dict[str, Any], **facts: Any) -> None:
    """Make a payment's row say something else."""
    row = store.get(PaymentRow, payment["payment_id"], PAYMENT)
    assert row is not None
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()


def refund(payment: dict[str, Any], amount: int = 500, key: str = "r1") -> Reply:
    return post(payment["links"]["refunds"], {"amount": amount, "reason": "late"}, key)


def split(payment: dict[str, Any], amount: int = 500) -> Reply:
    return post(payment["links"]["splits"], {"receivers": [{"merchant_id": OTHER, "amount": amount}]}, "s1")


@pytest.fixture
def payment(cloud: Cloud, wallet: str) -> dict[str, Any]:
    """A payment of 1,000 to a merchant who has the money of two."""
    register(OTHER)
    register(THIEF)
    made: dict[str, Any] = pay(wallet).json
    pay(wallet, key="p2")
    cloud.settle()
    return made


ALTERED = [
    {"payer_account_id": THEIRS},
    {"captured_amount": 2_000, "refundable": 2_000},
    {"refundable": 2_000},
    {"refunded_amount": -1_000, "refundable": 2_000},
    {"fee": 0},
    {"fee_returned": -100},
    {"merchant_id": THIEF},
    {"currency": "CNY"},
    {"splittable": 2_000},
    {"split_amount": -1_000, "splittable": 1_994},
]


@pytest.mark.parametrize("what", ALTERED, ids=str)
def test_of_a_payment_that_is_not_as_it_was_booked_nothing_is_given_away(
    cloud: Cloud, payment: dict[str, Any], what: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    risk.customer_wallet("cus_thief", 0, free_limit=0, currency="USD")
    before = settled()
    alter(payment, **what)

    answers = [refund(payment), split(payment)]
    cloud.settle()

    assert [answer.status for answer in answers] == [500, 500]
    assert (settled(), account(THEIRS)["balance"]) == (before, 0)


def test_nor_where_its_journal_was_altered_too(payment: dict[str, Any]) -> None:
    """Whoever makes both fit is named by the verification, whose chain holds the journal's digest."""
    alter(payment, payer_account_id=THEIRS)
    journal = store.get(JournalRow, journal_id(payment["payment_id"]))
    assert journal is not None
    journal.legs = [[THEIRS if name.startswith("wal_") else name, amount] for name, amount in journal.legs]
    journal.save()

    assert refund(payment).status == 500


def test_what_was_given_back_before_leaves_the_rest_to_give(payment: dict[str, Any]) -> None:
    assert [refund(payment, 333, key).status for key in "abc"] == [201, 201, 201]
    assert refund(payment, 1, "d").status == 201


@pytest.mark.parametrize("what", [{"merchant_id": THIEF}, {"payer_account_id": THEIRS}])
def test_an_authorized_payment_is_captured_for_whom_it_was_held(
    cloud: Cloud, wallet: str, what: dict[str, Any]
) -> None:
    register(THIEF)
    risk.customer_wallet("cus_thief", 10_000, free_limit=0, currency="USD")
    held = pay(wallet, capture="manual").json
    alter(held, **what)

    captured = post(held["links"]["capture"], {}, "c1")

    assert captured.status == 500
    assert (account(wallet)["held"], account(THEIRS)["balance"]) == (1_000, 10_000)


def test_a_payment_in_review_is_released_to_whom_it_was_held_for(cloud: Cloud) -> None:
    risk.forget()
    register(MERCHANT)
    register(THIEF)
    payer = risk.customer_wallet("cus_1", 100_000, free_limit=100_000)
    risk.live("payment", ("amount > 20000", "review", "larger"))
    held = pay(payer, 30_000, currency="CNY").json
    alter(held, merchant_id=THIEF)

    answer = risk.decided(on_reviews, held["payment_id"], "payment", "release")

    assert len(answer["batchItemFailures"]) == 1
    found = ledger.accounts.find(payer)
    assert (int(found.balance), int(found.held)) == (100_000, 30_000)
    risk.forget()
