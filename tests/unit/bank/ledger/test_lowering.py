"""Lowered limits: never more than that leaves in any 24 hours, whoever was quicker, until they end."""

from collections.abc import Sequence
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank import clock, ledger, store
from bank.ledger import HoldStatus, lowering
from bank.ledger.velocity import (
    LimitLowered,
    Lowered,
    Spend,
    Velocity,
    VelocityCounter,
    lowered_refusal,
)
from bank.store import Stale, Transaction
from tests.unit.bank.ledger.given import (
    Clock,
    account,
    capture,
    hold,
    journal,
    post,
    read,
    release,
    settlement,
    wallet,
)

START = 1_767_240_000
DAY = 86_400
SHOP = "stl_shop"
tries = st.lists(st.tuples(st.integers(0, 5 * DAY), st.integers(1, 100)), max_size=80)


def let_through(history: Sequence[tuple[int, int]], lowered: Lowered) -> list[tuple[int, int]]:
    """The spends of a history that a lowered limit lets through, one after the other."""
    velocity, passed = Velocity(), []
    for seconds, amount in sorted(history):
        now = START + seconds
        velocity = velocity.at(now)
        refusal = lowered_refusal("wal_1", velocity, lowered, amount, now)
        room = velocity.room({}, now, lowered)
        assert (refusal is None) == (velocity.in_minute.sum + amount <= room.sum)
        if refusal is None:
            velocity = velocity.moved(VelocityCounter(1, amount))
            passed.append((now, amount))
    return passed


@given(tries, st.integers(0, 200), st.integers(0, 6 * DAY))
def test_no_24_hours_have_more_while_it_counts(
    history: list[tuple[int, int]], per_day: int, for_seconds: int
) -> None:
    lowered = Lowered(START + for_seconds, per_day)

    passed = let_through(history, lowered)

    for now, _ in passed:
        trailing = sum(amount for then, amount in passed if now - DAY < then <= now)
        assert trailing <= per_day or not lowered.binds(now)
    over = [(START + seconds, amount) for seconds, amount in history if not lowered.binds(START + seconds)]
    assert sorted(over) == [spend for spend in passed if not lowered.binds(spend[0])]


@given(st.lists(st.tuples(st.integers(0, DAY), st.integers(1, DAY), st.integers(0, 100)), min_size=1))
def test_lowered_several_times_it_ends_no_sooner_and_lets_no_more_leave(
    times: list[tuple[int, int, int]],
) -> None:
    """At each of these moments it is lowered, for so long and to so much."""
    there: list[Lowered] = []
    made = Lowered(0, 0)
    for seconds, for_seconds, per_day in sorted(times):
        made = made.and_lower(Lowered(seconds + for_seconds, per_day), seconds)
        there = [*(limit for limit in there if limit.binds(seconds)), Lowered(seconds + for_seconds, per_day)]

        assert made.until == max(limit.until for limit in there)
        assert made.per_day <= min(limit.per_day for limit in there)


# On the row ---------------------------------------------------------------------------------------


def lower(account_id: str, per_day: int, **time: float) -> Transaction:
    """The transaction that lowers what may leave for so long, decided on what is now."""
    transaction = Transaction()
    until = clock.now() + timedelta(**time)
    lowering.lower(transaction, ledger.accounts.find(account_id), until=until, per_day=per_day)
    return transaction


def spend(payer: str, amount: int, spending: Spend | None = None) -> None:
    prepared(payer, amount, spending).commit()


def prepared(payer: str, amount: int, spending: Spend | None = None) -> Transaction:
    """The transaction of a spend, decided on what is now."""
    transaction, made = Transaction(), journal({payer: -amount, SHOP: amount})
    ledger.post(transaction, made, read(made), made_by="cli_1", spending={payer}, spend=spending)
    return transaction


def test_what_was_spent_before_counts_and_so_do_holds(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 400)
    lower(payer, 1_000, hours=72).commit()
    held = hold(payer, 500, expires_at="2026-03-01T00:00:00.000000Z")
    release(held, HoldStatus.VOIDED).commit()

    with pytest.raises(LimitLowered) as refused:
        spend(payer, 101)
    assert refused.value.members["lowered_until"] == "2026-02-02T04:00:00.000000Z"
    assert "2026-02-02T04:00:00.000000Z" in refused.value.detail
    with pytest.raises(LimitLowered):
        hold(payer, 101, expires_at="2026-03-01T00:00:00.000000Z")
    spend(payer, 100)


