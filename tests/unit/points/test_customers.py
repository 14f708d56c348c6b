"""Customers' points: whoever may know of the customer sees what can be spent now."""

import pytest

from bank.points import accounts, spending
from bank.store import Transaction
from points import rendering
from points.tables import MemberRow
from tests.support import http
from tests.unit.points.given import MINE, Bank, account, call, customer, live


def earned(bank: Bank) -> None:
    """A customer who has earned 100 points."""
    live(valid_months=0)
    bank.paid("pay_1", 10_000)
    bank.time.forward(days=7)
    bank.run()


def test_who_has_earned_nothing_has_none(bank: Bank) -> None:
    reply = call("GET", f"/points/customers/{MINE}")

    assert reply.json == {
        "customer_id": MINE,
        "account_id": None,
        "spendable": 0,
        "worth": 0,
        "lots": [],
        "reserved": [],
        "tier": None,
        "owed": 0,
    }


def test_a_customer_sees_lots_and_reservations_and_not_what_has_expired(bank: Bank) -> None:
    earned(bank)
    transaction = Transaction()
    spending.reserve(transaction, account(), 30, "pay_9")
    transaction.commit()
    reply = call("GET", "/me/points", principal=http.customer(MINE))

    assert reply.json == {
        "customer_id": MINE,
        "account_id": accounts.account_id(MINE),
        "spendable": 70,
        "worth": 14,
        "lots": [{"month": "2026-11", "points": 70}],
        "reserved": [{"reference": "pay_9", "points": 30}],
        "tier": None,
        "owed": 0,
    }
    bank.time.forward(days=10)
    assert call("GET", "/me/points", principal=http.customer(MINE)).json["spendable"] == 0


@pytest.mark.parametrize(
    ("principal", "client_id", "status"),
    [
        (http.CHANNEL, "cli_app", 200),
        (http.CHANNEL, "cli_other", 404),
        (http.staff(), "cli_console", 200),
        (http.staff("unit_branch"), "cli_console", 404),
    ],
)
def test_others_see_a_customer_as_far_as_they_see_the_wallet(
    bank: Bank, principal: dict[str, str], client_id: str, status: int
) -> None:
    earned(bank)
    for path in (f"/points/customers/{MINE}", "/points/earnings/pay_1"):
        assert call("GET", path, principal=principal, client_id=client_id).status == status


def test_a_customer_sees_what_their_payments_earn_and_nobody_elses(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    bank.refunded("pay_2", 10_000)
    customer("cus_2")

    mine = call("GET", "/points/earnings/pay_1", principal=http.customer(MINE))
    assert (mine.json["status"], mine.json["points"], mine.json["due"]) == ("pending", 100, "2026-11-27")
    assert call("GET", "/points/earnings/pay_1", principal=http.customer("cus_2")).status == 404
    for payment_id in ("pay_2", "pay_3"):
        assert call("GET", f"/points/earnings/{payment_id}").json["code"] == "earning_not_found"
    assert call("GET", "/points/customers/cus_none").json["code"] == "customer_not_found"


def test_an_export_tells_what_is_owed(bank: Bank) -> None:
    earned(bank)

    [mine] = rendering.own_data(MemberRow.get(MINE))["points"]
    assert (mine["owed"], mine["earned_on_that_day"]) == (0, 100)
    assert rendering.own_data(None) == {"points": []}
