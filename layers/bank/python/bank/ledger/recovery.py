"""Recovery: what was lost on its way through a stream is booked and stated from what did not need one.

Deferred legs follow from journals, and their marks say which are booked. Postings follow from the steps of a
row: which are missing shows between those that are there and the row's version. A missing step is one leg of
a journal, or what the applier booked in it, which its entries tell of. So each change of the row that its
stream has lost can be made up again, and is given to what writes statements of changes.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from bank import store
from bank.ledger import applier, posting, statements
from bank.ledger.domain import Journal
from bank.ledger.parts import account_of, number_of
from bank.ledger.tables import AccountRow, EntryRow, JournalRow

# A row before and after a change of it.
RowChange = tuple[AccountRow, AccountRow]


@dataclass(frozen=True)
class Place:
    """A step of a row: its number, the balance after it, and when it was booked."""

    seq: int = 0
    balance: int = 0
    booked_at: str = ""


@dataclass(frozen=True)
class Gap:
    """Steps of a row that have no posting, after the step `before` and up to `after`, which has none either.

    `known` are the journals of the postings at the instants at which it begins and ends.
    """

    row_id: str
    before: Place
    after: Place
    known: tuple[str, ...] = ()

    @property
    def steps(self) -> range:
        """Numbers of the steps that are missing."""
        return range(self.before.seq + 1, self.after.seq + 1)

    def pack(self) -> list[Any]:
        """The gap as JSON."""
        return [self.row_id, astuple(self.before), astuple(self.after), list(self.known)]

    @classmethod
    def unpack(cls, packed: list[Any]) -> "Gap":
        """The inverse."""
        row_id, before, after, known = packed
        return cls(row_id, Place(*before), Place(*after), tuple(known))


@dataclass(frozen=True)
class Applied:
    """Sum of what the applier booked in a step, as the entries of its journals tell."""

    count: int
    amount: int
    at: str
    # Whether its account had several rows then.
    in_parts: bool


def gaps(row: AccountRow, *, since: str, until: str) -> Iterator[Gap]:
    """The gaps in a row's postings from the instant `since` on; after `until` they may be on their way."""
    earlier = EntryRow.entry_key < since
    last = list(store.query(EntryRow, f"{row.account_id}#p", earlier, newest_first=True, limit=1))
    before, known = next(map(_place, last), Place()), _journals(last)
    there = store.query(EntryRow, f"{row.account_id}#p", EntryRow.entry_key >= since)
    for booked_at, steps in itertools.groupby(there, lambda each: each.booked_at):
        at_once = list(steps)
        beside = known | _journals(at_once)
        for each in at_once:
            place = _place(each)
            missing = Place(place.seq - 1, place.balance - int(each.amount), booked_at)
            if missing.seq > before.seq and booked_at <= until:
                yield Gap(row.account_id, before, missing, tuple(sorted(beside)))
            before = place
        known = _journals(at_once)
    if int(row.version) > before.seq and row.booked_at <= until:
        stands = Place(int(row.version), int(row.balance), row.booked_at)
        yield Gap(row.account_id, before, stands, tuple(sorted(known)))


def _place(row: EntryRow) -> Place:
    return Place(int(row.seq), int(row.balance_after), row.booked_at)


def _journals(rows: Sequence[EntryRow]) -> set[str]:
    return {row.journal_id for row in rows if row.journal_id}


def lost_changes(
    row: AccountRow, gap: Gap, journals: Sequence[JournalRow], applied: Mapping[int, Applied]
) -> list[RowChange] | None:
    """The changes that make up a gap, or None where these journals and `applied` steps do not explain it.

    `journals` may hold others. The order of two of a wallet that have the same instant is that of their ids.
    """
    legs = [single for journal in journals if (single := _single(row.account_id, journal, gap))]
    legs.sort(key=lambda each: (each[0].booked_at, each[0].journal_id))
    place, made = gap.before, list[RowChange]()
    for seq in gap.steps:
        if seq in applied:
            step, in_parts = applied[seq], applied[seq].in_parts
            after = Place(seq, place.balance + step.amount, step.at)
            last = statements.many(step.count)
        elif legs:
            journal, amount, in_parts = legs.pop(0)
            after = Place(seq, place.balance + amount, journal.booked_at)
            leg = next(leg for leg in journal.legs if leg.account_id == account_of(row.account_id))
            last = posting.last_posting(journal, leg, amount)
        else:
            return None
        if after.booked_at < place.booked_at:
            return None
        made.append((_as_at(row, place, None, in_parts), _as_at(row, after, last, in_parts)))
        place = after
    return made if not legs and place.balance == gap.after.balance else None


