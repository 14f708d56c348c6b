"""What a request leaves out is taken for the worst that it could have said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank.ledger.domain import Account, Kind, Limits, Status
from bank.ledger.velocity import Origin
from bank.risk import gathering
from bank.risk.movement import Movement, Profiles
from bank.risk.tables import ProfileRow, short

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)
SHANGHAI = (31_230_400, 121_473_700)
microdegrees = st.tuples(st.integers(-90 * 10**6, 90 * 10**6), st.integers(-180 * 10**6, 180 * 10**6))


def account(last: Origin) -> Account:
    return Account(
        account_id="wal_1",
        owner_id="cus_1",
        kind=Kind.WALLET,
        currency="CNY",
        status=Status.ACTIVE,
        balance=0,
        held=0,
        available=0,
        limits=Limits(),
        day="",
        day_left=0,
        month="",
        month_left=0,
        year="",
        year_left=0,
        version=0,
        booked_at="",
        opened_at="2026-01-01T00:00:00.000000Z",
        metadata={},
        last_origin=last,
    )


def facts(
    last: Origin, device: str = "", place: tuple[int, int] | None = None, known: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The facts of a payment from this device and place, after a spend that was made at `last`."""
    latitude, longitude = place or (None, None)
    movement = Movement(
        product="payment",
        account_id="wal_1",
        amount=100,
        currency="CNY",
        client_id="cli_1",
        payee="mer_1",
        merchant_id="mer_1",
        device_id=device,
        latitude=latitude,
        longitude=longitude,
    )
    payer = ProfileRow("payer#wal_1", devices={short(each): "2026-11-28" for each in known})
    profiles = Profiles(live=None, payer=payer, channel=None, payee=None, device=None)
    return gathering.facts(movement, profiles, account(last), None, NOW)


@pytest.mark.parametrize("last", [Origin(), Origin(short("dev_before"))], ids=["none before", "one before"])
def test_a_device_that_is_not_given_is_as_one_that_nobody_has_seen(last: Origin) -> None:
    without, unseen = facts(last, known=("dev_1",)), facts(last, "dev_unseen", known=("dev_1",))

    assert without["device"] == unseen["device"] | {"given": False}
    assert without["device"]["new"]


def test_a_device_that_is_known_is_not_new() -> None:
    assert not facts(Origin(), "dev_1", known=("dev_1",))["device"]["new"]
    assert not facts(Origin(short("dev_1")), "dev_1")["device"]["new"]
    assert facts(Origin(short("dev_1")), "dev_2", known=("dev_2",))["device"]["changed"]


@given(microdegrees, microdegrees, st.integers(0, 10 * 86_400))
def test_no_place_takes_longer_to_reach_than_one_that_is_not_given(
    before: tuple[int, int], here: tuple[int, int], ago: int
) -> None:
    seconds = int((NOW - timedelta(seconds=ago)).timestamp())
    last = Origin("", *before, seconds)

    said, unsaid = facts(last, place=here)["travel"], facts(last)["travel"]

    assert (said["given"], unsaid["given"]) == (True, False)
    assert said["km"] <= unsaid["km"]
    assert said["kmh"] <= unsaid["kmh"]
    assert said["minutes"] == unsaid["minutes"]


def test_where_no_place_was_ever_said_there_is_nothing_to_compare() -> None:
    assert facts(Origin())["travel"] == facts(Origin(), place=SHANGHAI)["travel"]
    assert facts(Origin())["travel"]["kmh"] == 0
