"""An account's entries journal by journal, against the journals and the steps that they are part of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bank import store
from bank.ledger import statements
from bank.ledger.parts import account_of, row_id
from bank.ledger.tables import AccountRow, EntryRow
from bank.ledger.verification.run import Run, has_leg
from bank.ledger.verification.steps import Step

DIFFERS = "differs from the posting that sums it up"


@dataclass(frozen=True)
class Mark:
    """Expected content of the entry that marks a journal as applied."""

    place: tuple[int, int]
    amount: int
    balance_after: int


@dataclass(frozen=True)
class Booked:
    """Facts that the postings of an account's rows tell, for comparison with its entries."""

    # By row and number; without those of debits that several rows paid...
    steps: dict[tuple[int, int], Step] = field(default_factory=dict)
    # ...whose journals are here, with when they were booked.
    shares: dict[str, str] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    # By row, the numbers of its last steps, whose postings are missing.
    missing: dict[int, range] = field(default_factory=dict)


def own_entries(row: AccountRow) -> Iterator[EntryRow]:
    """The journal-by-journal entries of an account."""
    for shard in statements.entry_shards(row):
        yield from EntryRow.query(shard, consistent_read=True)


def verify_booking(
    run: Run, row: AccountRow, entry: EntryRow, name: str, *, counts: bool = True, share: bool = False
) -> None:
    """Compare what tells of a journal's leg (a `share` of it) with the journal; met where it `counts`."""
    journal = run.journal(entry.journal_id or "")
    if journal is None or not (share or has_leg(journal, row.account_id, int(entry.amount))):
        run.differs("entry", name, f"journal {entry.journal_id} has no such leg")
        return
    counterparty = journal.counterparty(account_of(row.account_id))
    expected = (journal.kind, journal.reference, counterparty, journal.booked_at)
    if (entry.kind, entry.reference, entry.counterparty, entry.booked_at) != expected:
        run.differs("entry", name, "differs from its journal")
    if journal.currency != row.currency:
        run.differs("entry", name, f"is of {journal.currency} on an account in {row.currency}")
    if counts:
        run.meet(row, journal, int(entry.amount))


def verify_marks(
    run: Run,
    row: AccountRow,
    entries: Iterable[EntryRow],
    marks: dict[str, Mark],
    *,
    last: Mapping[str, Step],
    since: Callable[[], dict[str, Mark]],
) -> None:
    """An internal account's entries are the marks of journals whose first deferred leg is on it.

    `last` are the last steps that were read before the entries, by row. What is marked as of a later one was
    booked in between, together with its posting, which `since` reads: it is judged by that.
    """
    later: list[EntryRow] = []
    for entry in entries:
        name = f"{row.account_id}#{entry.entry_key}"
        # The leg itself was met in a posting's lines.
        verify_booking(run, row, entry, name, counts=False)
        number, seq = _place(entry)
        if seq > last.get(row_id(row.account_id, number), Step.none()).seq:
            later.append(entry)
        elif marks.pop(entry.journal_id or "", None) != _stored(entry):
            run.differs("entry", name, DIFFERS)
    for journal_id in marks:
        run.differs("entry", journal_id, f"its entry on {row.account_id} is missing")
    come = since() if later else {}
    for entry in later:
        if come.get(entry.journal_id or "") != _stored(entry):
            run.differs("entry", f"{row.account_id}#{entry.entry_key}", DIFFERS)


def _stored(entry: EntryRow) -> Mark:
    return Mark(_place(entry), int(entry.amount), int(entry.balance_after))


def _place(entry: EntryRow) -> tuple[int, int]:
    return int(entry.part or 0), int(entry.seq)


def verify_steps(run: Run, row: AccountRow, entries: Iterable[EntryRow], booked: Booked) -> None:
    """A settlement account's entries make up its postings, each its part."""
    by_step: dict[tuple[int, int], list[EntryRow]] = defaultdict(list)
    shared: list[EntryRow] = []
    for entry in entries:
        name = f"{row.account_id}#{entry.entry_key}"
        if not int(entry.seq):
            shared.append(entry)
            continue
        step = booked.steps.get(_place(entry))
        # A single journal's leg was met in its posting, if that is there.
        counts = step is None or not step.single
        verify_booking(run, row, entry, name, counts=counts)
        by_step[_place(entry)].append(entry)
    _verify_shared(run, row, shared, booked.shares)
    for place, step in booked.steps.items():
        _verify_step(run, row, by_step.pop(place, []), step)
    for place, rest in by_step.items():
        _verify_without_posting(run, row, place, rest, booked)


def _verify_without_posting(
    run: Run, row: AccountRow, place: tuple[int, int], entries: Sequence[EntryRow], booked: Booked
) -> None:
    """Entries of a step that has no posting: it is one of the last, or was booked since they were read."""
    number, seq = place
    missing = booked.missing.get(number, range(0))
    if seq in missing:
        run.behind[row.account_id].amounts += [int(entry.amount) for entry in entries]
        return
    now = store.get(AccountRow, row_id(row.account_id, number)) if seq >= missing.stop else None
    if now is None or int(now.version) < seq:
        run.differs("posting", _named(row, place), "is missing, and entries are part of it")


def _verify_shared(run: Run, row: AccountRow, entries: Sequence[EntryRow], shares: Mapping[str, str]) -> None:
    """A debit that several rows paid has one entry; that they paid all of it, `Run.meet` counts."""
    told = {entry.journal_id for entry in entries}
    for entry in entries:
        name = f"{row.account_id}#{entry.entry_key}"
        verify_booking(run, row, entry, name, counts=False)
        if entry.journal_id not in shares:
            detail = "the postings of what it tells of: each is missing"
            run.missing("posting", name, detail, since=entry.booked_at)
    for journal_id, booked_at in shares.items():
        if journal_id not in told:
            run.missing("entry", journal_id, f"its entry on {row.account_id} is missing", since=booked_at)


def _named(row: AccountRow, place: tuple[int, int]) -> str:
    return f"{row_id(row.account_id, place[0])}#{place[1]}"


def _verify_step(run: Run, row: AccountRow, entries: Sequence[EntryRow], step: Step) -> None:
    name = _named(row, step.place)
    if not entries and step.single:
        # It is written beside its posting, not with it.
        run.missing("entry", name, "the entry of this posting is missing", since=step.booked_at)
        return
    total = sum(int(entry.amount) for entry in entries)
    if (len(entries), total) != (step.count, step.after - step.before):
        run.differs("posting", name, "differs from the entries that it sums up")
        return
    ends = [step.before, *(int(entry.balance_after) for entry in entries)]
    starts = [*(int(entry.balance_after) - int(entry.amount) for entry in entries), step.after]
    if sorted(starts) == sorted(ends):
        return
    for entry in entries:
        end = int(entry.balance_after)
        if end not in starts and end - int(entry.amount) not in ends:
            run.differs("entry", f"{row.account_id}#{entry.entry_key}", "its balance is no step's")
            return
    run.differs("posting", name, "the balances of its entries do not follow")
