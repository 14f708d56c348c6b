"""The chained acts and journals against their rows, and the audit trail's rows against the chain."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from audit import domain
from audit.domain import Entry
from audit.service import chaining, entries
from audit.service.verifying.movements import told_of
from audit.service.verifying.run import Run
from bank import clock, store
from bank.control import audit
from bank.control.audit import AuditEntryRow
from bank.ledger import JournalRow
from bank.store import TableT


def verify_entries(run: Run, name: str, found: Sequence[Entry]) -> None:
    """Verify that the acts and journals of block `name` are stored as they were chained."""
    run.entries += len(found)
    for entry in found:
        if entry.get("what") == entries.TOUCH:
            run.differs("entry", entry["subject"], f"{entry['how']} past the functions at {entry['at']}")
        elif told_of(entry):
            run.decisions.append(entry)
    _verify_acts(run, name, found)
    for entry, row in _stored(found, entries.JOURNAL, JournalRow):
        if row is None:
            run.differs("journal", entry["id"], "removed from the ledger")
        elif entries.of_journal(row) != entry or not row.intact():
            run.differs("journal", entry["id"], "altered in the ledger")


def _verify_acts(run: Run, name: str, found: Sequence[Entry]) -> None:
    for entry, row in _stored(found, entries.ACT, AuditEntryRow):
        if entry["id"] in run.chained:
            run.differs("entry", entry["id"], f"chained twice, again in block {name}")
        run.chained.add(entry["id"])
        if row is None:
            run.differs("entry", entry["id"], "removed from the audit trail")
        elif entries.of_row(row) != entry:
            run.differs("entry", entry["id"], f"altered in the audit trail: {_parted(row, entry)}")


def _stored(found: Sequence[Entry], what: str, model: type[TableT]) -> Iterator[tuple[Entry, TableT | None]]:
    """The entries of a kind, each with its row as it is now."""
    of_kind = [entry for entry in found if entry.get("what") == what]
    rows = store.get_many([(model, entry["id"]) for entry in of_kind])
    return zip(of_kind, rows, strict=True)


def _parted(row: AuditEntryRow, entry: Entry) -> str:
    stored, chained = entries.facts(row), entry.get("act", {})
    names = sorted(name for name in {*stored, *chained} if stored.get(name) != chained.get(name))
    return ", ".join(names) or "its id or its time"


def verify_rows(run: Run, days: Sequence[str], *, recent: bool) -> None:
    """Verify that the rows are chained: those of these days, or all."""
    for row in _recent_rows(days) if recent else AuditEntryRow.scan():
        if row.entry_id not in run.chained:
            _verify_unchained(run, row.entry_id, days)


def _recent_rows(days: Sequence[str]) -> Iterator[AuditEntryRow]:
    """The rows of the business days since the first of these. Their keys alone are read of them."""
    today = clock.business_date()
    first = date.fromisoformat(days[0]) if days else today
    for number in range((today - first).days + 1):
        for shard in audit.day_shards((first + timedelta(days=number)).isoformat()):
            yield from AuditEntryRow.by_day.query(shard)


def _verify_unchained(run: Run, entry_id: str, days: Sequence[str]) -> None:
    """Verify that a row outside the verified blocks may yet be chained, or was before these days."""
    row = store.get(AuditEntryRow, entry_id)
    if row is None or run.late <= row.at <= run.latest:
        return
    before = date.fromisoformat(days[0]) - timedelta(days=1) if days else clock.business_date()
    if domain.id_digest(entry_id) in chaining.caught_up(before.isoformat()).ids:
        return
    run.differs("entry", entry_id, "not chained: inserted into the audit trail, or its delivery fails")
