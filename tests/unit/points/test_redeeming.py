"""Points pay once, those that expire first; what is returned goes back to its lots, expired ones too."""

from typing import Any

import pytest

from bank import store
from bank.ledger import AccountRow, Status, statements
from bank.points import accounts, spending
from bank.points.worth import worth
from bank.store import Transaction
from points import domain
from points.tables import RedemptionRow
from tests.support import http
from tests.unit.bank.ledger.given import change_status
from tests.unit.points.given import MINE, Bank, account, call, customer, earning, live, lots

NOVEMBER, DECEMBER = "2026-11", "2026-12"
APP: dict[str, Any] = {"client_id": "cli_app", "principal": http.CHANNEL}


def given(bank: Bank, first: int = 100, second: int = 60) -> None:
    """Points of two lots, of this month and the next."""
    for months, points in ((0, first), (1, second)):
        body = {"customer_id": MINE, "points": points, "valid_months": months, "reason": "a gift"}
        assert call("POST", "/points/adjustments", body, key=f"gift{months}").status == 201


def redeem(points: int, key: str = "k", **options: Any) -> http.Reply:
    """A redemption by the customer's channel."""
    body = {"customer_id": MINE, "points": points, "reference": "order-1"}
    return call("POST", "/point-redemptions", body, key=key, **{**APP, **options})


def reverse(redemption_id: str, points: int, key: str, **options: Any) -> http.Reply:
    """A return of points by the same channel."""
    path = f"/point-redemptions/{redemption_id}/reversals"
    return call("POST", path, {"points": points}, key=key, **{**APP, **options})


def reserve(points: int, payment_id: str = "pay_1") -> None:
    """As a payment reserves points in its own transaction."""
    transaction = Transaction()
    spending.reserve(transaction, account(), points, payment_id)
    transaction.commit()


def heard(bank: Bank, name: str, points: int = 120, **more: Any) -> bool:
    """An event of a payment with points."""
    data = {
        "payment_id": "pay_1",
        "customer_id": MINE,
        "client_id": "cli_app",
        "unit_id": "unit_head",
        "captured_amount": 2_400,
        "currency": "CNY",
        "capture": "automatic",
        "points": points,
        "captured_points": points,
        "points_amount": worth(points),
        **more,
    }
    return bank.hear(name, data)


def test_points_are_redeemed_once_earliest_first(bank: Bank) -> None:
    given(bank)
    first, again = redeem(120), redeem(120)

    assert (first.status, again.json) == (201, first.json)
    assert first.json["lots"] == [{"month": NOVEMBER, "points": 100}, {"month": DECEMBER, "points": 20}]
    assert lots() == {DECEMBER: 40}
    assert redeem(121).json["code"] == "idempotency_key_reused"
    assert call("GET", f"/point-redemptions/{first.json['redemption_id']}").json == first.json
    bank.agrees()


def test_no_more_is_redeemed_than_can_be_spent_nor_of_another_channels_customer(bank: Bank) -> None:
    given(bank)
    customer("cus_2", client_id="cli_other")

    assert redeem(161).json["code"] == "insufficient_points"
    assert redeem(1, client_id="cli_other").status == 404
    body = {"customer_id": "cus_2", "points": 1, "reference": "r"}
    assert call("POST", "/point-redemptions", body, key="o", **APP).json["code"] == "customer_not_found"
    bank.time.forward(days=11)
    assert redeem(61, "later").json["code"] == "insufficient_points"
    assert redeem(60, "all").status == 201
    bank.agrees()


def test_a_frozen_account_redeems_nothing(bank: Bank) -> None:
    given(bank)
    change_status(accounts.account_id(MINE), Status.FROZEN)

    assert redeem(1).json["code"] == "account_frozen"


def test_what_is_returned_goes_to_the_lots_it_came_from_and_never_more(bank: Bank) -> None:
    given(bank)
    redemption_id = redeem(120).json["redemption_id"]
    first = reverse(redemption_id, 50, "r1")
    assert first.json["lots"] == [{"month": NOVEMBER, "points": 30}, {"month": DECEMBER, "points": 20}]
    again = reverse(redemption_id, 50, "r1")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    found = call("GET", f"/point-redemptions/{redemption_id}").json
    assert found["returned"] == first.json["lots"]
    assert redeem(120).json["returned"] == []
    assert lots() == {NOVEMBER: 30, DECEMBER: 60}
    assert reverse(redemption_id, 71, "r2").json["code"] == "more_than_redeemed"
    assert reverse(redemption_id, 70, "r3").status == 201

    assert lots() == {NOVEMBER: 100, DECEMBER: 60}
    assert reverse(redemption_id, 1, "r4").json["code"] == "more_than_redeemed"
    bank.agrees()


def test_what_returns_after_its_lot_has_expired_expires_at_once_with_both_records(bank: Bank) -> None:
    given(bank)
    redemption_id = redeem(120).json["redemption_id"]
    bank.time.forward(days=11)
    bank.cloud.settle()
    assert reverse(redemption_id, 120, "r1").status == 201

    assert lots() == {DECEMBER: 60}
    bank.agrees()
    row = account()
    assert row is not None
    newest = [(entry.kind, int(entry.amount)) for entry in statements.entries(row, limit=2)]
    assert newest == [("points-expired", -100), ("points-returned", 120)]


def test_others_neither_see_nor_reverse_it(bank: Bank) -> None:
    given(bank)
    redemption_id = redeem(10).json["redemption_id"]

    assert reverse(redemption_id, 1, "r", client_id="cli_other").json["code"] == "redemption_not_found"
    path = f"/point-redemptions/{redemption_id}"
    assert call("GET", path, principal=http.staff("unit_branch")).status == 404
    assert call("GET", "/point-redemptions/red_none").status == 404


