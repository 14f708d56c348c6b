"""Holds end exactly once, whichever end comes first, and no money is lost in between."""

from collections.abc import Callable

import pytest

from bank import clock, errors, ledger, store
from bank.ledger import Hold, HoldEnded, HoldStatus, Limits, holds
from bank.ledger.tables import HoldRow
from bank.store import Transaction
from tests.unit.bank.ledger.given import (
    Clock,
    account,
    as_stored,
    capture,
    change_status,
    hold,
    journal,
    open_holds,
    post,
    read,
    release,
    settlement,
    wallet,
)

End = Callable[[Hold, str], Transaction]

ENDS: dict[HoldStatus, End] = {
    HoldStatus.CAPTURED: lambda held, shop: capture(held, {held.account_id: -120, shop: 120}),
    HoldStatus.VOIDED: lambda held, shop: release(held, HoldStatus.VOIDED),
    HoldStatus.EXPIRED: lambda held, shop: release(held, HoldStatus.EXPIRED),
}


@pytest.mark.parametrize("second", ENDS)
@pytest.mark.parametrize("first", ENDS)
def test_of_two_ends_decided_on_the_same_hold_the_first_to_commit_is_its_only_one(
    time: Clock, first: HoldStatus, second: HoldStatus
) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, expires_at=time.forward(minutes=10))
    # Each is decided at its own time: before the hold's time is over, or at it.
    transactions = {}
    for place, end in (("first", first), ("second", second)):
        time.forward(minutes=0 if end is HoldStatus.EXPIRED else -1)
        transactions[place] = ENDS[end](held, shop)
        time.forward(minutes=0 if end is HoldStatus.EXPIRED else 1)

    transactions["first"].commit()
    after = account(payer)
    with pytest.raises(HoldEnded) as refused:
        transactions["second"].commit()

    captured = 120 if first is HoldStatus.CAPTURED else 0
    ended = as_stored(held.hold_id)
    assert refused.value.hold == ended
    assert (ended.status, ended.captured, ended.returned) == (first, captured, 300 - captured)
    assert account(payer) == after
    assert (after.balance, after.held, after.available) == (1_000 - captured, 0, 1_000 - captured)


def test_a_hold_lowers_what_is_available_and_not_the_balance(time: Clock) -> None:
    payer = wallet(1_000)

    hold(payer, 300, expires_at=time.forward(minutes=10))

    held = account(payer)
    assert (held.balance, held.held, held.available, held.version) == (1_000, 300, 700, 1)
    with pytest.raises(ledger.InsufficientFunds):
        hold(payer, 701, expires_at=time.forward(minutes=10))
    with pytest.raises(ledger.InsufficientFunds):
        post({payer: -701, settlement(): 701})


@pytest.mark.parametrize("late_by", [0, 1])
def test_a_capture_at_or_after_the_holds_time_is_refused(time: Clock, late_by: int) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, expires_at=time.forward(minutes=10))
    time.forward(seconds=late_by)

    with pytest.raises(HoldEnded) as refused:
        capture(held, {payer: -300, shop: 300}).commit()

    assert refused.value.hold == as_stored(held.hold_id) == held
    assert account(payer).available == 700


def test_a_capture_up_to_the_holds_time_is_booked_also_from_a_frozen_wallet(time: Clock) -> None:
    payer, shop = wallet(300), settlement()
    held = hold(payer, 300, expires_at=time.forward(minutes=10))
    change_status(payer, ledger.Status.FROZEN)
    time.forward(microseconds=-1)

    capture(held, {payer: -300, shop: 300}).commit()

    assert account(payer).balance == 0
    assert as_stored(held.hold_id).captured == 300


def test_a_hold_does_not_expire_before_its_time(time: Clock) -> None:
    payer = wallet(1_000)
    held = hold(payer, 300, expires_at=time.forward(minutes=10))
    time.forward(microseconds=-1)

    with pytest.raises(HoldEnded):
        release(held, HoldStatus.EXPIRED).commit()

    assert as_stored(held.hold_id) == held
    release(held, HoldStatus.VOIDED).commit()
    assert account(payer).available == 1_000


def test_no_more_is_captured_than_is_held(time: Clock) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, expires_at=time.forward(minutes=10))

    with pytest.raises(ValueError, match="cannot end"):
        capture(held, {payer: -301, shop: 301})


