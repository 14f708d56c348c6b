"""Statements: balances as of an instant, and pages without gaps or repetitions."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bank import clock, ledger
from bank.ledger import statements
from bank.ledger.tables import EntryRow
from tests.unit.bank.ledger.given import FEES, FUNDING, Books, Clock, own_entries, post, settlement, wallet

STEP = timedelta(microseconds=1)


def a_history(books: Books) -> tuple[str, str]:
    """A wallet's forty payments to a shop, refunds among them; three at each instant, settled now and then.

    Answers the wallet and the shop.
    """
    payer, shop = wallet(10_000), settlement()
    for number in range(40):
        if number % 3 == 0:
            books.time.forward(minutes=7)
        if number % 5 == 4:
            books.settle()
            post({shop: -number, payer: number}, "refund")
        else:
            post({payer: -10 * number - 1, shop: 10 * number, FEES: 1})
    books.time.forward(minutes=1)
    books.settle()
    return payer, shop


def replayed(account_id: str, instant: str) -> int:
    """The balance as its postings add up to it."""
    rows = EntryRow.query(f"{account_id}#p")
    return sum(int(row.amount) for row in rows if row.booked_at <= instant)


@pytest.mark.parametrize("which", [0, 1], ids=["wallet", "settlement"])
def test_the_balance_as_of_an_instant_is_what_was_booked_until_then(books: Books, which: int) -> None:
    account_id = a_history(books)[which]
    times = {row.booked_at for row in EntryRow.query(f"{account_id}#p")}
    assert len(times) > 5

    for moment in map(clock.parse, times):
        for instant in map(clock.instant, (moment - STEP, moment, moment + STEP)):
            assert statements.balance_as_of(ledger.accounts.find(account_id), instant) == replayed(
                account_id, instant
            )


def test_a_wallet_has_what_each_journal_booked_at_its_own_time(books: Books, time: Clock) -> None:
    account_id = wallet()
    expected = {clock.instant(time.moment - STEP): 0}
    balance = 0
    for amount in (500, -120, 30, -410):
        post({account_id: amount, FUNDING: -amount})
        balance += amount
        expected[clock.instant()] = balance
        time.forward(hours=9)
    books.settle()

    assert {
        instant: statements.balance_as_of(ledger.accounts.find(account_id), instant) for instant in expected
    } == expected


def test_before_anything_is_booked_the_balance_is_zero(books: Books) -> None:
    assert statements.balance_as_of(ledger.accounts.find(wallet()), clock.instant()) == 0


def newest_first(account_id: str) -> list[EntryRow]:
    """All that a statement of the account has."""
    if account_id.startswith("stl_"):
        return own_entries(account_id)[::-1]
    return list(EntryRow.query(f"{account_id}#p"))[::-1]


def paged(account_id: str, limit: int, *, since: str = "", until: str = "") -> Iterator[EntryRow]:
    """Page after page, until one is not full."""
    after: str | None = None
    account = ledger.accounts.find(account_id)
    while True:
        page = statements.entries(account, since=since, until=until, after=after, limit=limit)
        yield from page
        if len(page) < limit:
            return
        after = page[-1].entry_key


def keys(rows: Iterator[EntryRow] | list[EntryRow]) -> list[str]:
    return [row.entry_key for row in rows]


@pytest.mark.parametrize("limit", [1, 3, 7, 32, 33, 100])
@pytest.mark.parametrize("which", [0, 1], ids=["wallet", "settlement"])
def test_pages_of_any_size_show_every_entry_once_newest_first(books: Books, which: int, limit: int) -> None:
    account_id = a_history(books)[which]

    shown = keys(paged(account_id, limit))

    # The payment of nothing but a fee has no entry on the shop's account; the wallet has its deposit too.
    assert len(shown) == (41, 39)[which]
    assert shown == keys(newest_first(account_id)) == sorted(set(shown), reverse=True)


def test_the_entries_of_a_settlement_account_are_spread_over_its_shards(books: Books) -> None:
    _, shop = a_history(books)

    filled = Counter(row.account_shard for row in own_entries(shop))

    assert len(filled) >= 6
    assert max(filled.values()) <= 39 // 3


Bound = Callable[[list[EntryRow]], str]
BOUNDS: dict[str, Bound] = {
    "none": lambda rows: "",
    "the first": lambda rows: rows[-1].booked_at,
    "one within": lambda rows: rows[20].booked_at,
    "a later one": lambda rows: rows[5].booked_at,
    "just after it": lambda rows: clock.instant(clock.parse(rows[5].booked_at) + STEP),
    "the last": lambda rows: rows[0].booked_at,
    "after all": lambda rows: "2027-01-01T00:00:00.000000Z",
}


@pytest.mark.parametrize("which", [0, 1], ids=["wallet", "settlement"])
def test_any_window_shows_what_was_booked_from_its_start_and_before_its_end(books: Books, which: int) -> None:
    account_id = a_history(books)[which]
    rows = newest_first(account_id)

    for since in (bound(rows) for bound in BOUNDS.values()):
        for until in (bound(rows) for bound in BOUNDS.values()):
            within = [row for row in rows if since <= row.booked_at < (until or "~")]
            assert keys(paged(account_id, 5, since=since, until=until)) == keys(within)


def test_rows_of_a_change_are_the_same_each_time_and_none_where_nothing_moved(books: Books) -> None:
    payer, _ = a_history(books)
    before = sorted((row.account_shard, row.entry_key) for row in EntryRow.scan())

    everything = Books()
    everything.time = books.time
    everything.settle()

    assert sorted((row.account_shard, row.entry_key) for row in EntryRow.scan()) == before
    assert len(keys(paged(payer, 100))) == 41
