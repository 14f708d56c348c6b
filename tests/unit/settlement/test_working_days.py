"""Payouts over weekends and holidays, by the State Council's calendar of 2026."""

import pytest

from bank.calendar import years
from settlement.service import payouts as service
from tests.support.streams import Cloud
from tests.unit.merchants.given import Clock, account, earn, merchant
from tests.unit.settlement.given import Night, payouts, settle

YEAR = years.year


@pytest.fixture(autouse=True)
def holidays(no_holidays: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real calendar, after all."""
    monkeypatch.setattr(years, "year", YEAR)
    years.forget()


def nights(cloud: Cloud, at: Clock, first: int, last: int, month: str = "2026-10") -> None:
    """Each night of these days of a month."""
    for day in range(first, last + 1):
        at(f"{month}-{day:02d}T02:00")
        settle(cloud)


def paid(merchant_id: str) -> list[tuple[str, int]]:
    return [(payout["business_date"], payout["amount"]) for payout in payouts(merchant_id)]


def test_what_closed_over_a_holiday_is_paid_on_the_working_day_that_ends_it(cloud: Cloud, at: Clock) -> None:
    """The National Day's holiday, 1 to 7 October; the 10th, a Saturday, is worked for it."""
    at("2026-09-29T12:00")
    daily, weekly = merchant(settlement="T+1"), merchant(settlement="T+7")

    def brought(day: str, amount: int) -> None:
        at(f"2026-{day}T12:00")
        for merchant_id in (daily, weekly):
            earn(cloud, merchant_id, amount)

    brought("09-30", 1)
    nights(cloud, at, 1, 1)
    brought("10-01", 20)
    nights(cloud, at, 2, 5)
    brought("10-05", 300)
    nights(cloud, at, 6, 8)
    brought("10-08", 4_000)
    nights(cloud, at, 9, 9)
    brought("10-09", 50_000)
    nights(cloud, at, 10, 23)

    assert paid(daily) == [("2026-10-08", 321), ("2026-10-09", 4_000), ("2026-10-10", 50_000)]
    # Seven working days after 30 September and the holiday: 8, 9, 10, 12, 13, 14 and 15 October.
    assert paid(weekly) == [("2026-10-15", 321), ("2026-10-16", 4_000), ("2026-10-19", 50_000)]


def test_nobody_is_paid_on_a_day_that_is_not_worked(cloud: Cloud, at: Clock) -> None:
    at("2026-11-20T12:00")
    merchant_id = merchant(settlement="T+0")
    earn(cloud, merchant_id, 700)
    account_id = account(merchant_id).account_id
    at("2026-11-21T02:00")
    night = Night(cloud)
    night.start()

    assert night.waiting == []
    # A part that comes late, or again, finds no working day either.
    assert service.pay_out(account_id=account_id, payee_id=merchant_id) == service.NO_WORKING_DAY
    nights(cloud, at, 22, 23, "2026-11")
    assert paid(merchant_id) == [("2026-11-23", 700)]
