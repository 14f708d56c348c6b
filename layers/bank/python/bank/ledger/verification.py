"""Verification: does everything that is stored agree, to the byte?

Reads the whole ledger (the one place that scans) and compares three things that were written apart: the
journals, the postings and entries made from them, and the balance rows. What it names:
journals altered or unbalanced; steps missing from an account's chain or not adding up; entries that differ
from their journal; journals' legs never booked; stored balances, holds and availability that do not follow.

Journals booked in the last minute may still be on their way: everything is compared as of a cut before that.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bank import clock, store
from bank.ledger import statements
from bank.ledger.domain import Journal, Kind, kind_of
from bank.ledger.tables import (
    ENTRY_SHARDS,
    HOLD_SHARDS,
    AccountRow,
    EntryRow,
    HoldRow,
    JournalRow,
    ReportRow,
)

IN_FLIGHT = timedelta(minutes=1)
MAX_DIFFERENCES = 200
REPORT = "verification"


@dataclass
class _Run:
    cut: str
    journals: dict[str, Journal] = field(default_factory=dict)
    # journal -> accounts whose leg has not been met yet among the entries
    unbooked: dict[str, set[str]] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    accounts: int = 0
    differences: list[dict[str, str]] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def differs(self, what: str, name: str, detail: str) -> None:
        self.differences.append({"what": what, "id": name, "detail": detail})


def verify() -> dict[str, Any]:
    """Verify the whole ledger, keep the report and return it.

    `sums` are of every account's balance as of `as_of`, by currency; each is zero on a sound ledger.
    """
    started = clock.now()
    run = _Run(cut=clock.instant(started - IN_FLIGHT))
    _read_journals(run)
    _read_holds(run)
    suspects = []
    for row in AccountRow.scan(consistent_read=True):
        run.accounts += 1
        _verify_account(run, row)
        if int(row.held) != run.held[row.account_id]:
            suspects.append(row)
    _verify_held(run, suspects)
    for journal_id, account_ids in run.unbooked.items():
        for account_id in sorted(account_ids):
            run.differs("leg", journal_id, f"its leg on {account_id} was never booked")
    return _report(run, clock.instant(started))


def _read_journals(run: _Run) -> None:
    for row in JournalRow.scan(consistent_read=True):
        if not row.intact():
            run.differs("journal", row.journal_id, "altered: its content does not give its digest")
            continue
        journal = row.to_domain()
        run.journals[journal.journal_id] = journal
        if journal.booked_at <= run.cut:
            run.unbooked[journal.journal_id] = {leg.account_id for leg in journal.legs}


def _read_holds(run: _Run) -> None:
    for shard in range(HOLD_SHARDS):
        keys = [(HoldRow, key.hold_id) for key in HoldRow.open_holds.query(f"open#{shard}")]
        for hold in store.get_many(keys):
            if hold is not None and hold.status == "held":
                run.held[hold.account_id] += int(hold.amount)


def _verify_held(run: _Run, suspects: Iterable[AccountRow]) -> None:
    """Look at the doubtful ones again: a hold may have been placed or ended between the two reads."""
    for row in suspects:
        again = store.get(AccountRow, row.account_id)
        if again is not None and again.held == row.held and again.version == row.version:
            run.differs(
                "account",
                row.account_id,
                f"holds {row.held}, its open holds add up to {run.held[row.account_id]}",
            )


def _verify_account(run: _Run, row: AccountRow) -> None:
    balance = seq = 0
    stored: dict[int, int] = {0: 0}
    batches: dict[int, tuple[int, int]] = {}
    for posting in statements.postings(row.account_id):
        seq += 1
        balance += int(posting.amount)
        if int(posting.seq) != seq or int(posting.balance_after) != balance:
            run.differs("posting", f"{row.account_id}#{seq}", "its chain of steps is broken here")
            seq, balance = int(posting.seq), int(posting.balance_after)
        stored[seq] = balance
        if posting.journal_id:
            _verify_entry(run, row, posting)
        elif posting.lines is not None:
            _verify_lines(run, row, posting)
        else:
            batches[seq] = (int(posting.journal_count), int(posting.amount))
    if kind_of(row.account_id) is not Kind.WALLET:
        _verify_own_entries(run, row, batches)
    _verify_row(run, row, stored)


def _verify_row(run: _Run, row: AccountRow, stored: dict[int, int]) -> None:
    version = int(row.version)
    if version in stored:
        if stored[version] != int(row.balance):
            run.differs(
                "account", row.account_id, f"stores {row.balance}, its postings give {stored[version]}"
            )
    elif row.booked_at <= run.cut:
        run.differs("account", row.account_id, f"has no posting for its step {version}")
    if kind_of(row.account_id) is not Kind.INTERNAL and int(row.available) != int(row.balance) - int(
        row.held
    ):
        run.differs("account", row.account_id, f"available {row.available} is not balance less holds")


def _verify_own_entries(run: _Run, row: AccountRow, batches: dict[int, tuple[int, int]]) -> None:
    """A settlement account's journal-by-journal entries: each as its journal, together as the postings."""
    found: dict[int, list[int]] = defaultdict(list)
    settlement = kind_of(row.account_id) is Kind.SETTLEMENT
    for shard in range(ENTRY_SHARDS):
        for entry in EntryRow.query(f"{row.account_id}#e{shard}", consistent_read=True):
            # A leg is counted once: an internal account's in its lines, an immediate one's in its posting.
            _verify_entry(run, row, entry, counts=settlement and int(entry.seq) in batches)
            found[int(entry.seq)].append(int(entry.amount))
    for seq, (count, amount) in batches.items():
        if (len(found[seq]), sum(found[seq])) != (count, amount):
            run.differs("posting", f"{row.account_id}#{seq}", "differs from the entries that it sums up")


