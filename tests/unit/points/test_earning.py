"""Points are earned once for each payment, in whatever order, how often and how late its events come."""

import itertools
from typing import Any

import pytest

from bank import clock, store
from bank.points import accounts, spending
from bank.store import Transaction
from points import app, domain
from points.domain import Counted, Terms
from points.service import booking, runs
from tests.unit.points.given import (
    MINE,
    Bank,
    account,
    as_json,
    customer,
    draft,
    earning,
    live,
    lots,
    model,
    owed,
)


def due(bank: Bank, days: int = 7) -> None:
    """Seven days later, when what was earned today is due."""
    bank.time.forward(days=days)


def spend(points: int, reference: str = "red_1") -> None:
    """Points that leave for good."""
    row, transaction = account(), Transaction()
    spending.reserve(transaction, row, points, reference)
    transaction.commit()
    row, transaction = account(), Transaction()
    assert row is not None
    spending.capture(
        transaction, row, reference, journal_id=f"jrn_{reference}", booked_at=clock.instant(), made_by="me"
    )
    transaction.commit()


def test_what_is_earned_is_booked_when_it_is_due_in_a_lot(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 12_345)
    due(bank, 6)
    assert (bank.run(), account()) == ({}, None)

    due(bank, 1)
    assert bank.run() == {"booked": 1}

    assert lots() == {"2027-11": 123}
    assert earning("pay_1").status == "booked"
    assert earning("pay_1").due_shard is None
    bank.agrees()


def test_a_payment_earns_once_however_often_it_is_heard_of_and_booked(bank: Bank) -> None:
    live()
    for _ in range(3):
        bank.paid("pay_1", 10_000)
    due(bank)
    for _ in range(3):
        bank.run()
        bank.paid("pay_1", 10_000)

    assert lots() == {"2027-11": 100}
    bank.agrees()


