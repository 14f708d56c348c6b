"""What is due, against a model that keeps each day's money apart."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock
from settlement.domain import closings, end_of, matured

START = date(2026, 11, 1)
# What a day brings: sales, refunds asked for.
DAYS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 120)), min_size=1, max_size=20)


def day_before(day: date) -> date:
    """The working day before, where every day is one."""
    return day - timedelta(days=1)


@dataclass
class Merchant:
    """A settlement account whose money is kept apart by the day that brought it."""

    days: int
    lots: dict[date, int] = field(default_factory=dict)
    closed: dict[date, int] = field(default_factory=dict)
    paid: list[tuple[date, int]] = field(default_factory=list)
    balance: int = 0

    def earn(self, today: date, sales: int) -> None:
        self.lots[today] = sales
        self.balance += sales

    def refund(self, asked: int) -> None:
        """A refund takes the newest money first."""
        left = min(asked, self.balance)
        self.balance -= left
        for day in sorted(self.lots, reverse=True):
            taken = min(left, self.lots[day])
            self.lots[day] -= taken
            left -= taken

    def due(self, today: date) -> int:
        """What the room's rule says, from balances alone."""
        closed_at = [
            self.closed.get(day, 0) - sum(amount for on, amount in self.paid if on > day)
            for day in closings(self.days, today, day_before)
        ]
        return matured(self.balance, closed_at)

    def ripe(self, today: date) -> int:
        """What is left of the days that have matured."""
        return sum(left for day, left in self.lots.items() if day <= today - timedelta(days=self.days))

    def pay(self, today: date, amount: int) -> None:
        """A payout takes all that is ripe."""
        self.paid.append((today, amount))
        self.balance -= amount
        for day in self.lots:
            if day <= today - timedelta(days=self.days):
                self.lots[day] = 0


@given(DAYS, st.sampled_from((0, 1, 7)), st.booleans())
def test_no_money_is_paid_before_its_time_and_none_is_kept_after_it(
    brought: list[tuple[int, int]], days: int, before_the_day: bool
) -> None:
    merchant = Merchant(days)
    for number, (sales, asked) in enumerate(brought):
        today = START + timedelta(days=number)
        if before_the_day:
            assert merchant.due(today) == merchant.ripe(today)
            merchant.pay(today, merchant.due(today))
        merchant.earn(today, sales)
        merchant.refund(asked)
        if not before_the_day:
            assert merchant.due(today) == merchant.ripe(today)
            merchant.pay(today, merchant.due(today))
        merchant.closed[today] = merchant.balance
        assert merchant.balance == sum(merchant.lots.values())


def test_a_business_date_ends_at_midnight_in_shanghai() -> None:
    assert end_of(date(2026, 11, 20)) == "2026-11-20T15:59:59.999999Z"
    assert clock.business_date(clock.parse(end_of(date(2026, 11, 20)))) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("days", "first"),
    [(0, None), (1, date(2026, 11, 20)), (7, date(2026, 11, 14))],
)
def test_closings_go_from_the_last_mature_day_to_yesterday(days: int, first: date | None) -> None:
    found = closings(days, date(2026, 11, 21), day_before)

    assert len(found) == days
    assert (found[0] if found else None) == first
    assert not found or found[-1] == date(2026, 11, 20)


@given(st.sets(st.integers(0, 60)), st.integers(1, 7))
def test_a_day_has_matured_once_so_many_working_days_have_come_after_it(
    holidays: set[int], days: int
) -> None:
    today = START + timedelta(days=100)
    off = {today - timedelta(days=back) for back in holidays - {0}}

    def previous(day: date) -> date:
        while (day := day - timedelta(days=1)) in off:
            pass
        return day

    found = closings(days, today, previous)

    def came_after(day: date) -> int:
        later = (day + timedelta(days=number) for number in range(1, (today - day).days + 1))
        return sum(each not in off for each in later)

    assert found == [found[0] + timedelta(days=number) for number in range((today - found[0]).days)]
    assert came_after(found[0]) == days
    assert came_after(found[0] + timedelta(days=1)) == days - 1
