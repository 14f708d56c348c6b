"""Accounts whose balance several rows keep: they grow, pay from their parts, and read as one account."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from bank import clock, ledger, store
from bank.access.principal import Kind, Principal
from bank.ledger import AccountRow, applier, growing, parts, rows, statements, verification
from bank.ledger.tables import ENTRY_SHARDS, EntryRow, JournalRow
from bank.store import Stale, Transaction, recent
from bench.meter import Meter
from tests.unit.bank.ledger import given
from tests.unit.bank.ledger.given import FEES, FUNDING, Books, journal, own_entries, post, settlement, wallet

# As many parts as there can be; most tests have few.
ALL = parts.MOST
CALLER = Principal("cli_1", frozenset(), Kind.CHANNEL)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three credits in a minute are many here."""
    monkeypatch.setattr(parts, "PER_MINUTE", 2)
    monkeypatch.setattr(parts, "MOST", 4)


def pay_in(shop: str, amounts: list[int]) -> None:
    """Book credits one by one, each a chunk of its own."""
    for amount in amounts:
        applier.apply([journal({"wal_payer": -amount, shop: amount})])


def grown(amounts: list[int]) -> str:
    """A settlement account of four parts with these credits on them."""
    shop = settlement()
    into_parts(shop)
    pay_in(shop, list(amounts))
    return shop


def into_parts(shop: str, count: int = 4) -> None:
    """Give an account so many parts."""
    growing.grow(shop)
    row, transaction = ledger.accounts.find(shop), Transaction()
    transaction.update(
        (AccountRow, shop), [AccountRow.parts.set(count)], AccountRow.account_id.exists(), store.stale
    )
    for number in range(1, count):
        transaction.create(growing.further(row, number))
    transaction.commit()


def balances(shop: str) -> list[int]:
    """What stands on each of its rows."""
    row = ledger.accounts.find(shop)
    return [int(each.balance) for each in (row, *(row.further or ()))]


# Pure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("credits", "count"), [(0, 1), (2, 1), (3, 2), (4, 2), (5, 4), (1_000, 4)])
def test_an_account_gets_as_many_parts_as_its_minute_asks_for(credits: int, count: int) -> None:
    assert parts.wanted(credits) == count


@given_any(number=st.integers(0, 99))
def test_the_id_of_a_row_tells_its_account_its_number_and_its_kind(number: int) -> None:
    row_id = parts.row_id("int_fees_CNY", number)

    assert (parts.account_of(row_id), parts.number_of(row_id)) == ("int_fees_CNY", number)
    assert parts.is_further(row_id) == bool(number)
    assert ledger.kind_of(row_id) is ledger.Kind.INTERNAL


def test_no_journal_names_a_part() -> None:
    with pytest.raises(ValueError, match="part"):
        journal({"wal_1": -1, "stl_1~2": 1})


# Growing ---------------------------------------------------------------------------------------------


def test_an_account_that_takes_in_much_grows_and_never_shrinks(books: Books) -> None:
    shop = settlement()
    counts = []
    for amount in range(1, 8):
        pay_in(shop, [amount])
        counts.append(ledger.accounts.find(shop).row_count)
    books.settle()
    books.time.forward(minutes=5)
    pay_in(shop, [100])
    books.settle()

    assert (counts[:3], counts[-1]) == ([1, 1, 2], 4)
    assert counts == sorted(counts)
    assert ledger.accounts.find(shop).row_count == 4
    assert given.account(shop).balance == sum(range(1, 8)) + 100
    assert sum(1 for balance in balances(shop) if balance) > 1


def test_an_ordinary_account_has_one_row(books: Books) -> None:
    shop = settlement()
    for _ in range(6):
        pay_in(shop, [10])
        books.time.forward(seconds=31)

    row = ledger.accounts.find(shop)
    assert (row.row_count, row.parts, row.part) == (1, None, None)


