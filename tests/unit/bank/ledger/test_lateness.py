"""What the streams' consumers have not written yet is late; what contradicts is corrupt, late or not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from bank import clock, ledger, store
from bank.ledger import AccountRow, lateness, verification
from bank.ledger.lateness import Standing, Tail, contradicted
from bank.ledger.tables import EntryRow
from bank.ledger.verification import run as running
from tests.unit.bank.ledger.given import (
    FEES,
    NOON,
    Books,
    own_entries,
    post,
    postings,
    settlement,
    wallet,
)

PAYMENT = ledger.journal(
    "jrn_1",
    kind="payment",
    reference="pay_1",
    currency="CNY",
    amounts={"wal_1": -100, "stl_1": 90, FEES: 10},
    booked_at="2026-01-30T04:00:00.000000Z",
)
DEFERRED = {"stl_1": 90, FEES: 10}


# The rules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=-1), Standing.ON_ITS_WAY),
        (timedelta(seconds=60), Standing.ON_ITS_WAY),
        (timedelta(seconds=61), Standing.LATE),
        (timedelta(hours=24), Standing.LATE),
        (timedelta(hours=24, seconds=1), Standing.LOST),
    ],
)
def test_what_is_missing_is_late_for_a_day_and_then_lost(age: timedelta, expected: Standing) -> None:
    assert lateness.standing(clock.instant(NOON - age), NOON) is expected


def test_a_journal_none_of_whose_legs_are_booked_waits_for_the_applier() -> None:
    assert contradicted(PAYMENT, DEFERRED, marked=False, behind=set()) == set()


def test_a_leg_of_a_journal_that_is_marked_contradicts_the_mark() -> None:
    assert contradicted(PAYMENT, {FEES: 10}, marked=True, behind={FEES}) == {FEES}


@for_all(st.dictionaries(st.sampled_from(["wal_1", "stl_1", FEES]), st.just(0)), st.booleans(), st.booleans())
def test_a_leg_contradicts_unless_all_that_is_booked_with_it_is_missing(
    chosen: dict[str, int], marked: bool, late: bool
) -> None:
    unmet = {leg.account_id: leg.amount for leg in PAYMENT.legs if leg.account_id in chosen}

    wrong = contradicted(PAYMENT, unmet, marked=marked, behind={"wal_1"} if late else ())

    assert ("wal_1" in wrong) == ("wal_1" in unmet and not late)
    waits = unmet.keys() >= DEFERRED.keys() and not marked
    assert wrong - {"wal_1"} == (set() if waits else unmet.keys() - {"wal_1"})


def test_a_leg_of_which_something_was_booked_waits_for_nobody() -> None:
    assert contradicted(PAYMENT, DEFERRED | {FEES: 4}, marked=False, behind=()) == {"stl_1", FEES}


@for_all(st.lists(st.integers(-500, 500)), st.integers(-2, 2), st.integers(-1, 1))
def test_a_tail_is_what_its_legs_add_up_to(amounts: list[int], more: int, steps: int) -> None:
    tail = Tail(len(amounts) + steps, sum(amounts) + more)

    assert tail.follows(amounts, single=False) == (more == 0)
    assert tail.follows(amounts, single=True) == (more == steps == 0)


# A consumer that is behind ---------------------------------------------------------------------------------


def a_busy_ledger(books: Books) -> tuple[str, str]:
    """Payments booked some at once, refunds and a transfer, on accounts on which all arrived before."""
    payer, shop = wallet(10_000), settlement()
    pay(books, payer, shop)
    books.settle()
    return payer, shop


def pay(books: Books, payer: str, shop: str) -> None:
    for number in range(4):
        books.time.forward(seconds=1)
        post({payer: -100 - number, shop: 90 + number, FEES: 10}, "payment")
    post({payer: -30, wallet(): 30}, "transfer")


def refund(payer: str, shop: str) -> None:
    post({shop: -20, payer: 20}, "refund")


def neither(books: Books) -> None:
    """Nobody is at work."""


BEHIND: dict[str, Callable[[Books], None]] = {
    "the applier": Books.state,
    "the statements": Books.apply,
    "both": neither,
}


@pytest.mark.parametrize("consumers", BEHIND)
@pytest.mark.parametrize("age", [timedelta(seconds=61), timedelta(hours=1), timedelta(hours=23)])
def test_a_consumer_that_is_behind_leaves_nothing_but_what_is_late(
    books: Books, consumers: str, age: timedelta
) -> None:
    payer, shop = a_busy_ledger(books)
    refund(payer, shop)
    first = books.time.moment
    pay(books, payer, shop)
    BEHIND[consumers](books)
    books.time.forward(seconds=age.total_seconds())

    report = verification.verify()

    assert (report["differences"], report["zero_sum"]) == ([], True)
    assert report["late_count"] == expected_late(consumers)
    assert clock.instant(first) <= report["late_since"] <= clock.instant(books.time.moment - age)
    books.settle()
    report = verification.verify()
    assert (report["differences"], report["late_count"], report["zero_sum"]) == ([], 0, True)


def expected_late(consumers: str) -> int:
    """Four journals of two deferred legs; steps: five of the payer's and its refund, one of each other's."""
    legs, steps_of_wallets, refunds, steps_applied = 8, 7, 1, 1
    return {
        "the applier": legs,
        "the statements": steps_of_wallets + refunds + steps_applied,
        "both": legs + steps_of_wallets + refunds,
    }[consumers]


@pytest.mark.parametrize("consumers", BEHIND)
def test_after_a_day_it_is_lost_and_differs(books: Books, consumers: str) -> None:
    payer, shop = a_busy_ledger(books)
    pay(books, payer, shop)
    BEHIND[consumers](books)
    books.time.forward(hours=24, minutes=1)

    report = verification.verify()

    assert {each["standing"] for each in report["differences"]} == {"lost"}
    assert report["late_count"] == 0


def test_within_a_minute_it_is_not_even_late(books: Books) -> None:
    payer, shop = a_busy_ledger(books)
    books.time.forward(minutes=5)
    post({payer: -100, shop: 100})

    books.time.forward(seconds=60)
    assert verification.verify()["late_count"] == 0
    books.time.forward(seconds=1)
    # The leg on the shop, and the payer's posting.
    assert verification.verify()["late_count"] == 2


@pytest.mark.parametrize("consumers", BEHIND)
@pytest.mark.parametrize("before", range(5))
def test_what_is_written_while_the_verification_reads_is_no_difference(
    books: Books, monkeypatch: pytest.MonkeyPatch, consumers: str, before: int
) -> None:
    """An hour's backlog arrives in the middle: some accounts were read before it, and some after."""
    payer, shop = a_busy_ledger(books)
    refund(payer, shop)
    pay(books, payer, shop)
    books.time.forward(hours=1)
    count, verify_account = 0, verification.verify_account

    def verified(run: running.Run, row: AccountRow) -> None:
        nonlocal count
        if count == before:
            (Books.settle if consumers == "both" else BEHIND[consumers])(books)
        count += 1
        verify_account(run, row)

    monkeypatch.setattr(verification, "verify_account", verified)

    report = verification.verify()

    assert count > before
    assert (report["differences"], report["zero_sum"]) == ([], True)


