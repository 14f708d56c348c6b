"""The applier: books the deferred legs of journals, many in one update of each shared row.

Exactly-once whatever the batch: one transaction updates the balances, writes the postings and creates each
journal's entry where none is. A journal whose entry is there is dropped and the rest is tried again. Anyone
may apply a journal at any time; a refund does when the merchant's money is still on its way. Of an account of
several parts (`bank.ledger.parts`) a transaction books on one, which its first journal's id chooses, so that
appliers at work together seldom meet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pynamodb.expressions.update import Action

from bank import clock, ids, store
from bank.ledger import accounts, chart, counting, growing, parts, rows, statements
from bank.ledger.domain import SHARED, Journal, Kind, Leg, kind_of
from bank.ledger.tables import AccountRow, EntryRow
from bank.ledger.velocity import VelocityCounter
from bank.store import Stale, Transaction

# A posting lists its journals: so many keep it well within a few write units.
MAX_JOURNALS = 50
# Turns that a chunk's first journal may give it among the parts of accounts: many times as many as parts.
SPREAD = 2**16


class AlreadyApplied(Exception):
    """A journal of the batch has been applied before."""


def apply(journals: Iterable[Journal]) -> int:
    """Book the deferred legs of `journals` that are not booked yet; how many journals that was.

    Raises AlreadyApplied where an entry of one stands without its mark, as no consumer leaves it.
    """
    distinct = {journal.journal_id: journal for journal in journals if journal.deferred}
    # Those of one merchant together: its row is then changed once in a chunk, not once in each.
    ordered = sorted(distinct.values(), key=lambda journal: journal.deferred[0].account_id)
    return sum(_apply_chunk(chunk) for chunk in _chunks(ordered))


def _chunks(journals: Sequence[Journal]) -> Iterator[list[Journal]]:
    """Runs of journals that fit one transaction."""
    chunk: list[Journal] = []
    for journal in journals:
        if chunk and (len(chunk) == MAX_JOURNALS or _operations([*chunk, journal]) > store.TRANSACTION_LIMIT):
            yield chunk
            chunk = []
        chunk.append(journal)
    if chunk:
        yield chunk


def _operations(journals: Sequence[Journal]) -> int:
    """At most: a balance and a posting an account, and journals' own entries."""
    shared = {leg.account_id for journal in journals for leg in journal.deferred}
    return 2 * len(shared) + sum(len(_own_entries(journal)) for journal in journals)


def _own_entries(journal: Journal) -> list[Leg]:
    """The deferred legs with an entry of their own: the first (the mark), and those on shared accounts."""
    first, *others = journal.deferred
    return [first, *(leg for leg in others if kind_of(leg.account_id) in SHARED)]


def applied(journals: Sequence[Journal]) -> set[str]:
    """The ids of those that have been applied (their mark stands)."""
    marks: list[store.Key] = []
    for journal in journals:
        shard = statements.entry_shard(journal.deferred[0].account_id, journal.journal_id, wide=journal.wide)
        marks.append((EntryRow, shard, f"{journal.booked_at}#{journal.journal_id}"))
    found = store.get_many(marks)
    return {journal.journal_id for journal, mark in zip(journals, found, strict=True) if mark}


def _apply_chunk(chunk: list[Journal]) -> int:
    remaining, turn = chunk, ids.shard(chunk[0].journal_id, SPREAD)

    def attempt() -> int:
        nonlocal remaining, turn
        if not remaining:
            return 0
        # Where another was quicker, this goes on to another part.
        turn += 1
        try:
            _book(remaining, turn)
        except AlreadyApplied:
            done = applied(remaining)
            if not done:
                # Marks are written with the other entries: one of these was removed, or its journal altered.
                raise
            remaining = [journal for journal in remaining if journal.journal_id not in done]
            raise Stale from None
        return len(remaining)

    return store.retry_on_conflict(attempt)


def _book(journals: Sequence[Journal], turn: int) -> None:
    legs: dict[str, list[tuple[Journal, Leg]]] = defaultdict(list)
    for journal in journals:
        for leg in journal.deferred:
            legs[leg.account_id].append((journal, leg))
    transaction, growing_accounts = Transaction(), []
    for (account_id, booked), (row_id, row) in zip(legs.items(), _rows(list(legs), turn), strict=True):
        _book_account(transaction, row_id, booked, row)
        if row and growing.asks_for_more(row, sum(leg.amount > 0 for _, leg in booked)):
            growing_accounts.append(account_id)
    # A journal stands, whoever needs its legs now: booking them is no act of theirs, nor uses their approval.
    transaction.commit(told=False)
    for account_id in growing_accounts:
        growing.grow(account_id)


