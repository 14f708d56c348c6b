"""Appending to the chain: once each, by however many appenders at once, over midnight.

An appender knows all that is in a day's chain up to its head, so it knows what is there already; and it
signs the next block and writes it on the condition that nobody has. Where somebody has, it reads what came
in between and decides again. So there is one chain, and an entry that is delivered again is dropped, at no
write at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from pynamodb.exceptions import PutError

from audit import domain
from audit.adapters import signer
from audit.domain import Block, Entry
from audit.tables import DAYS, FIRST, BlockRow, DayRow, record_of
from bank import clock, store

# Deliveries are repeated for two weeks at most (the dead-letter queues keep what failed as long as that).
REPEATED = timedelta(days=15)
KNOWN_DAYS = 20
NEEDED = ["day", "record", "seq", "kind", "previous", "created_at", "next_day", "entry_count", "ids", "hash"]


@dataclass
class Known:
    """A day's chain as this process has read it: right about all blocks up to `seq`."""

    day: str
    hash: str = domain.GENESIS
    seq: int = 0
    next_day: str = ""
    count: int = 0
    ids: set[bytes] = field(default_factory=set)

    def take(self, *, seq: int, hash: str, next_day: str, count: int, ids: bytes) -> None:
        """Take a block into account, once."""
        if seq <= self.seq:
            return
        self.seq, self.hash, self.next_day = seq, hash, next_day
        self.count += count
        self.ids.update(domain.pieces(ids, domain.ID_BYTES))


_known: dict[str, Known] = {}
_open: str | None = None


def forget() -> None:
    """Let go of what this process knows (tests)."""
    global _open
    _known.clear()
    _open = None


def append(entries: Sequence[Entry]) -> int:
    """Chain those of the entries that are not chained yet; how many."""
    return store.retry_on_conflict(lambda: _append(entries))


def roll() -> Known:
    """End the days that are over; the head of the day that is running."""
    return store.retry_on_conflict(_current)


def caught_up(day: str) -> Known:
    """A day up to its head as it is now."""
    known = _of(day)
    _catch_up(known)
    return known


def _append(entries: Sequence[Entry]) -> int:
    head = _current()
    fresh: dict[bytes, Entry] = {}
    for entry in entries:
        digest = domain.id_digest(entry["id"])
        if not _is_there(digest, entry, head):
            fresh[digest] = entry
    for batch in domain.batches(list(fresh.values())):
        made = domain.block(
            day=head.day, seq=head.seq + 1, previous=head.hash, created_at=clock.instant(), entries=batch
        )
        _add(head, made)
    return len(fresh)


def _is_there(digest: bytes, entry: Entry, head: Known) -> bool:
    """Return whether it is in the chain of this day or of one since it happened."""
    if digest in head.ids:
        return True
    today = date.fromisoformat(head.day)
    happened = max(clock.business_date(clock.parse(entry["at"])), today - REPEATED)
    days = (happened + timedelta(days=number) for number in range((today - happened).days))
    return any(digest in _of(day.isoformat()).ids for day in days)


def _current() -> Known:
    """The head of the day that is running: today, or later by another appender's clock."""
    global _open
    head = _of(_open or _newest())
    while head.next_day:
        head = _opened(head)
    today = clock.business_date().isoformat()
    if head.day < today:
        end = domain.block(
            day=head.day, seq=head.seq + 1, previous=head.hash, created_at=clock.instant(), next_day=today
        )
        _add(head, end)
        head = _opened(head)
    _open = head.day
    return head


def _opened(ended: Known) -> Known:
    """The day after one that has ended. Its row is the same whoever puts it."""
    if not store.get(DayRow, DAYS, ended.next_day):
        DayRow(record=ended.next_day, opened=ended.next_day, previous=ended.hash).save()
    return _of(ended.next_day, previous=ended.hash)


def _newest() -> str:
    """The newest day that was opened; where there is none yet, today is the first."""
    while True:
        found = next(store.query(DayRow, DAYS, DayRow.record < FIRST, newest_first=True, limit=1), None)
        first = found or store.get(DayRow, DAYS, FIRST)
        if first:
            return first.opened
        today = clock.business_date().isoformat()
        transaction = store.Transaction()
        transaction.create(DayRow(record=FIRST, opened=today, previous=domain.GENESIS), store.stale)
        transaction.commit()


def _of(day: str, previous: str | None = None) -> Known:
    """Return the chain of a day as known, read up to its head at first."""
    if day not in _known:
        row = store.get(DayRow, DAYS, day) if previous is None else None
        found = Known(day, previous or (row.previous if row else domain.GENESIS))
        _catch_up(found)
        _known[day] = found
        for old in sorted(_known)[:-KNOWN_DAYS]:
            del _known[old]
    return _known[day]


def _catch_up(known: Known) -> None:
    """Read the blocks that were added since."""
    rows: Any = BlockRow.query(
        known.day,
        BlockRow.record.between(record_of(known.seq + 1), record_of(999_999_999)),
        consistent_read=True,
        attributes_to_get=NEEDED,
    )
    for row in rows:
        known.take(
            seq=int(row.seq),
            hash=row.hash,
            next_day=row.next_day,
            count=int(row.entry_count),
            ids=bytes(row.ids or b""),
        )


def _add(head: Known, made: Block) -> None:
    """Sign and write the next block, unless somebody has: then read what came and raise Stale."""
    row = BlockRow.of(replace(made, signature=signer.sign(made.claim())))
    try:
        row.save(condition=BlockRow.day.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        _catch_up(head)
        assert head.seq >= made.seq
        raise store.Stale from error
    head.take(seq=made.seq, hash=made.hash, next_day=made.next_day, count=made.count, ids=made.ids)