@pytest.mark.parametrize("change", ["frozen", "grown"])
def test_what_changes_while_an_account_grows_makes_it_wait(books: Books, change: str) -> None:
    shop = settlement()
    pay_in(shop, [1, 1])
    commit = Transaction.commit
    with pytest.MonkeyPatch.context() as patch:

        def interrupted(transaction: Transaction, **options: bool) -> None:
            patch.setattr(Transaction, "commit", commit)
            if change == "frozen":
                given.change_status(shop, ledger.Status.FROZEN)
            else:
                growing.grow(shop)
            transaction.commit(**options)

        patch.setattr(parts, "PER_MINUTE", 1)
        patch.setattr(Transaction, "commit", interrupted)
        growing.grow(shop)

    row = ledger.accounts.find(shop)
    assert row.row_count == (1 if change == "frozen" else 2)
    assert {each.status for each in (row, *(row.further or ()))} == {row.status}


def test_new_parts_of_a_frozen_account_are_frozen(books: Books) -> None:
    shop = settlement()
    pay_in(shop, [5, 5])
    given.change_status(shop, ledger.Status.FROZEN)
    pay_in(shop, [5, 5])

    row = ledger.accounts.find(shop)
    assert row.row_count == 2
    assert [(each.status, each.freezes) for each in row.further or ()] == [("frozen", {"channel": ""})]


def test_an_account_that_grows_meanwhile_is_not_frozen_in_part(books: Books) -> None:
    shop = settlement()
    pay_in(shop, [5, 5])
    row, transaction = ledger.accounts.find(shop), Transaction()
    ledger.accounts.set_freezes(transaction, row, {"channel": ""}, reason="why")
    pay_in(shop, [5])

    with pytest.raises(Stale):
        transaction.commit()


@pytest.mark.parametrize("status", [ledger.Status.FROZEN, ledger.Status.CLOSED])
def test_all_parts_are_frozen_and_closed_together(books: Books, status: ledger.Status) -> None:
    shop = grown([])
    given.change_status(shop, status)

    row = ledger.accounts.find(shop)
    assert [each.status for each in (row, *(row.further or ()))] == [status.value] * 4


def test_an_account_with_money_on_one_of_its_parts_is_not_closed(books: Books) -> None:
    shop = grown([7])

    with pytest.raises(ledger.accounts.NotAtZero):
        given.change_status(shop, ledger.Status.CLOSED)


# Paying ----------------------------------------------------------------------------------------------


def test_a_debit_takes_from_as_many_parts_as_it_needs_and_has_one_entry(books: Books) -> None:
    shop, payer = grown([100, 90, 80, 70, 60, 50]), wallet()
    whole = sum(balances(shop))

    refund = post({shop: 1 - whole, payer: whole - 1}, "refund")
    books.settle()

    assert sum(balances(shop)) == 1
    assert min(balances(shop)) >= 0
    (entry,) = [row for row in own_entries(shop) if row.journal_id == refund.journal_id]
    assert (int(entry.amount), int(entry.seq)) == (1 - whole, 0)


def test_as_many_parts_as_there_can_be_fit_one_transaction(books: Books) -> None:
    shop, payer = settlement(), wallet()
    into_parts(shop, ALL)
    for journal_number in range(20 * ALL):
        if all(balances(shop)):
            break
        pay_in(shop, [1 + journal_number % 3])
    held = balances(shop)
    assert len(held) == ALL
    assert all(held)

    post({shop: -sum(held), payer: sum(held)}, "refund")
    given.change_status(shop, ledger.Status.FROZEN)

    row = ledger.accounts.find(shop)
    assert balances(shop) == [0] * ALL
    assert [each.status for each in (row, *(row.further or ()))] == [ledger.Status.FROZEN.value] * ALL


def test_more_than_all_parts_have_is_refused(books: Books) -> None:
    shop, payer = grown([10, 20, 30]), wallet()

    with pytest.raises(ledger.InsufficientFunds):
        post({shop: -61, payer: 61}, "refund")
    assert sum(balances(shop)) == 60


