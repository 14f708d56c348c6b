"""The applier books each journal once, however the journals' stream deals them out."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from bank import ledger, store
from bank.ledger import Journal, applier
from tests.unit.bank.ledger.given import (
    FEES,
    FUNDING,
    NOON,
    Books,
    Clock,
    a_ledger,
    account,
    journal,
    own_entries,
    postings,
    settlement,
    wallet,
)

EIGHT = range(8)


def payments(shops: tuple[str, str]) -> list[Journal]:
    """Eight payments to two shops, each but one with a fee; what a wallet pays was booked with them."""
    return [
        journal({"wal_payer": -100 * n, shops[n % 2]: 100 * n - (n - 1), FEES: n - 1}) for n in range(1, 9)
    ]


def booked(account_id: str) -> dict[str, Any]:
    """What is stored of an account that does not depend on how its journals were dealt out."""
    steps = postings(account_id)
    for part in {step.part for step in steps}:
        chain = [step for step in steps if step.part == part]
        assert [int(step.seq) for step in chain] == list(range(1, len(chain) + 1))
        assert [int(step.balance_after) - int(step.amount) for step in chain] == [
            0,
            *(int(step.balance_after) for step in chain[:-1]),
        ]
    lines = [tuple(line) for step in steps for line in step.lines or []]
    return {
        "balance": (account(account_id).balance, account(account_id).available),
        "steps": account(account_id).version - len(steps),
        "entries": Counter((row.journal_id, int(row.amount)) for row in own_entries(account_id)),
        "lines": Counter(lines),
        "sum": sum(int(step.amount) for step in steps),
        "journals": sum(int(step.journal_count) for step in steps),
    }


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[int]]:
    """Every journal at least once, in any order, in any batches."""
    again = draw(st.lists(st.sampled_from(EIGHT), max_size=6))
    order = draw(st.permutations([*EIGHT, *again]))
    cuts = sorted({0, len(order), *draw(st.lists(st.integers(1, len(order)), max_size=6))})
    return [order[start:end] for start, end in pairwise(cuts)]


@settings(max_examples=30)
@given_any(batches=deliveries())
def test_any_repetition_order_and_batches_book_the_same(batches: list[list[int]]) -> None:
    with a_ledger() as books:
        shops = settlement(), settlement()
        journals = payments(shops)

        counts = [applier.apply(journals[which] for which in batch) for batch in batches]
        books.settle()

        assert sum(counts) == 8
        for shop in shops:
            legs = {each.journal_id: leg.amount for each in journals for leg in each.legs[1:2]}
            own = {
                each.journal_id: legs[each.journal_id] for each in journals if each.legs[1].account_id == shop
            }
            total = sum(own.values())
            assert booked(shop) == {
                "balance": (total, total),
                "steps": 0,
                "entries": Counter(own.items()),
                "lines": Counter(),
                "sum": total,
                "journals": 4,
            }
        fees = [(each.journal_id, each.legs[2].amount) for each in journals[1:]]
        assert booked(FEES) == {
            "balance": (28, 28),
            "steps": 0,
            "entries": Counter(),
            "lines": Counter(fees),
            "sum": 28,
            "journals": 7,
        }


def test_a_batch_in_which_some_are_applied_already_books_the_rest(books: Books) -> None:
    shops = settlement(), settlement()
    journals = payments(shops)
    assert applier.apply(journals[2:5]) == 3

    assert applier.apply(journals) == 5
    assert applier.apply(journals) == 0

    assert [account(shop).balance for shop in shops] == [2_000 - 16, 1_600 - 12]
    assert account(FEES).balance == 28
    assert applier.applied(journals) == {each.journal_id for each in journals}


def test_only_what_has_been_applied_is_said_to_be(books: Books) -> None:
    journals = payments((settlement(), settlement()))
    applier.apply(journals[:2])

    assert applier.applied(journals) == {each.journal_id for each in journals[:2]}


def test_what_another_applier_books_meanwhile_is_neither_lost_nor_repeated(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    shops = settlement(), settlement()
    journals = payments(shops)
    commit = store.Transaction.commit

    def interrupted(transaction: store.Transaction, **options: bool) -> None:
        monkeypatch.setattr(store.Transaction, "commit", commit)
        applier.apply(journals[3:6])
        transaction.commit(**options)

    monkeypatch.setattr(store.Transaction, "commit", interrupted)

    # Decided on five journals, of which two are booked, and on balances that have moved by a third.
    assert applier.apply(journals[:5]) == 3
    books.settle()

    assert [account(shop).balance for shop in shops] == [200 + 400 + 600 - 9, 100 + 300 + 500 - 6]
    assert account(FEES).balance == 15
    assert sum(booked(shop)["journals"] for shop in shops) == 6


@pytest.mark.parametrize(
    ("fee", "runs"),
    [
        # As many as a posting lists...
        (0, [50, 50, 20]),
        # ...or as fit a transaction with a mark and an entry each: 2 * 2 + 2 * 48 = 100 operations.
        (1, [48, 48, 24]),
    ],
)
def test_more_journals_than_fit_one_transaction_are_booked_in_several(
    books: Books, fee: int, runs: list[int]
) -> None:
    shop = settlement()
    # The mark is on the fees account, where it is an entry besides the shop's own.
    journals = [journal({"wal_payer": -10, FEES: fee, shop: 10 - fee}) for _ in range(120)]

    assert applier.apply(journals) == 120
    books.settle()

    assert [int(step.journal_count) for step in postings(shop)] == runs
    assert booked(shop)["balance"] == (120 * (10 - fee), 120 * (10 - fee))
    assert len(own_entries(shop)) == 120


def test_a_journal_with_as_many_legs_as_there_can_be_is_booked_at_once(books: Books) -> None:
    shops = [settlement() for _ in range(39)]

    assert applier.apply([journal({FUNDING: -39, **dict.fromkeys(shops, 1)})] * 2) == 1

    assert [account(shop).balance for shop in shops] == [1] * 39
    assert account(FUNDING).balance == -39


def test_an_account_of_the_bank_is_opened_by_its_first_posting(books: Books, time: Clock) -> None:
    with pytest.raises(ledger.AccountNotFound):
        account(FUNDING)
    deposit = journal({wallet(): 500, FUNDING: -500}, "deposit")

    applier.apply([deposit])

    opened = account(FUNDING)
    assert (opened.kind, opened.owner_id, opened.currency) == (ledger.Kind.INTERNAL, "bank", "CNY")
    assert (opened.balance, opened.available, opened.version) == (-500, -500, 1)
    [step] = postings(FUNDING)
    assert (step.lines, int(step.balance_after), step.booked_at) == (
        [[deposit.journal_id, -500]],
        -500,
        deposit.booked_at,
    )


def test_a_journal_of_wallets_alone_is_not_the_appliers(books: Books) -> None:
    assert applier.apply([journal({wallet(): -5, wallet(): 5})]) == 0


def test_booking_times_never_go_back_whatever_the_appliers_clock_says(books: Books, time: Clock) -> None:
    shop = settlement()
    late = time.forward(seconds=2)
    applier.apply([journal({"wal_payer": -10, shop: 10})])
    books.settle()
    time.moment = NOON

    applier.apply([journal({"wal_payer": -10, shop: 10})])
    books.settle()

    assert [step.booked_at for step in postings(shop)] == [late, late]
    assert account(shop).booked_at == late