# What contradicts, while all is late -----------------------------------------------------------------------


def _row(account_id: str) -> AccountRow:
    row = store.get(AccountRow, account_id)
    assert row is not None
    return row


def _more(row: AccountRow | EntryRow, *names: str, by: int = 1) -> None:
    for name in names:
        setattr(row, name, getattr(row, name) + by)
    row.save()


def _of_fees() -> EntryRow:
    """A step of the bank's fees."""
    return postings(FEES)[0]


ALTERED: dict[str, Callable[[str, str], Any]] = {
    "a posting's amount": lambda payer, _: _more(postings(payer)[1], "amount"),
    "a posting's balance": lambda payer, _: _more(postings(payer)[-1], "balance_after"),
    "a posting in the middle removed": lambda payer, _: postings(payer)[1].delete(),
    "a balance whose last posting is missing": lambda payer, _: _more(_row(payer), "balance", "available"),
    "a step that no journal made": lambda payer, _: _more(_row(payer), "version"),
    "a shop's balance": lambda _, shop: _more(_row(shop), "balance", "available"),
    "an entry's amount": lambda _, shop: _more(own_entries(shop)[0], "amount"),
    "an entry of a step to come": lambda _, shop: _more(own_entries(shop)[0], "seq", by=99),
    "a mark removed": lambda _, shop: own_entries(shop)[0].delete(),
    "a posting of the bank's own removed": lambda _, __: _of_fees().delete(),
    "a shop removed": lambda _, shop: _row(shop).delete(),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_is_corrupt_whatever_else_is_late(books: Books, what: str) -> None:
    payer, shop = a_busy_ledger(books)
    pay(books, payer, shop)
    books.time.forward(hours=1)
    ALTERED[what](payer, shop)

    report = verification.verify()

    assert report["late_count"] > 0
    assert {each["standing"] for each in report["differences"]} == {"corrupt"}