def _verify_lines(run: _Run, row: AccountRow, posting: EntryRow) -> None:
    if sum(amount for _, amount in posting.lines) != int(posting.amount):
        run.differs("posting", f"{row.account_id}#{posting.seq}", "differs from its lines")
    for journal_id, amount in posting.lines:
        journal = _journal(run, journal_id)
        if journal is None or amount not in _amounts(journal, row.account_id):
            run.differs(
                "posting", f"{row.account_id}#{posting.seq}", f"its line {journal_id} has no such leg"
            )
            continue
        _count(run, row, journal, amount)


def _verify_entry(run: _Run, row: AccountRow, entry: EntryRow, *, counts: bool = True) -> None:
    journal = _journal(run, entry.journal_id or "")
    name = f"{row.account_id}#{entry.entry_key}"
    if journal is None or int(entry.amount) not in _amounts(journal, row.account_id):
        run.differs("entry", name, f"journal {entry.journal_id} has no such leg")
        return
    expected = (journal.kind, journal.reference, journal.counterparty(row.account_id), journal.booked_at)
    if (entry.kind, entry.reference, entry.counterparty, entry.booked_at) != expected:
        run.differs("entry", name, "differs from its journal")
    if counts:
        _count(run, row, journal, int(entry.amount))


def _count(run: _Run, row: AccountRow, journal: Journal, amount: int) -> None:
    """Meet a journal's leg among what was booked; balances are summed up to the cut."""
    if journal.booked_at > run.cut:
        return
    legs = run.unbooked.get(journal.journal_id, set())
    if row.account_id not in legs:
        run.differs("leg", journal.journal_id, f"its leg on {row.account_id} was booked twice")
        return
    legs.discard(row.account_id)
    run.sums[row.currency] += amount


def _amounts(journal: Journal, account_id: str) -> list[int]:
    return [leg.amount for leg in journal.legs if leg.account_id == account_id]


def _journal(run: _Run, journal_id: str) -> Journal | None:
    """The journal, also when it was booked after the journals were read."""
    if journal_id not in run.journals:
        row = store.get(JournalRow, journal_id) if journal_id else None
        if row is None or not row.intact():
            return None
        run.journals[journal_id] = row.to_domain()
    return run.journals[journal_id]


def _report(run: _Run, started: str) -> dict[str, Any]:
    content = {
        "as_of": run.cut,
        "started_at": started,
        "finished_at": clock.instant(),
        "accounts": run.accounts,
        "journals": len(run.journals),
        "sums": {currency: run.sums[currency] for currency in sorted(run.sums)},
        "zero_sum": not any(run.sums.values()),
        "difference_count": len(run.differences),
        "differences": run.differences[:MAX_DIFFERENCES],
    }
    ReportRow(report=REPORT, run=started, content=content).save()
    return content


def last_report() -> dict[str, Any] | None:
    """What the last verification found, or None where none has run."""
    rows = store.query(ReportRow, REPORT, newest_first=True, limit=1)
    return next((dict(row.content) for row in rows), None)