def test_a_payment_takes_what_it_has_reserved_once(bank: Bank) -> None:
    given(bank)
    live()
    reserve(120)
    for _ in range(2):
        assert heard(bank, "PaymentSucceeded")

    assert lots() == {DECEMBER: 40}
    row = RedemptionRow.get("pay_1")
    assert row.lots == {NOVEMBER: 100, DECEMBER: 20}
    found = account()
    assert found is not None
    assert (int(found.held), int(found.balance)) == (0, 40)
    bank.agrees()


@pytest.mark.parametrize("end", ["PaymentCancelled", "PaymentExpired", "PaymentDeclined"])
def test_a_payment_that_comes_to_nothing_gives_its_points_back_once(bank: Bank, end: str) -> None:
    given(bank)
    reserve(120)
    for _ in range(2):
        assert heard(bank, end)

    assert lots() == {NOVEMBER: 100, DECEMBER: 60}
    bank.agrees()


def test_what_comes_back_expired_from_a_payment_is_expired_at_once(bank: Bank) -> None:
    given(bank)
    reserve(120)
    bank.time.forward(days=11)
    assert heard(bank, "PaymentExpired")

    assert lots() == {DECEMBER: 60}
    bank.agrees()


def test_a_part_that_is_captured_takes_its_points_and_the_others_return_once(bank: Bank) -> None:
    given(bank)
    reserve(120)
    reserve(30, "pay_2")
    for _ in range(2):
        assert heard(bank, "PaymentSucceeded", captured_points=40)
        assert heard(bank, "PaymentSucceeded", 30, captured_points=0, payment_id="pay_2")

    assert lots() == {NOVEMBER: 60, DECEMBER: 60}
    assert RedemptionRow.get("pay_1").lots == {NOVEMBER: 40}
    assert call("GET", "/point-redemptions/pay_2").status == 404
    bank.agrees()


def test_of_a_part_that_is_captured_later_what_returns_to_an_expired_lot_expires(bank: Bank) -> None:
    given(bank)
    reserve(120)
    bank.time.forward(days=11)
    assert heard(bank, "PaymentSucceeded", captured_points=90)

    assert lots() == {DECEMBER: 60}
    bank.agrees()


def test_a_refund_returns_points_once_and_a_channel_does_not(bank: Bank) -> None:
    given(bank)
    reserve(120)
    refund = {"refund_id": "ref_1", "amount": 400, "points": 20, "points_amount": 4}
    # Heard of before its payment it fails, and comes again.
    assert not heard(bank, "PaymentRefunded", **refund)
    assert heard(bank, "PaymentSucceeded")
    for _ in range(2):
        assert heard(bank, "PaymentRefunded", **refund)

    assert lots() == {DECEMBER: 60}
    assert reverse("pay_1", 1, "r").json["code"] == "points_of_payment"
    bank.agrees()


def test_points_that_a_payment_says_it_reserved_and_did_not_wake_people(bank: Bank) -> None:
    given(bank)

    assert not heard(bank, "PaymentSucceeded")
    assert lots() == {NOVEMBER: 100, DECEMBER: 60}


def test_what_is_given_back_to_nobody_or_returned_to_one_who_left_moves_nothing(bank: Bank) -> None:
    assert heard(bank, "PaymentCancelled")
    given(bank)
    redemption_id = redeem(120).json["redemption_id"]
    assert bank.leaves()
    assert reverse(redemption_id, 20, "r").status == 201

    row = store.get(AccountRow, accounts.account_id(MINE))
    assert row is not None
    assert (int(row.balance), row.status) == (0, "closed")
    bank.agrees()


def test_those_that_expire_last_come_back_first() -> None:
    assert domain.latest({"2026-11": 5, "2026-12": 3}, 4) == {"2026-11": 1, "2026-12": 3}
    assert domain.latest({"2026-11": 5}, 0) == {}
    with pytest.raises(ValueError, match="points"):
        domain.latest({"2026-11": 5}, 6)


def test_nothing_is_earned_by_what_was_paid_with_points(bank: Bank) -> None:
    given(bank)
    live()
    reserve(120)
    assert heard(bank, "PaymentSucceeded")
    assert int(earning("pay_1").points) == 23

    reserve(40, "pay_2")
    assert heard(bank, "PaymentSucceeded", 40, payment_id="pay_2", captured_amount=9)
    assert call("GET", "/points/earnings/pay_2").status == 404


def test_what_benefits_gave_earns_nothing_and_is_not_missed_when_it_is_refunded(bank: Bank) -> None:
    live()
    no_points = {"points": 0, "captured_points": 0, "points_amount": 0}
    assert heard(bank, "PaymentSucceeded", **no_points, captured_amount=3_000, discount=1_000)
    assert int(earning("pay_1").points) == 20
    back = {**no_points, "amount": 1_500, "discount_returned": 500}
    assert heard(bank, "PaymentRefunded", **back, refund_id="ref_1")
    assert (earning("pay_1").refunded, earning("pay_1").status) == (1_000, "pending")
    assert heard(bank, "PaymentRefunded", **back, refund_id="ref_2")

    assert earning("pay_1").status == "void"


def test_a_refusal_is_answered_again_though_there_are_points_by_now(bank: Bank) -> None:
    assert redeem(5).json["code"] == "no_points_account"
    given(bank)
    again = redeem(5)

    assert (again.status, again.json["code"]) == (409, "no_points_account")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert lots() == {NOVEMBER: 100, DECEMBER: 60}
    redemption_id = redeem(20, "other").json["redemption_id"]
    assert reverse(redemption_id, 21, "r").json["code"] == "more_than_redeemed"
    assert reverse(redemption_id, 21, "r").headers["Idempotent-Replayed"] == "true"
