"""The audit trail's rows against the chains; and entries that are chained more than once.

Both ask for all entries of a day at once, whatever their lane. So the ids and digests of its blocks go to
disk (`Spill`), and are compared there group by group: memory does not grow with the day.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from audit import domain
from audit.service import anchoring
from audit.service.verifying.run import At, Run
from audit.service.verifying.spill import Spill
from audit.tables import BLOCK, BlockRow
from bank import clock, ids, store
from bank.control import audit
from bank.control.audit import AuditEntryRow

# Deliveries are repeated for two weeks at most (the dead-letter queues keep what failed as long as that).
REPEATED = timedelta(days=15)
CHAINED, ROW = b"c", b"r"
DIGEST = slice(1, 17)
NEEDED = ["day", "record", "ids", "leaves"]


class OutOfTime(Exception):
    """Raised where the run's time is over amid a comparison, which the next run has to begin anew."""


def verify_rows(run: Run, day: str, until: str, *, first: bool = False) -> At | None:
    """Verify that the rows of the business days from `day` to the one before `until` are chained.

    Those of the days before, too, where `day` is the first that was ever chained. And that what was chained
    twice on `day` is the same both times. It is done whole, or not at all.
    """
    try:
        _verify_rows(run, day, before_chains(day) if first else day, until)
    except OutOfTime:
        return {}
    return None


def before_chains(day: str) -> str:
    """The earliest day that a row may be of, where `day` is the first that was chained."""
    return (date.fromisoformat(day) - REPEATED).isoformat()


def _verify_rows(run: Run, day: str, since: str, until: str) -> None:
    missing = _late(run, _not_chained(run, _rows(since, until), [day], judged=True))
    for entry_id in _not_chained(run, missing, _near(day)):
        run.differs("entry", entry_id, "not chained: inserted into the audit trail, or its delivery fails")


def _near(day: str) -> Iterator[str]:
    """The other days on which an entry of this one may be chained, of those that were opened.

    They are asked for where something is missing of the day itself.
    """
    first = date.fromisoformat(day) - timedelta(days=1)
    last = first + REPEATED
    for each in anchoring.days():
        if each != day and first.isoformat() <= each <= last.isoformat():
            yield each


def verify_places(run: Run, first: str, at: At) -> At | None:
    """Verify behind `at`, by a scan, that every row stands in a day's list, where `verify_rows` finds it."""
    last = (clock.business_date() + timedelta(days=1)).isoformat()
    key = {"entry_id": {"S": at["after"]}} if at else None
    for row in AuditEntryRow.scan(last_evaluated_key=key):
        day, _, shard = row.day_shard.partition("#")
        listed = first <= day <= last and shard == str(ids.shard(row.entry_id, audit.DAY_SHARDS))
        if not listed and not run.late <= row.at <= run.latest:
            run.differs("entry", row.entry_id, "not chained: it stands in no day's list")
        if run.enough():
            return {"after": row.entry_id}
    return None


def _rows(day: str, until: str) -> Iterator[str]:
    """Ids of the rows of these business days, from the index, whose keys alone are read."""
    each, end = date.fromisoformat(day), date.fromisoformat(until)
    while each < end:
        for shard in audit.day_shards(each.isoformat()):
            for row in AuditEntryRow.by_day.query(shard):
                yield row.entry_id
        each += timedelta(days=1)


def _not_chained(
    run: Run, rows: Iterable[str], days: Iterable[str], *, judged: bool = False
) -> Iterator[str]:
    """Those of the rows that none of these days has; where `judged`, what is chained twice is compared."""
    with Spill() as spill:
        for entry_id in rows:
            spill.add(domain.id_digest(entry_id), ROW + entry_id.encode())
        if not spill.count and not judged:
            return
        for day in days:
            for digest, leaf, place in _chained(run, day):
                spill.add(digest, CHAINED + leaf[: domain.ID_BYTES] + place.encode())
        for group in spill.groups():
            yield from _of_group(group, run if judged else None)


def _of_group(group: list[tuple[bytes, bytes]], run: Run | None) -> Iterator[str]:
    chained: dict[bytes, bytes] = {}
    for key, value in group:
        if value[:1] != CHAINED:
            continue
        if key not in chained:
            chained[key] = value
        elif run is not None:
            _verify_repeat(run, chained[key], value)
    for key, value in group:
        if value[:1] == ROW and key not in chained:
            yield value[1:].decode(errors="replace")


def _verify_repeat(run: Run, first: bytes, again: bytes) -> None:
    run.repeats += 1
    if first[DIGEST] != again[DIGEST]:
        place = again[DIGEST.stop :].decode()
        run.differs("entry", _named(place), f"chained again with other content, at {place}")


def _chained(run: Run, day: str) -> Iterator[tuple[bytes, bytes, str]]:
    """Entries as a day's blocks tell of them: digest of the id, of the content, and the place of each."""
    for lane in range(domain.LANES):
        named = domain.lane_day(day, lane)
        blocks = BlockRow.query(
            named, BlockRow.record.startswith(BLOCK), consistent_read=True, attributes_to_get=NEEDED
        )
        for row in blocks:
            if run.enough():
                raise OutOfTime
            digests = domain.pieces(bytes(row.ids or b""), domain.ID_BYTES)
            leaves = domain.pieces(bytes(row.leaves or b""), domain.LEAF_BYTES)
            for position, (digest, leaf) in enumerate(zip(digests, leaves, strict=False)):
                if len(digest) == domain.ID_BYTES:
                    yield digest, leaf, f"{named}/{row.record.removeprefix(BLOCK)}/{position}"


def _named(place: str) -> str:
    """The id of the entry at a place; the place where it cannot be read."""
    day, seq, position = place.split("/")
    row = next(anchoring.blocks(day, after=int(seq) - 1), None)
    try:
        return str(row.to_domain().entries[int(position)]["id"]) if row else place
    except (domain.Unreadable, IndexError, TypeError):
        return place


def _late(run: Run, entry_ids: Iterable[str]) -> Iterator[str]:
    """Those that ought to be chained by now, and those whose row is not found by what was kept of its id."""
    entry_ids = iter(entry_ids)
    while some := list(islice(entry_ids, store.BATCH_GET_LIMIT)):
        rows = store.get_many([(AuditEntryRow, entry_id) for entry_id in some])
        for entry_id, row in zip(some, rows, strict=True):
            if row is None or not run.late <= row.at <= run.latest:
                yield entry_id