def test_of_two_bookings_at_once_one_happens(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    live()
    bank.paid("pay_1", 10_000)
    due(bank)
    commit, met = Transaction.commit, itertools.count()

    def late(transaction: Transaction, **options: Any) -> None:
        # Another books in the moment before this one's write.
        if next(met) == 1:
            booking.book(MINE, ["pay_1"])
        commit(transaction, **options)

    monkeypatch.setattr(Transaction, "commit", late)
    booking.book(MINE, ["pay_1"])
    monkeypatch.undo()

    assert lots() == {"2027-11": 100}


@pytest.mark.parametrize("order", list(itertools.permutations(["paid", "first", "second"])))
@pytest.mark.parametrize("repeated", [1, 2])
def test_a_payment_and_its_refunds_come_in_any_order_and_again(
    bank: Bank, order: tuple[str, ...], repeated: int
) -> None:
    live()
    events = {
        "paid": lambda: bank.paid("pay_1", 10_000),
        "first": lambda: bank.refunded("pay_1", 3_000, "ref_1"),
        "second": lambda: bank.refunded("pay_1", 2_550, "ref_2"),
    }
    for name in order:
        for _ in range(repeated):
            assert events[name]()
    due(bank)
    bank.run()

    assert lots() == {"2027-11": domain.kept(100, 10_000, 5_550)}
    bank.agrees()


@pytest.mark.parametrize("first", [True, False])
def test_what_is_refunded_whole_earns_nothing(bank: Bank, first: bool) -> None:
    live()
    if first:
        bank.refunded("pay_1", 10_000)
    bank.paid("pay_1", 10_000)
    if not first:
        bank.refunded("pay_1", 10_000)
    due(bank)

    assert bank.run() == {}
    assert earning("pay_1").status == "void"
    assert account() is None


def test_a_refund_takes_back_what_was_booked_in_proportion_once(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    for _ in range(2):
        bank.refunded("pay_1", 3_333, "ref_1")
    assert lots() == {"2027-11": 67}
    bank.refunded("pay_1", 6_667, "ref_2")

    assert (lots(), owed()) == ({}, 0)
    bank.agrees()


def test_what_was_spent_before_the_refund_is_owed_and_paid_by_later_earnings(bank: Bank) -> None:
    """A channel that refunds after the points were spent gains its customer nothing."""
    live()
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    spend(80)
    bank.refunded("pay_1", 10_000)
    assert (lots(), owed()) == ({}, 80)

    bank.paid("pay_2", 5_000)
    due(bank)
    bank.run()
    assert (lots(), owed()) == ({}, 30)
    # Of an earning that paid what was owed, the refund owes it again.
    bank.refunded("pay_2", 5_000)
    assert (lots(), owed()) == ({}, 80)
    bank.paid("pay_3", 10_000)
    due(bank)
    bank.run()
    assert (lots(), owed()) == ({"2027-12": 20}, 0)
    bank.agrees()


def test_points_are_taken_back_from_their_own_lot_and_then_from_those_that_expire_first(bank: Bank) -> None:
    live(valid_months=1)
    bank.paid("pay_0", 5_000)
    live(valid_months=2)
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    assert lots() == {"2026-12": 50, "2027-01": 100}
    bank.refunded("pay_1", 4_000)
    assert lots() == {"2026-12": 50, "2027-01": 60}
    spend(90)
    bank.refunded("pay_1", 6_000)

    assert (lots(), owed()) == ({}, 40)


def test_what_has_expired_is_taken_back_from_nobody(bank: Bank) -> None:
    live(valid_months=0)
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    bank.time.forward(days=10)
    bank.refunded("pay_1", 10_000)

    assert owed() == 0
    bank.run(app.on_expiry)
    assert lots() == {}
    bank.agrees()


def test_a_payment_heard_of_a_month_late_is_booked_today_with_a_whole_term(bank: Bank) -> None:
    live()
    paid_at = clock.instant()
    bank.time.forward(days=40)
    bank.paid("pay_1", 10_000, at=paid_at)

    assert bank.run() == {"booked": 1}
    assert lots() == {"2027-12": 100}


def test_what_was_earned_by_one_programme_keeps_its_points_and_term(bank: Bank) -> None:
    live(valid_months=3)
    bank.paid("pay_1", 10_000)
    live(model(("amount >= 100", "5", "")), valid_months=1)
    bank.paid("pay_2", 10_000)
    due(bank)
    bank.run()

    assert lots() == {"2027-02": 100, "2026-12": 500}


def test_a_draft_earns_nothing_nor_does_another_currency_or_nobody(bank: Bank) -> None:
    draft()
    bank.paid("pay_1", 10_000)
    live()
    bank.paid("pay_2", 10_000, currency="USD")
    bank.paid("pay_3", 10_000, customer_id=None)
    bank.paid("pay_4", 99)
    due(bank)

    assert bank.run() == {}


def test_rules_see_amount_and_time_in_shanghai_and_add_up(bank: Bank) -> None:
    live(model(("amount >= 100", "1", ""), ("weekday == 6 and hour < 1", "2", "7")))
    # Friday, 16:30 UTC, is Saturday there.
    bank.paid("pay_1", 10_099, at="2026-11-20T16:30:00.000000Z")

    assert int(earning("pay_1").points) == 3 * 100 + 7


def test_bounds_of_payment_day_and_month_hold(bank: Bank) -> None:
    live(per_payment=100, per_day=150, per_month=200)
    for number in range(3):
        bank.paid(f"pay_a{number}", 20_000)
    bank.time.forward(days=1)
    for number in range(3):
        bank.paid(f"pay_b{number}", 20_000)
    due(bank)
    bank.run()

    granted = [int(earning(f"pay_{day}{number}").granted) for day in "ab" for number in range(3)]
    assert sum(granted[:3]) == 150
    assert sum(granted) == 200
    assert sum(lots().values()) == 200
    bank.time.forward(days=5)
    bank.paid("pay_next", 20_000)
    due(bank)
    bank.run()
    assert int(earning("pay_next").granted) == 100


def test_counts_begin_anew_with_a_later_day_and_never_go_back() -> None:
    counted = Counted("2026-11-30", 5, 9)

    assert counted.on("2026-11-30") == counted
    assert counted.on("2026-11-01") == counted
    assert counted.on("2026-12-01") == Counted("2026-12-01", 0, 0)
    assert Counted("2026-11-29", 5, 9).on("2026-11-30") == Counted("2026-11-30", 0, 9)


def test_a_bound_that_was_passed_leaves_nothing_and_not_less() -> None:
    terms = Terms(7, 12, 100, 10, 20)

    assert domain.within(5, Counted("d", 12, 12), terms) == 0
    assert domain.within(5, Counted("d", 7, 7), terms) == 3
    assert domain.within(5, Counted("d", 0, 18), terms) == 2


def test_a_night_of_many_customers_and_of_many_payments_of_one(bank: Bank) -> None:
    live(per_day=10**6, per_month=10**6)
    for number in range(12):
        customer(f"cus_n{number}")
        bank.paid(f"pay_n{number}", 10_000, customer_id=f"cus_n{number}")
    for number in range(booking.MOST + 15):
        bank.paid(f"pay_m{number:03}", 1_000)
    due(bank)

    # No time at all: each part does one customer and plans the next.
    assert bank.run(left_ms=0)["booked"] == 12 + booking.MOST + 15
    assert sum(lots().values()) == 10 * (booking.MOST + 15)
    assert bank.run() == {}
    bank.agrees()


def test_one_who_cannot_be_booked_costs_no_other_and_is_tried_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    live()
    for number in range(4):
        customer(f"cus_n{number}")
        bank.paid(f"pay_n{number}", 10_000, customer_id=f"cus_n{number}")
    due(bank)
    book = booking.book

    def broken(customer_id: str, payment_ids: Any) -> int:
        if customer_id == "cus_n2":
            raise RuntimeError(customer_id)
        return book(customer_id, payment_ids)

    monkeypatch.setattr(booking, "book", broken)
    assert bank.run() == {"booked": 3, "failed": 1}
    monkeypatch.undo()
    assert bank.run() == {"booked": 1}


def test_what_expires_leaves_with_its_journal_and_once(bank: Bank) -> None:
    live(valid_months=0)
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    assert bank.run(app.on_expiry) == {}
    bank.time.forward(days=10)
    row = account()
    assert row is not None
    assert sum(accounts.spendable(row).values()) == 0

    assert bank.run(app.on_expiry) == {"expired": 1}
    assert bank.run(app.on_expiry) == {}
    assert runs.expire(row.account_id) == 1
    assert (lots(), int(store.get(type(row), row.account_id).balance)) == ({}, 0)  # type: ignore[union-attr]
    bank.agrees()


def test_what_has_expired_is_booked_before_anything_else_moves(bank: Bank) -> None:
    """However late the job is."""
    live(valid_months=0)
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    live(valid_months=6)
    bank.time.forward(days=10)
    bank.paid("pay_2", 3_000)
    due(bank)
    bank.run()

    assert lots() == {"2027-06": 30}
    bank.agrees()


def test_a_customer_who_leaves_forfeits_what_is_there_and_earns_no_more(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    bank.paid("pay_2", 10_000)
    for _ in range(2):
        assert bank.leaves()
    due(bank)
    bank.run()
    bank.refunded("pay_1", 10_000)

    row = account()
    assert row is not None
    assert (int(row.balance), row.status, owed()) == (0, "closed", 0)
    assert earning("pay_2").status == "void"
    bank.agrees()


def test_what_is_reserved_as_a_customer_leaves_is_forfeited_when_it_comes_back(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    due(bank)
    bank.run()
    transaction = Transaction()
    spending.reserve(transaction, account(), 30, "pay_9")
    transaction.commit()
    bank.leaves()
    row, transaction = account(), Transaction()
    assert row is not None
    assert (int(row.balance), row.status) == (30, "active")
    spending.give_back(transaction, row, "pay_9")
    transaction.commit()
    bank.leaves()

    row = account()
    assert row is not None
    assert (int(row.balance), row.status) == (0, "closed")


def test_a_customer_who_never_had_points_leaves(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    assert bank.leaves()
    due(bank)
    bank.run()

    assert account() is None
    assert earning("pay_1").status == "void"


def test_events_that_change_nothing_write_nothing(bank: Bank) -> None:
    live()
    bank.paid("pay_1", 10_000)
    bank.refunded("pay_1", 1_000, "ref_1")
    before = as_json(earning("pay_1"))
    bank.paid("pay_1", 10_000)
    bank.refunded("pay_1", 1_000, "ref_1")

    assert as_json(earning("pay_1")) == before
