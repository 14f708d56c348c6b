"""The rules of the ledger: which journals there can be, and who books their legs."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bank.ledger import (
    Journal,
    Kind,
    Leg,
    internal,
    journal,
    kind_of,
)
from bank.ledger.domain import MAX_LEGS

quick = settings(max_examples=50)

ids = st.builds("{}_{}".format, st.sampled_from(["wal", "stl", "int"]), st.integers(0, 10**6))
amounts = st.integers(-(10**12), 10**12).filter(bool)
legs = st.builds(Leg, ids, amounts)


@st.composite
def balanced(draw: st.DrawFn) -> list[Leg]:
    """The legs of a sound journal."""
    unique = draw(st.lists(legs, min_size=1, max_size=8, unique_by=lambda leg: leg.account_id))
    rest = -sum(leg.amount for leg in unique)
    assume(rest)
    return [*unique, Leg("wal_the_other_side", rest)]


def made(*given_legs: Leg) -> Journal:
    return Journal("jrn_1", "payment", "pay_1", "CNY", given_legs, "2026-01-30T04:00:00.000000Z")


@quick
@given(sound=balanced())
def test_a_journal_that_balances_has_every_leg_booked_once_by_one_of_two_ways(sound: list[Leg]) -> None:
    booked = made(*sound)

    assert sorted([*booked.immediate, *booked.deferred], key=sound.index) == sound


@quick
@given(sound=balanced(), which=st.integers(0), off=amounts)
def test_a_journal_that_does_not_balance_is_refused(sound: list[Leg], which: int, off: int) -> None:
    chosen = which % len(sound)
    assume(sound[chosen].amount + off)
    sound[chosen] = replace(sound[chosen], amount=sound[chosen].amount + off)

    with pytest.raises(ValueError, match="does not balance"):
        made(*sound)


@quick
@given(sound=balanced(), at=st.integers(0, 8))
def test_a_journal_with_a_leg_of_zero_is_refused(sound: list[Leg], at: int) -> None:
    sound.insert(at, Leg("int_nothing_CNY", 0))

    with pytest.raises(ValueError, match="not zero"):
        made(*sound)


@quick
@given(sound=balanced(), which=st.integers(0), part=amounts)
def test_a_journal_with_two_legs_on_one_account_is_refused(sound: list[Leg], which: int, part: int) -> None:
    whole = sound.pop(which % len(sound))
    assume(whole.amount - part)

    with pytest.raises(ValueError, match="two legs on one account"):
        made(*sound, replace(whole, amount=part), replace(whole, amount=whole.amount - part))


@pytest.mark.parametrize("payers", [MAX_LEGS, MAX_LEGS + 20])
def test_a_journal_with_more_legs_than_a_transaction_has_room_for_is_refused(payers: int) -> None:
    credits = [Leg(f"wal_{number}", 1) for number in range(payers)]

    with pytest.raises(ValueError, match="2 to 40 legs"):
        made(Leg("int_funding_CNY", -payers), *credits)
    fitting = credits[: MAX_LEGS - 1]
    assert len(made(Leg("int_funding_CNY", -len(fitting)), *fitting).legs) == MAX_LEGS


def test_a_journal_without_legs_is_refused() -> None:
    with pytest.raises(ValueError, match="2 to 40 legs"):
        made()


def test_amounts_of_zero_make_no_leg() -> None:
    booked = journal(
        "jrn_1",
        kind="payment",
        reference="pay_1",
        currency="CNY",
        amounts={"wal_1": -500, "stl_1": 500, "int_fees_CNY": 0},
        booked_at="2026-01-30T04:00:00.000000Z",
    )

    assert booked.legs == (Leg("wal_1", -500), Leg("stl_1", 500))


@pytest.mark.parametrize(
    ("account_id", "amount", "immediate"),
    [
        ("wal_1", 1, True),
        ("wal_1", -1, True),
        ("stl_1", 1, False),
        ("stl_1", -1, True),
        ("int_fees_CNY", 1, False),
        ("int_fees_CNY", -1, False),
    ],
)
def test_shared_accounts_wait_for_the_applier_unless_money_is_taken_from_a_guarded_one(
    account_id: str, amount: int, immediate: bool
) -> None:
    assert Leg(account_id, amount).immediate is immediate


def test_the_counterparty_is_the_first_leg_of_the_other_sign() -> None:
    booked = made(Leg("wal_1", -500), Leg("stl_1", 470), Leg("int_fees_CNY", 30))

    assert booked.counterparty("wal_1") == "stl_1"
    assert booked.counterparty("stl_1") == booked.counterparty("int_fees_CNY") == "wal_1"


def test_an_id_tells_the_kind_of_its_account() -> None:
    assert kind_of("wal_1") is Kind.WALLET
    assert kind_of("stl_1") is Kind.SETTLEMENT
    assert kind_of(internal("cash", "USD")) is Kind.INTERNAL
    with pytest.raises(KeyError):
        kind_of("pay_1")