@pytest.mark.parametrize("status", [ledger.Status.FROZEN, ledger.Status.CLOSED])
def test_a_frozen_or_closed_account_pays_from_no_part_whenever_it_became_so(
    books: Books, status: ledger.Status
) -> None:
    shop, payer = grown([10, 20, 30]), wallet()
    made = journal({shop: -50, payer: 50}, "refund")
    transaction, read = Transaction(), given.read(made)
    ledger.post(transaction, made, read, made_by="cli_1")
    refused = {ledger.Status.FROZEN: ledger.AccountFrozen, ledger.Status.CLOSED: ledger.AccountClosed}[status]
    if status is ledger.Status.CLOSED:
        post({shop: -60, payer: 60}, "refund")
    given.change_status(shop, status)

    with pytest.raises(refused) as raised:
        transaction.commit()
    assert "~" not in str(raised.value)


def test_what_others_took_meanwhile_makes_a_debit_decide_again(books: Books) -> None:
    shop, payer = grown([40, 40, 40, 40]), wallet()
    made = journal({shop: -150, payer: 150}, "refund")
    transaction = Transaction()
    ledger.post(transaction, made, given.read(made), made_by="cli_1")
    post({shop: -20, payer: 20}, "refund")

    with pytest.raises(Stale):
        transaction.commit()
    assert sum(balances(shop)) == 140


def test_debits_of_little_are_spread_over_the_parts(books: Books) -> None:
    shop, payer = grown([1_000] * 24), wallet()
    before = balances(shop)
    assert min(before) > 0

    for _ in range(24):
        post({shop: -1, payer: 1}, "refund")

    assert all(now < then for now, then in zip(balances(shop), before, strict=True))


# Reading ---------------------------------------------------------------------------------------------


def test_an_account_of_parts_reads_as_one(books: Books) -> None:
    shop = grown([100, 90, 80, 70])

    account = given.account(shop)

    assert (account.account_id, account.balance, account.available) == (shop, 340, 340)
    assert account.velocity.counters(int(books.time().timestamp()))["1h"].count == 4
    assert account.velocity.counters(int(books.time().timestamp()))["1h"].sum == 340
    assert [row.account_id for row in ledger.accounts.all_of("cus_1")] == [shop]


def test_velocity_of_parts_is_that_of_one_row_that_had_counted_all(books: Books) -> None:
    one, many = settlement(), grown([])
    for number in range(12):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "MOST", 1)
            pay_in(one, [number + 1])
        pay_in(many, [number + 1])
        books.time.forward(minutes=17 * number)
    seconds = int(books.time().timestamp())

    assert given.account(many).velocity.counters(seconds) == given.account(one).velocity.counters(seconds)


def test_the_balance_of_parts_as_of_an_instant_is_what_was_booked_until_then(books: Books) -> None:
    shop, payer = grown([]), wallet()
    expected, balance = {}, 0
    for number in range(1, 13):
        pay_in(shop, [100 * number])
        balance += 100 * number
        if number % 4 == 0:
            taken = balance * 3 // 4
            post({shop: -taken, payer: taken}, "refund")
            balance -= taken
        expected[clock.instant()] = balance
        books.time.forward(minutes=3)
    books.settle()
    row = ledger.accounts.find(shop)

    assert {instant: statements.balance_as_of(row, instant) for instant in expected} == expected


def test_a_line_of_a_statement_tells_no_balance_once_there_are_parts(books: Books) -> None:
    shop = settlement()
    for amount in (10, 20, 30, 40, 50):
        pay_in(shop, [amount])
        books.time.forward(seconds=1)
    books.settle()

    told = [(int(row.amount), row.part) for row in sorted(own_entries(shop), key=lambda row: row.booked_at)]
    assert [amount for amount, _ in told] == [10, 20, 30, 40, 50]
    assert [part for _, part in told[:3]] == [None] * 3
    assert None not in [part for _, part in told[3:]]


def test_the_statement_of_an_account_of_the_bank_has_every_step_once(books: Books) -> None:
    shop = settlement()
    for _ in range(30):
        applier.apply([journal({"wal_payer": -10, shop: 9, FEES: 1})])
    steps = {(row.account_shard, row.entry_key) for row in EntryRow.scan() if "int_fees" in row.account_shard}

    shown, after = [], None
    while page := statements.entries(ledger.accounts.find(FEES), after=after, limit=7):
        shown += page
        after = page[-1].entry_key

    assert len({row.account_shard for row in shown}) > 4
    assert [row.entry_key for row in shown] == sorted({row.entry_key for row in shown}, reverse=True)
    assert {(row.account_shard, row.entry_key) for row in shown} == {key for key in steps if "#p" in key[0]}