def test_what_was_held_before_is_captured(time: Clock) -> None:
    payer, shop = wallet(10_000), settlement()
    held = hold(payer, 500, expires_at="2026-03-01T00:00:00.000000Z")
    lower(payer, 100, hours=72).commit()

    capture(held, {payer: -500, shop: 500}).commit()

    assert account(payer).balance == 9_500
    with pytest.raises(LimitLowered):
        spend(payer, 1)


def test_it_takes_money_in_and_ends_by_itself(time: Clock) -> None:
    payer = wallet(10_000)
    lower(payer, 0, hours=1).commit()
    with pytest.raises(LimitLowered):
        spend(payer, 1)
    post({payer: 50, "int_funding_CNY": -50}, kind="deposit")
    time.forward(minutes=59, seconds=59)
    with pytest.raises(LimitLowered):
        spend(payer, 1)
    assert lowering.now(account(payer)) == Lowered(int(time.moment.timestamp()) + 1, 0)

    time.forward(seconds=1)
    spend(payer, 10_050)

    assert lowering.now(account(payer)) is None


def test_lowered_again_it_ends_no_sooner_and_lets_no_more_leave(time: Clock) -> None:
    payer = wallet(10_000)
    lower(payer, 100, hours=72).commit()
    lower(payer, 1_000, hours=96).commit()
    lower(payer, 2_000, hours=1).commit()

    end = int((time.moment + timedelta(hours=96)).timestamp())
    assert account(payer).lowered == Lowered(end, 100)
    time.forward(hours=97)
    lower(payer, 1_000, hours=1).commit()
    assert lowering.now(account(payer)) == Lowered(int(time.moment.timestamp()) + 3_600, 1_000)


@pytest.mark.parametrize("before", [(), (400,)], ids=["first of its minute", "within its minute"])
@pytest.mark.parametrize("lowered_before", [False, True], ids=["not lowered", "lowered less"])
def test_a_spend_that_was_decided_before_it_was_lowered_decides_again(
    time: Clock, before: tuple[int, ...], lowered_before: bool
) -> None:
    payer = wallet(10_000)
    if lowered_before:
        lower(payer, 5_000, hours=72).commit()
    for amount in before:
        spend(payer, amount)
    late = prepared(payer, 600)
    lower(payer, 500, hours=72).commit()

    with pytest.raises(LimitLowered):
        late.commit()
    assert account(payer).balance == 10_000 - sum(before)


def test_a_hold_that_was_decided_before_it_was_lowered_decides_again(time: Clock) -> None:
    payer = wallet(10_000)
    transaction = Transaction()
    ledger.holds.place(
        transaction,
        hold_id="hld_1",
        account=account(payer),
        amount=600,
        payee_account_id="wal_other",
        expires_at="2026-03-01T00:00:00.000000Z",
        reference="r",
    )
    lower(payer, 500, hours=72).commit()

    with pytest.raises(LimitLowered):
        transaction.commit()


def test_a_spend_that_fits_is_only_decided_again(time: Clock) -> None:
    payer = wallet(10_000)
    late = prepared(payer, 600)
    lower(payer, 1_000, hours=72).commit()

    with pytest.raises(Stale):
        late.commit()
    spend(payer, 600)


def test_of_spends_decided_on_the_same_read_as_many_go_through_as_fit(time: Clock) -> None:
    payer = wallet(10_000)
    lower(payer, 1_000, hours=72).commit()
    spend(payer, 1)
    ready = [prepared(payer, 300) for _ in range(5)]

    passed = 0
    for each in ready:
        try:
            each.commit()
            passed += 1
        except LimitLowered:
            continue

    assert (passed, account(payer).balance) == (3, 10_000 - 901)


def test_of_two_that_lower_at_once_both_count(time: Clock) -> None:
    payer = wallet(10_000)
    first, second = lower(payer, 100, hours=1), lower(payer, 1_000, hours=72)
    first.commit()
    with pytest.raises(Stale):
        second.commit()

    lower(payer, 1_000, hours=72).commit()

    assert account(payer).lowered == Lowered(int(time.moment.timestamp()) + 72 * 3_600, 100)


def test_an_account_that_never_was_lowered_keeps_nothing_of_it(time: Clock) -> None:
    payer = wallet(10)
    spend(payer, 1)
    row = store.get(ledger.AccountRow, payer)
    assert row is not None

    assert not row.serialize().keys() & {"lu", "la"}
