"""An account's entries journal by journal, against the journals and the steps that they are part of."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bank.ledger.tables import ENTRY_SHARDS, AccountRow, EntryRow
from bank.ledger.verification.run import Run, has_leg
from bank.ledger.verification.steps import Step

DIFFERS = "differs from the posting that sums it up"


@dataclass(frozen=True)
class Mark:
    """Expected content of the entry that marks a journal as applied."""

    seq: int
    amount: int
    balance_after: int


def own_entries(row: AccountRow) -> Iterator[EntryRow]:
    """The journal-by-journal entries of an account."""
    for shard in range(ENTRY_SHARDS):
        yield from EntryRow.query(f"{row.account_id}#e{shard}", consistent_read=True)


def verify_booking(run: Run, row: AccountRow, entry: EntryRow, name: str, *, counts: bool = True) -> None:
    """Compare what tells of a journal's leg with the journal; met where it `counts`."""
    journal = run.journal(entry.journal_id or "")
    if journal is None or not has_leg(journal, row.account_id, int(entry.amount)):
        run.differs("entry", name, f"journal {entry.journal_id} has no such leg")
        return
    expected = (journal.kind, journal.reference, journal.counterparty(row.account_id), journal.booked_at)
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
    last: int,
    since: Callable[[], dict[str, Mark]],
) -> None:
    """An internal account's entries are the marks of journals whose first deferred leg is on it.

    `last` is the last step that was read before the entries. What is marked as of a later one was booked in
    between, together with its posting, which `since` reads: it is judged by that.
    """
    later: list[EntryRow] = []
    for entry in entries:
        name = f"{row.account_id}#{entry.entry_key}"
        # The leg itself was met in a posting's lines.
        verify_booking(run, row, entry, name, counts=False)
        if int(entry.seq) > last:
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
    return Mark(int(entry.seq), int(entry.amount), int(entry.balance_after))


def verify_steps(run: Run, row: AccountRow, entries: Iterable[EntryRow], steps: dict[int, Step]) -> None:
    """A settlement account's entries make up its postings, each its part."""
    by_step: dict[int, list[EntryRow]] = defaultdict(list)
    for entry in entries:
        step = steps.get(int(entry.seq))
        # A single journal's leg was met in its posting.
        counts = step is not None and not step.single
        verify_booking(run, row, entry, f"{row.account_id}#{entry.entry_key}", counts=counts)
        by_step[int(entry.seq)].append(entry)
    for seq, step in steps.items():
        found = by_step.pop(seq, [])
        # A single journal's entry is written beside its posting, not with it.
        if found or not step.single or step.booked_at <= run.cut:
            _verify_step(run, row, found, step)
    for seq, rest in by_step.items():
        if any(entry.booked_at <= run.cut for entry in rest):
            run.differs("posting", f"{row.account_id}#{seq}", "is missing, and entries are part of it")


def _verify_step(run: Run, row: AccountRow, entries: Sequence[EntryRow], step: Step) -> None:
    if not entries and step.single:
        run.differs("entry", f"{row.account_id}#{step.seq}", "the entry of this posting is missing")
        return
    total = sum(int(entry.amount) for entry in entries)
    if (len(entries), total) != (step.count, step.after - step.before):
        run.differs("posting", f"{row.account_id}#{step.seq}", "differs from the entries that it sums up")
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
    run.differs("posting", f"{row.account_id}#{step.seq}", "the balances of its entries do not follow")