def test_entries_of_wide_journals_are_spread_over_more_partitions_and_all_are_shown(books: Books) -> None:
    """Those of before the account grew stay where they are, and so does each journal's mark."""
    shop = grown([])
    narrow = [journal({"wal_payer": -1, shop: 1}) for _ in range(20)]
    wide = [journal({"wal_payer": -1, shop: 1}, wide=True) for _ in range(60)]
    for journals in (narrow, wide):
        assert applier.apply(journals) == len(journals)
    assert applier.apply([*wide, *narrow]) == 0

    account = ledger.accounts.find(shop)
    shown = {row.journal_id: row.account_shard for row in statements.entries(account, limit=100)}
    assert shown.keys() == {each.journal_id for each in (*narrow, *wide)}
    assert len({shown[each.journal_id] for each in narrow}) <= ENTRY_SHARDS
    assert len({shown[each.journal_id] for each in wide}) > 2 * ENTRY_SHARDS
    assert account.to_domain().balance == 80


def test_a_wide_journal_takes_from_no_settlement_account_and_is_kept_as_such(books: Books) -> None:
    """The entry of such a debit is written from the stream, which does not know the journal."""
    made = journal({"wal_payer": -1, settlement(): 1}, wide=True)
    row = JournalRow.of(made)

    assert row.to_domain() == made
    row.wide = None
    assert not row.intact()
    with pytest.raises(ValueError, match="wide"):
        journal({settlement(): -1, "wal_payer": 1}, "refund", wide=True)


def test_the_statement_of_an_account_of_one_row_asks_no_more_partitions(books: Books) -> None:
    with Meter() as meter:
        statements.entries(ledger.accounts.find(settlement()), limit=20)

    assert meter.usage.calls["Query"] == ENTRY_SHARDS


# Nobody names a part -----------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["a shop's", "the bank's"])
def test_a_part_is_no_account_to_anybody(books: Books, which: str) -> None:
    grown([1])
    wallet(5)
    for _ in range(20):
        applier.apply([journal({"wal_payer": -5, FUNDING: 5})])
    prefix = "stl_" if which == "a shop's" else "int_"
    row = next(
        row for row in AccountRow.scan() if "~" in row.account_id and row.account_id.startswith(prefix)
    )

    with pytest.raises(ledger.AccountNotFound):
        ledger.accounts.find(row.account_id)
    with pytest.raises(ledger.AccountNotFound):
        ledger.accounts.named(row.account_id, row, principal=None)
    assert isinstance(ledger.naming_mistake(row.to_domain(), "CNY"), ledger.AccountKind)
    assert list(ledger.accounts.all_of(row.owner_id)) == []


def test_facts_of_an_account_in_parts_are_read_once_in_some_seconds(books: Books) -> None:
    shop = grown([10, 20, 30])
    own = _own(shop)
    with Meter() as meter:
        for _ in range(3):
            facts = rows.lately(own).to_domain()
            assert facts.velocity.counters(int(books.time().timestamp()))["1h"].sum == 60
            assert meter.usage.round_trips == 1


def test_facts_of_an_account_that_has_grown_are_of_all_its_rows_in_some_seconds(books: Books) -> None:
    shop = settlement()
    pay_in(shop, [1, 1, 1])
    assert rows.lately(_own(shop)).to_domain().balance == 3

    pay_in(shop, [1, 1, 1, 1])
    books.time.forward(seconds=recent.SECONDS)

    assert _own(shop).row_count == 4
    assert rows.lately(_own(shop)).to_domain().balance == 7


def test_only_rows_of_an_account_of_several_may_be_some_seconds_old(books: Books) -> None:
    """What holds of a merchant that takes in little holds at once, and so does that there is one."""
    quiet, busy = settlement(), grown([1, 2])
    every = [None, _own(quiet), _own(busy), *(rows.whole(_own(busy)).further or ())]
    assert [AccountRow.lasts(each) for each in every] == [False, False, True, True, True, True]


