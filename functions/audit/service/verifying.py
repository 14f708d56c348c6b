"""Verification: is what is stored what was written, to the byte, with nothing gone and nothing put in?

Four things are compared that were written apart: each block with its own hash and the one before it; the
blocks with the anchors in S3, which nobody can change; the chained entries with the audit trail's rows; the
rows with the chain. Differences come in the order of the chain, so that the first is the first altered one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from audit import domain
from audit.adapters import object_store
from audit.domain import Block, Entry
from audit.service import anchoring, chaining, entries
from audit.tables import BLOCK, REPORTS, BlockRow, ReportRow
from bank import clock, ids, store
from bank.control import audit
from bank.control.audit import AuditEntryRow

MAX_DIFFERENCES = 200
# An entry that is not chained after so long was put into the table, or its delivery fails.
LATE = timedelta(minutes=10)
# How far the clocks of two processes may be apart.
CLOCK_SKEW = timedelta(minutes=1)


@dataclass
class Run:
    """State of one run."""

    started: str
    late: str
    latest: str
    blocks: int = 0
    entries: int = 0
    anchors: int = 0
    chained: set[str] = field(default_factory=set)
    differences: list[dict[str, str]] = field(default_factory=list)

    def differs(self, what: str, name: str, detail: str) -> None:
        """Something is not as it was written."""
        self.differences.append({"what": what, "id": name, "detail": detail})


def verify(*, newest: int | None = None) -> dict[str, Any]:
    """Verify the `newest` days, or all; keep the report and return it."""
    now = clock.now()
    run = Run(clock.instant(now), clock.instant(now - LATE), clock.instant(now + CLOCK_SKEW))
    days = _days(newest)
    link = None if newest else domain.GENESIS
    for day in days:
        link = _verify_day(run, day, link, last=day == days[-1])
    for row in _recent_rows(days) if newest else AuditEntryRow.scan():
        if row.entry_id not in run.chained:
            _verify_unchained(run, row.entry_id, days)
    return _report(run, days)


def last_report() -> dict[str, Any] | None:
    """Return the last verification's report, or None before the first run."""
    rows = store.query(ReportRow, REPORTS, newest_first=True, limit=1)
    return next((dict(row.content) for row in rows), None)


def _days(newest: int | None) -> list[str]:
    """The days to verify, oldest first: those that were opened and those that anchors tell of."""
    known = sorted({*anchoring.days(), *object_store.anchored_days()})
    return known[-newest:] if newest else known


def _verify_day(run: Run, day: str, link: str | None, *, last: bool) -> str | None:
    """Verify a day's blocks against each other and its anchors; the hash that the next day begins with."""
    anchors, touched = object_store.anchors(day)
    for key in touched:
        run.differs("anchor", key, "put again or deleted; its first version counts")
    expected = {int(anchor["seq"]): anchor for anchor in anchors}
    run.anchors += len(anchors)
    seq, count, ended = 0, 0, False
    for row in anchoring.blocks(day):
        run.blocks += 1
        place = int(row.record.removeprefix(BLOCK))
        if place > seq + 1:
            run.differs("block", f"{day}/{seq + 1}", f"removed: {place} follows {seq}")
        if ended:
            run.differs("block", f"{day}/{place}", "inserted: the day had ended before it")
        block = _read(run, row, place)
        found = _verify_content(run, block) if block else []
        if block and place == seq + 1 and link not in (None, block.previous):
            run.differs("block", _name(block), "does not follow from the block before it")
        count += len(found)
        _verify_anchor(run, f"{day}/{place}", row.hash, count, expected.pop(place, None))
        _verify_entries(run, f"{day}/{place}", found)
        seq, link, ended = place, row.hash, row.kind == domain.END
    for missing in sorted(expected):
        run.differs("tail", f"{day}/{missing}", f"the day is cut after block {seq}; {missing} was anchored")
    if not ended and not last:
        run.differs("tail", f"{day}/{seq + 1}", "the day's last block is gone")
    return link


