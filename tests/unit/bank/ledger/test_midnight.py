"""A spend counts on one business day, and what returns of it for the same one, wherever midnight falls."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bank import clock, ledger
from bank.ledger import HoldStatus, Limits
from bank.ledger.velocity import Spend
from bank.store import Stale, Transaction
from tests.unit.bank.ledger.given import (
    Clock,
    a_ledger,
    account,
    as_stored,
    capture,
    hold,
    journal,
    post,
    read,
    release,
    settlement,
    wallet,
)
from tests.unit.bank.ledger.test_free_limit import LIMIT, customers_wallet, spend

LIMITS = Limits(per_day=1_000, per_month=10_000, per_year=100_000)
FAR = "2028-01-01T00:00:00.000000Z"
# A quarter of a second before midnight in Shanghai: of a day, a month and a year.
EDGES = [datetime(2026, *day, 15, 59, 59, 750_000, tzinfo=UTC) for day in ((1, 29), (1, 31), (12, 31))]
READINGS = range(8)


@contextmanager
def midnight_after(time: Clock, readings: int) -> Iterator[None]:
    """Midnight strikes once the clock has been read so often."""
    left = readings

    def now() -> datetime:
        nonlocal left
        if left == 0:
            time.forward(milliseconds=500)
        left -= 1
        return time.moment

    with clock.source(now):
        yield


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("readings", READINGS)
def test_a_hold_that_is_placed_as_midnight_strikes_gives_back_where_it_was_counted(
    time: Clock, edge: datetime, readings: int
) -> None:
    time.moment = edge
    payer = wallet(5_000, LIMITS)

    with midnight_after(time, readings):
        held = hold(payer, 900, expires_at=FAR)
    counted = account(payer)
    release(held, HoldStatus.VOIDED).commit()

    assert (held.day, held.day[:7], held.day[:4]) == (counted.day, counted.month, counted.year)
    assert account(payer).remaining_limits(held.day) == (1_000, 10_000, 100_000)


@pytest.mark.parametrize("readings", READINGS)
def test_a_spend_counts_on_the_day_on_which_it_is_booked(time: Clock, readings: int) -> None:
    time.moment = EDGES[0]
    payer, shop = wallet(5_000, LIMITS), settlement()

    with midnight_after(time, readings):
        made = post({payer: -900, shop: 900}, spending=frozenset({payer}))

    booked_on = clock.business_date(clock.parse(made.booked_at)).isoformat()
    assert account(payer).day == booked_on
    assert account(payer).remaining_limits(booked_on) == (100, 9_100, 99_100)


@pytest.mark.parametrize("readings", READINGS)
def test_no_day_has_its_free_limit_twice_because_midnight_strikes_in_between(
    time: Clock, readings: int
) -> None:
    time.moment = EDGES[0]
    payer = customers_wallet()
    spend(payer, LIMIT)
    day = account(payer).day

    with midnight_after(time, readings):
        transaction, made = Transaction(), journal({payer: -LIMIT, "stl_shop": LIMIT})
        try:
            ledger.post(transaction, made, read(made), made_by="cli_1", spending={payer}, spend=Spend())
            transaction.commit()
        except Stale:
            return

    assert account(payer).day > day
    assert account(payer).free_spent == LIMIT


@settings(max_examples=40, deadline=None)
@given(
    wait=st.integers(0, 800),
    part=st.integers(0, 700),
    later=st.integers(0, 60),
    spent=st.lists(st.integers(1, 60), max_size=3),
)
def test_whenever_a_hold_ends_each_period_has_what_was_spent_of_it_and_no_more(
    wait: int, part: int, later: int, spent: list[int]
) -> None:
    """`part` of 700 is captured `wait` hours later, others spend before, and the limits change in between."""
    with a_ledger() as books:
        books.time.moment = datetime(2026, 12, 30, 14, tzinfo=UTC)
        payer, shop = wallet(5_000, LIMITS), settlement()
        held = hold(payer, 700, expires_at=FAR)
        books.time.forward(hours=wait)
        for amount in spent:
            post({payer: -amount, shop: amount}, spending=frozenset({payer}))
        today = clock.business_date().isoformat()
        ledger.accounts.set_limits(
            payer, lambda limits: Limits(per_day=900, per_month=9_000, per_year=90_000)
        )
        books.time.forward(minutes=later)

        if part:
            capture(held, {payer: -part, shop: part}).commit()
        else:
            release(held, HoldStatus.VOIDED).commit()

        assert as_stored(held.hold_id).returned == 700 - part
        assert account(payer).remaining_limits(today) == tuple(
            limit - sum(spent) - (part if held.day.startswith(period) else 0)
            for limit, period in ((900, today), (9_000, today[:7]), (90_000, today[:4]))
        )


def test_limits_that_a_slower_clock_changes_count_what_a_faster_one_has_spent(time: Clock) -> None:
    time.moment = EDGES[0]
    payer, shop = wallet(5_000, LIMITS), settlement()
    time.forward(milliseconds=500)
    post({payer: -900, shop: 900}, spending=frozenset({payer}))
    with clock.source(lambda: EDGES[0]):
        ledger.accounts.set_limits(payer, lambda limits: Limits(per_day=950))

    assert account(payer).remaining_limits(clock.business_date().isoformat())[0] == 50
    assert ledger.spend_refusal(account(payer), 51, Spend())
