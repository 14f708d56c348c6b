"""The arithmetic of statements: nothing is lost between months, whoever owes whom."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock
from suppliers.domain import statements
from suppliers.domain.statements import Totals, agreed, grade

AMOUNT = st.integers(-1_000_000, 1_000_000)
MONTHS = st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=12)
ACCOUNTS = {"marketing": "m", "suppliers": "s", "settlement": "t"}


@pytest.mark.parametrize(
    ("cost", "borne", "owed", "paid", "owes"),
    [
        (1000, 0, 0, 1000, 0),
        (1000, 400, 0, 600, 0),
        (1000, 400, 700, 0, 100),
        (0, 400, 0, 0, 400),
        (-300, 0, 0, 0, 300),
        (500, -200, 0, 700, 0),
        (0, 0, 0, 0, 0),
    ],
)
def test_a_month_is_netted(cost: int, borne: int, owed: int, paid: int, owes: int) -> None:
    found = agreed(cost=cost, borne=borne, owed=owed)
    assert (found.paid, found.owes) == (paid, owes)


@given(MONTHS)
def test_months_in_a_row_pay_what_they_make_together(months: list[tuple[int, int]]) -> None:
    """What is paid less what is owed at the end is the sum of all, and each journal balances.

    The account of suppliers ends at what they owe: their shares, which payments booked there, less what
    statements settled.
    """
    owed, paid, receivable = 0, 0, 0
    for cost, borne in months:
        found = agreed(cost=cost, borne=borne, owed=owed)
        legs = found.amounts(**ACCOUNTS)
        assert sum(legs.values()) == 0
        assert all(legs.values())
        assert found.paid >= 0
        assert not (found.paid and found.owes)
        receivable += -borne + legs.get("s", 0)
        owed, paid = found.owes, paid + found.paid
    assert paid - owed == sum(cost - borne for cost, borne in months)
    assert receivable == -owed


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)))
def test_periods_follow_one_another(day: date) -> None:
    period = day.strftime("%Y-%m")

    assert statements.preceding(statements.following(period)) == period
    assert statements.following(period) == (day.replace(day=1) + timedelta(days=31)).strftime("%Y-%m")


def test_a_month_ends_at_midnight_in_shanghai() -> None:
    last = clock.parse("2026-11-30T15:59:59.999999Z")

    assert statements.period_of(last) == "2026-11"
    assert statements.period_of(last + timedelta(microseconds=1)) == "2026-12"


@pytest.mark.parametrize(
    ("today", "closed"),
    [
        ("2026-12-02", "2026-10"),
        ("2026-12-03", "2026-11"),
        ("2027-01-03", "2026-12"),
        ("2027-01-01", "2026-11"),
    ],
)
def test_a_month_is_closed_on_the_third(today: str, closed: str) -> None:
    assert statements.last_closed(date.fromisoformat(today)) == closed


@pytest.mark.parametrize(
    ("redeemed", "reversed_", "disputed", "expected"),
    [
        (0, 0, 0, None),
        (100, 1, 0, "A"),
        (100, 1, 1, "B"),
        (100, 5, 0, "B"),
        (100, 10, 0, "C"),
        (100, 9, 2, "D"),
    ],
)
def test_a_supplier_is_rated_by_its_use(
    redeemed: int, reversed_: int, disputed: int, expected: str | None
) -> None:
    assert grade(Totals(redeemed=redeemed, reversed=reversed_), disputed) == expected