def _name(block: Block) -> str:
    return f"{block.day}/{block.seq}"


def _read(run: Run, row: BlockRow, place: int) -> Block | None:
    """The block of a row; None where the row is none any more."""
    try:
        block = row.to_domain()
    except (TypeError, ValueError):
        run.differs("block", f"{row.day}/{place}", "altered: a field of it is gone")
        return None
    if (block.seq, block.day) != (place, row.day):
        run.differs("block", f"{row.day}/{place}", "altered: its number is not its place")
    return block


def _verify_content(run: Run, block: Block) -> list[Entry]:
    """Verify that the block is what its hash says; its entries, as far as they can be read."""
    try:
        found = block.entries
        sound = ids.digest(block.head()) == block.hash
    except domain.Unreadable as error:
        run.differs("block", _name(block), f"altered: {error}")
        return []
    altered = _altered(block, found)
    for position, detail in altered:
        name = found[position]["id"] if position < len(found) else f"{_name(block)}[{position}]"
        run.differs("entry", name, f"{detail} in block {_name(block)}, at {position}")
    if not sound and not altered:
        run.differs("block", _name(block), "altered: its content does not give its hash")
    elif not altered and (block.ids != domain.ids_of(found) or block.count != len(found)):
        run.differs("block", _name(block), "altered: its ids or its count are not its entries'")
    return found


def _altered(block: Block, found: Sequence[Entry]) -> list[tuple[int, str]]:
    """Positions at which entries and leaves part, the first one where entries were put in or taken out."""
    stored = domain.pieces(block.leaves, domain.LEAF_BYTES)
    given = domain.pieces(domain.leaves_of(found), domain.LEAF_BYTES)
    parted = [n for n, pair in enumerate(zip(stored, given, strict=False)) if pair[0] != pair[1]]
    if len(stored) == len(given):
        return [(position, "altered") for position in parted]
    detail = "removed" if len(given) < len(stored) else "inserted"
    return [(parted[0] if parted else min(len(stored), len(given)), detail)]


def _verify_anchor(run: Run, name: str, hash: str, count: int, anchor: dict[str, Any] | None) -> None:
    if anchor and (anchor["hash"], int(anchor["count"])) != (hash, count):
        run.differs("anchor", name, "its hash or the day's count is not what was anchored")


def _verify_entries(run: Run, name: str, found: Sequence[Entry]) -> None:
    """Verify that the chained acts stand in the audit trail as they were chained."""
    run.entries += len(found)
    acts = [entry for entry in found if entry.get("what") == entries.ACT]
    rows = store.get_many([(AuditEntryRow, entry["id"]) for entry in acts])
    for entry, row in zip(acts, rows, strict=True):
        if entry["id"] in run.chained:
            run.differs("entry", entry["id"], f"chained twice, again in block {name}")
        run.chained.add(entry["id"])
        if row is None:
            run.differs("entry", entry["id"], "removed from the audit trail")
        elif entries.of_row(row) != entry:
            run.differs("entry", entry["id"], f"altered in the audit trail: {_parted(row, entry)}")


def _parted(row: AuditEntryRow, entry: Entry) -> str:
    stored, chained = entries.facts(row), entry.get("act", {})
    names = sorted(name for name in {*stored, *chained} if stored.get(name) != chained.get(name))
    return ", ".join(names) or "its id or its time"


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


def _report(run: Run, days: Sequence[str]) -> dict[str, Any]:
    content = {
        "started_at": run.started,
        "finished_at": clock.instant(),
        "first_day": days[0] if days else None,
        "last_day": days[-1] if days else None,
        "blocks": run.blocks,
        "entries": run.entries,
        "anchors": run.anchors,
        "difference_count": len(run.differences),
        "differences": run.differences[:MAX_DIFFERENCES],
    }
    ReportRow(record=run.started, content=content).save()
    return content