def _single(row_id: str, row: JournalRow, gap: Gap) -> tuple[Journal, int, bool] | None:
    """The journal with what it booked on a row in a step of its own, if that may be in the gap."""
    if row.journal_id in gap.known or not gap.before.booked_at <= row.booked_at <= gap.after.booked_at:
        return None
    journal, account_id = row.to_domain(), account_of(row_id)
    shares = row.shares_of(account_id)
    own = shares or {leg.account_id: leg.amount for leg in journal.immediate if leg.account_id == account_id}
    return (journal, own[row_id], bool(shares)) if row_id in own else None


def _as_at(row: AccountRow, place: Place, last: dict[str, Any] | None, in_parts: bool) -> AccountRow:
    """The row as it was after a step."""
    was = AccountRow(**row.attribute_values)
    was.version, was.balance, was.booked_at, was.last = place.seq, place.balance, place.booked_at, last
    if not in_parts:
        was.parts = None
    return was


def applied_steps(row_id: str, journals: Sequence[JournalRow]) -> dict[int, Applied]:
    """The steps in which the applier booked legs of these journals on a row, by number. One batch read."""
    steps: dict[int, list[EntryRow]] = defaultdict(list)
    for _, entry in _entries(journals, {account_of(row_id)}):
        if int(entry.part or 0) == number_of(row_id):
            steps[int(entry.seq)].append(entry)
    return {
        seq: _applied(entries) for seq, entries in steps.items() if all(each.applied_at for each in entries)
    }


def _entries(rows: Sequence[JournalRow], accounts: Collection[str]) -> list[tuple[JournalRow, EntryRow]]:
    """The entries that the applier wrote of journals on these accounts. A round trip for 100 of them."""
    keys: list[store.Key] = []
    of: list[JournalRow] = []
    for row in rows:
        journal = row.to_domain()
        for leg in journal.deferred:
            if leg.account_id in accounts:
                shard = statements.entry_shard(leg.account_id, journal.journal_id, wide=journal.wide)
                keys.append((EntryRow, shard, f"{journal.booked_at}#{journal.journal_id}"))
                of.append(row)
    found = store.get_many(keys) if keys else []
    return [(row, entry) for row, entry in zip(of, found, strict=True) if entry is not None]


def _applied(entries: Sequence[EntryRow]) -> Applied:
    amount = sum(int(entry.amount) for entry in entries)
    return Applied(len(entries), amount, entries[0].applied_at, in_parts=entries[0].part is not None)


def missing(rows: Sequence[JournalRow], gaps: Sequence[Gap]) -> set[tuple[str, str]]:
    """Return which of these journals may be what is missing in gaps: the row of each, and the journal's id.

    Of what the applier booked just that, by its entries; of single legs those of the gap's time.
    """
    of_account: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        of_account[account_of(gap.row_id)].append(gap)
    found = {
        (gap.row_id, row.journal_id)
        for row in rows
        for leg in row.to_domain().immediate
        for gap in of_account.get(leg.account_id, ())
        if _single(gap.row_id, row, gap)
    }
    for row, entry in _entries(rows, of_account.keys()):
        account_id, number = entry.account_shard.partition("#")[0], int(entry.part or 0)
        found |= {
            (gap.row_id, row.journal_id)
            for gap in of_account[account_id]
            if number_of(gap.row_id) == number and int(entry.seq) in gap.steps
        }
    return found


def unmarked(rows: Sequence[JournalRow]) -> list[Journal]:
    """Return the journals that have deferred legs and no mark. A round trip for 100 of them."""
    journals = [journal for row in rows if (journal := row.to_domain()).deferred]
    marked = applier.applied(journals) if journals else set()
    return [journal for journal in journals if journal.journal_id not in marked]