def _rows(account_ids: Sequence[str], turn: int) -> list[tuple[str, AccountRow | None]]:
    """The row of each account to book on, as it is now, by its id; None where it is to be opened.

    One round trip, and one more where an account turns out to have several. An account of the bank's has its
    own row before it has others.
    """
    chosen = {
        each: parts.row_id(each, turn % chart.PARTS) for each in account_ids if kind_of(each) is Kind.INTERNAL
    }
    found = _read([*account_ids, *chosen.values()])
    for account_id in account_ids:
        row = found[account_id]
        if row and account_id not in chosen:
            chosen[account_id] = parts.row_id(account_id, turn % row.row_count)
    found |= _read([row_id for row_id in chosen.values() if row_id not in found])
    row_ids = [chosen[each] if found[each] else each for each in account_ids]
    return [(row_id, found[row_id]) for row_id in row_ids]


def _read(row_ids: Sequence[str]) -> dict[str, AccountRow | None]:
    keys: list[store.Key] = [(AccountRow, row_id) for row_id in row_ids]
    return dict(zip(row_ids, store.get_many(keys), strict=True)) if keys else {}


def _book_account(
    transaction: Transaction, row_id: str, booked: Sequence[tuple[Journal, Leg]], row: AccountRow | None
) -> None:
    total = sum(leg.amount for _, leg in booked)
    before = int(row.balance) if row else 0
    seq = (int(row.version) if row else 0) + 1
    # The version condition makes this the account's next step, so its time may not be before the last one's.
    at = max(clock.instant(), row.booked_at) if row else clock.instant()
    if row is None:
        row = _opened(row_id, booked[0][0].currency, total, at)
        transaction.create(row, store.stale)
    else:
        taken_in = [leg.amount for _, leg in booked if leg.amount > 0]
        _change_balance(transaction, row, total, at, count=len(booked), taken_in=taken_in)
    balance, lines = before, []
    for journal, leg in booked:
        balance += leg.amount
        lines.append([journal.journal_id, leg.amount])
        if leg in _own_entries(journal):
            entry = statements.entry(
                journal, leg, seq=seq, balance_after=balance, part=row.part, applied_at=at
            )
            transaction.create(entry, lambda _: AlreadyApplied())
    if kind_of(row_id) is Kind.INTERNAL:
        posting = statements.posting(
            row_id,
            seq=seq,
            booked_at=at,
            amount=total,
            balance_after=balance,
            count=len(lines),
            part=row.part,
            lines=lines,
        )
        transaction.create(posting, store.stale)


def _opened(row_id: str, currency: str, total: int, at: str) -> AccountRow:
    """A row of one of the bank's own accounts, opened by what is first booked on it; no other is."""
    assert kind_of(row_id) is Kind.INTERNAL, f"no account {row_id}"
    account_id, number = parts.account_of(row_id), parts.number_of(row_id)
    opened = accounts.new_row(account_id=account_id, owner_id="bank", kind=Kind.INTERNAL, currency=currency)
    if number:
        opened = growing.further(opened, number)
    opened.balance = opened.available = total
    opened.version, opened.booked_at = 1, at
    return opened


def _change_balance(
    transaction: Transaction, row: AccountRow, total: int, at: str, *, count: int, taken_in: Sequence[int]
) -> None:
    # A shared account has an entry for each journal, so that its posting can follow from its stream; the
    # bank's own accounts have only the lines of theirs, which must be written here.
    from_stream = kind_of(row.account_id) in SHARED
    transaction.update(
        (AccountRow, row.account_id),
        [
            AccountRow.balance.set(AccountRow.balance + total),
            AccountRow.available.set(AccountRow.available + total),
            AccountRow.version.set(AccountRow.version + 1),
            AccountRow.booked_at.set(at),
            AccountRow.last.set(statements.many(count)) if from_stream else AccountRow.last.remove(),
            *(_activity(row, taken_in) if from_stream and taken_in else []),
        ],
        (AccountRow.version == int(row.version)) & rows.as_many_as(row),
        store.stale,
    )


def _activity(row: AccountRow, taken_in: Sequence[int]) -> list[Action]:
    """Count what a merchant takes in when it is booked, a second or so after its payment."""
    booked = row.velocity.at(int(clock.now().timestamp()))
    return counting.set_velocity(booked.moved(VelocityCounter(len(taken_in), sum(taken_in))))