def test_a_hold_is_placed_once_for_all_deliveries(time: Clock) -> None:
    payer = wallet(1_000)
    later = time.forward(minutes=10)
    hold(payer, 300, expires_at=later, hold_id="hld_once")

    with pytest.raises(store.AlreadyExists):
        hold(payer, 300, expires_at=later, hold_id="hld_once")

    assert account(payer).held == 300


@pytest.mark.parametrize(
    ("days", "left"),
    [
        (0, (1_000 - 120 - 10, 1_500 - 120 - 10, 2_000 - 120 - 10)),
        (1, (1_000 - 10, 1_500 - 120 - 10, 2_000 - 120 - 10)),
        (3, (1_000 - 10, 1_500 - 10, 2_000 - 120 - 10)),
        (365, (1_000 - 10, 1_500 - 10, 2_000 - 10)),
    ],
)
def test_what_returns_counts_again_for_the_day_month_and_year_it_was_taken_from(
    time: Clock, days: int, left: tuple[int, int, int]
) -> None:
    payer, shop = wallet(5_000, Limits(per_day=1_000, per_month=1_500, per_year=2_000)), settlement()
    held = hold(payer, 900, expires_at="2027-03-01T00:00:00.000000Z")
    today = clock.business_date(clock.parse(time.forward(days=days))).isoformat()
    post({payer: -10, shop: 10}, spending=frozenset({payer}))

    capture(held, {payer: -120, shop: 120}).commit()

    assert account(payer).remaining_limits(today) == left


def test_the_holds_that_are_due_are_those_over_time_that_have_not_ended(time: Clock) -> None:
    payer, start = wallet(10_000), time.moment
    placed = []
    for minutes in range(20):
        time.moment = start
        placed.append(hold(payer, 10, expires_at=time.forward(minutes=minutes)))
    release(placed[3], HoldStatus.VOIDED).commit()
    release(placed[4], HoldStatus.EXPIRED).commit()

    at = placed[11].expires_at

    expected = {held.hold_id for held in placed[:12]} - {placed[3].hold_id, placed[4].hold_id}
    assert open_holds(at) == expected
    assert {row.hold_id for row in HoldRow.scan() if row.to_domain().due(at)} == expected


def altered(hold_id: str, **facts: object) -> Hold:
    """The hold as somebody wrote it past the functions who left its digest as it was."""
    row = store.get(HoldRow, hold_id)
    assert row is not None
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    return as_stored(hold_id)


def test_a_hold_is_captured_for_whom_it_was_placed_and_for_nobody_else(time: Clock) -> None:
    payer, shop, thief = wallet(1_000), settlement(), wallet(0)
    held = hold(payer, 300, payee=shop, expires_at=time.forward(minutes=10))
    time.forward(minutes=-1)

    for amounts in (
        {payer: -300, thief: 300},
        {payer: -300, shop: 200, thief: 100},
        {thief: -300, shop: 300},
    ):
        with pytest.raises(errors.Altered):
            capture(held, amounts)

    capture(held, {payer: -300, shop: 297, ledger.internal("fees", "CNY"): 3}).commit()
    assert as_stored(held.hold_id).status is HoldStatus.CAPTURED


def test_a_whole_hold_is_released_whole(time: Clock) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, payee=shop, expires_at=time.forward(minutes=10))
    made = journal({payer: -299, shop: 299}, "transfer")

    with pytest.raises(errors.Altered):
        holds.capture(Transaction(), held, made, read(made), made_by="cas_1")


@pytest.mark.parametrize(
    "what", [{"amount": 301}, {"payee_account_id": "wal_thief"}, {"payee_account_id": None}]
)
def test_a_hold_that_is_not_as_it_was_placed_is_captured_by_nobody(
    time: Clock, what: dict[str, object]
) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, payee=shop, expires_at=time.forward(minutes=10))
    time.forward(minutes=-1)

    with pytest.raises(errors.Altered):
        capture(altered(held.hold_id, **what), {payer: -300, shop: 300})


def test_a_hold_of_before_that_names_no_payee_is_captured_as_it_was(time: Clock) -> None:
    payer, shop = wallet(1_000), settlement()
    held = hold(payer, 300, expires_at=time.forward(minutes=10))
    time.forward(minutes=-1)

    capture(held, {payer: -300, shop: 300}).commit()

    assert as_stored(held.hold_id).captured == 300
