"""The entries of a block against what they tell of: rows of acts and journals, and money that moved."""

from collections.abc import Iterator, Sequence

from audit.domain import Entry
from audit.service import entries
from audit.service.verifying.movements import verify_decisions
from audit.service.verifying.run import Run
from bank import store
from bank.control.audit import AuditEntryRow
from bank.ledger import JournalRow
from bank.store import TableT


def verify_entries(run: Run, found: Sequence[Entry]) -> None:
    """Verify that the acts and journals of a block are stored as they were chained, and what was decided."""
    run.entries += len(found)
    for entry in found:
        if entry.get("what") == entries.TOUCH:
            run.differs("entry", entry["subject"], f"{entry['how']} past the functions at {entry['at']}")
    _verify_acts(run, found)
    _verify_journals(run, found)
    verify_decisions(run, found)


def _verify_acts(run: Run, found: Sequence[Entry]) -> None:
    for entry, act in _stored(found, entries.ACT, AuditEntryRow):
        if act is None:
            run.differs("entry", entry["id"], "removed from the audit trail")
        elif entries.of_row(act) != entry:
            run.differs("entry", entry["id"], f"altered in the audit trail: {_parted(act, entry)}")


def _verify_journals(run: Run, found: Sequence[Entry]) -> None:
    for entry, journal in _stored(found, entries.JOURNAL, JournalRow):
        if journal is None:
            run.differs("journal", entry["id"], "removed from the ledger")
        elif entries.of_journal(journal) != entry or not journal.intact():
            run.differs("journal", entry["id"], "altered in the ledger")


def _stored(found: Sequence[Entry], what: str, model: type[TableT]) -> Iterator[tuple[Entry, TableT | None]]:
    """The entries of a kind, each with its row as it is now."""
    of_kind = [entry for entry in found if entry.get("what") == what]
    rows = store.get_many([(model, entry["id"]) for entry in of_kind])
    return zip(of_kind, rows, strict=True)


def _parted(row: AuditEntryRow, entry: Entry) -> str:
    stored, chained = entries.facts(row), entry.get("act", {})
    names = sorted(name for name in {*stored, *chained} if stored.get(name) != chained.get(name))
    return ", ".join(names) or "its id or its time"
