"""Tiers: reached by the points of a year, kept for the next, and gone at its end where no more were given."""

from datetime import datetime
from typing import Any

import pytest

from points.domain import Qualified, Tier
from tests.unit.points.given import ONE_A_YUAN, TERMS, Bank, call, earning, live

TIERS = [{"name": "silver", "points": 100, "percent": 120}, {"name": "gold", "points": 500, "percent": 200}]
SILVER, GOLD = (Tier(**each) for each in TIERS)


def tier() -> Any:
    """The tier as the customer sees it."""
    return call("GET", "/points/customers/cus_1").json["tier"]


def earn(bank: Bank, payment_id: str, amount: int = 10_000) -> int:
    """Points that a payment earns, once they are booked."""
    bank.paid(payment_id, amount)
    bank.time.forward(days=7)
    bank.run()
    return int(earning(payment_id).granted)


def test_a_tier_is_reached_by_what_was_booked_and_multiplies_what_follows(bank: Bank) -> None:
    live(tiers=TIERS)
    assert (tier(), earn(bank, "pay_1")) == (None, 100)
    assert (tier(), earn(bank, "pay_2", 40_000)) == ("silver", 480)
    assert (tier(), earn(bank, "pay_3")) == ("gold", 200)
    bank.agrees()


def test_a_tier_lasts_for_the_year_and_the_next_and_ends_with_that(bank: Bank) -> None:
    live(tiers=TIERS)
    earn(bank, "pay_1", 50_000)
    bank.time.moment = datetime.fromisoformat("2027-12-31T15:59:59+00:00")
    assert tier() == "gold"
    bank.time.forward(seconds=1)
    assert tier() is None
    assert earn(bank, "pay_2") == 100


def test_who_earns_less_in_a_year_goes_down_as_far_as_that_goes(bank: Bank) -> None:
    live(tiers=TIERS)
    earn(bank, "pay_1", 50_000)
    bank.time.moment = datetime.fromisoformat("2027-06-01T00:00:00+00:00")
    earn(bank, "pay_2", 6_000)
    assert tier() == "gold"
    bank.time.moment = datetime.fromisoformat("2028-06-01T00:00:00+00:00")

    assert tier() == "silver"


def test_what_is_refunded_in_the_year_leads_to_no_tier(bank: Bank) -> None:
    live(tiers=TIERS)
    earn(bank, "pay_1")
    bank.refunded("pay_1", 10_000)

    assert (tier(), earn(bank, "pay_2")) == (None, 100)


def test_years_follow_each_other() -> None:
    counted = Qualified("2026", 5, 9)

    assert counted.in_year("2026") == counted.in_year("2025") == counted
    assert counted.in_year("2027") == Qualified("2027", 0, 5)
    assert counted.in_year("2028") == Qualified("2028", 0, 0)
    assert Qualified().in_year("2026") == Qualified("2026", 0, 0)
    assert counted.plus(-7).points == 0
    assert Qualified("2026", 100, 499).tier([SILVER, GOLD]) == SILVER
    assert Qualified("2026", 100, 500).tier([SILVER, GOLD]) == GOLD
    assert Qualified("2026", 99, 0).tier([SILVER, GOLD]) is None


@pytest.mark.parametrize("tiers", [TIERS[::-1], [TIERS[0]] * 2, [TIERS[0], {**TIERS[0], "points": 200}]])
def test_tiers_rise_and_have_names_of_their_own(bank: Bank, tiers: Any) -> None:
    body = {"content": ONE_A_YUAN, "terms": {**TERMS, "tiers": tiers}, "note": "n"}
    reply = call("POST", "/points/programmes", body)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