def test_facts_of_an_account_of_one_row_are_those_of_its_row(books: Books) -> None:
    payer = _own(wallet(5))

    assert rows.lately(payer) is payer


def test_one_row_of_several_is_no_basis_for_a_sum(books: Books) -> None:
    row = store.get(AccountRow, grown([1]))
    assert row is not None

    with pytest.raises(AssertionError, match="several rows"):
        row.to_domain()
    assert rows.whole(row).to_domain().balance == 1


# Verification ------------------------------------------------------------------------------------------


def a_history(books: Books) -> str:
    """A shop that grew, and paid what several parts had."""
    shop, payer = settlement(), wallet(10_000)
    for number in range(1, 9):
        busy = ledger.accounts.find(shop).row_count > 1
        post({payer: -100 - number, shop: 90 + number, FEES: 10}, wide=busy)
        books.settle()
    post({shop: -600, payer: 600}, "refund")
    post({shop: -5, payer: 5}, "refund")
    books.settle()
    books.time.forward(minutes=5)
    return shop


def test_on_a_ledger_of_parts_nothing_is_named(books: Books) -> None:
    a_history(books)

    report = verification.verify()

    assert (report["differences"], report["zero_sum"], report["accounts"]) == ([], True, 4)


def test_a_verification_while_an_account_grows_names_nothing(books: Books) -> None:
    shop = settlement()
    pay_in(shop, [5])
    books.settle()
    books.time.forward(minutes=5)
    row = store.get(AccountRow, shop)
    assert row is not None
    late = growing.further(row, 1)
    late.opened_at = clock.instant(books.time.moment.replace(microsecond=7))
    store.put_many([late])

    assert "no part" not in str(verification.verify()["differences"])
    books.time.forward(minutes=5)
    assert "no part" in str(verification.verify()["differences"])


def _own(shop: str) -> AccountRow:
    row = store.get(AccountRow, shop)
    assert row is not None
    return row


def _first(shop: str) -> AccountRow:
    return _own(f"{shop}~1")


def _entry(shop: str) -> EntryRow:
    """The one entry of the debit that several parts paid."""
    (entry,) = [row for row in own_entries(shop) if not int(row.seq)]
    return entry


def _share(shop: str) -> EntryRow:
    """What one of them paid of it."""
    shares = [row for row in given.postings(shop) if row.journal_id == _entry(shop).journal_id]
    assert len(shares) > 1
    return shares[0]


def _more(row: AccountRow | EntryRow, **by: int) -> None:
    for name, amount in by.items():
        setattr(row, name, getattr(row, name) + amount)
    row.save()


def _moved(shop: str) -> None:
    _more(_own(shop), balance=3, available=3)
    _more(_first(shop), balance=-3, available=-3)


def _told_twice(shop: str) -> None:
    EntryRow(**{**_share(shop).attribute_values, "entry_key": "2026-01-30T04:00:00.000000Z#x"}).save()


# What is done, and what of the account's is named then.
ALTERED: dict[str, tuple[Callable[[str], Any], str]] = {
    "a part put in": (lambda shop: growing.further(_own(shop), 9).save(), "~9"),
    "a part removed": (lambda shop: _first(shop).delete(), "has 3 of its 4 parts"),
    "fewer parts counted": (lambda shop: _more(_own(shop), parts=-2), "~3"),
    "money moved from one part to another": (_moved, "~1"),
    "an account's own row removed": (lambda shop: _own(shop).delete(), "~1"),
    "the one entry of a debit altered": (lambda shop: _more(_entry(shop), amount=1), ""),
    "the one entry of a debit removed": (lambda shop: _entry(shop).delete(), ""),
    "a share of a debit altered": (lambda shop: _more(_share(shop), amount=1), ""),
    "a share of a debit removed": (lambda shop: _share(shop).delete(), ""),
    "a share of a debit told twice": (_told_twice, ""),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_is_altered_of_parts_is_named(books: Books, what: str) -> None:
    shop = a_history(books)
    alter, named = ALTERED[what]
    alter(shop)
    books.time.forward(minutes=1)

    report = verification.verify()
    # What is removed may only be late, for a day (test_lateness.py).
    found = str([*report["differences"], *report["late"]])
    assert shop in found
    assert named in found
