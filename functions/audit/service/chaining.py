"""Appending to the chains: by however many appenders at once, over midnight, without reading what is there.

An appender knows the head of one lane. It signs the next block and writes it on the condition that nobody
has; where somebody has, it looks at the head and goes on from there, and whoever is overtaken again although
it had looked goes to another lane. What is chained has nothing to do with the lane that it is in, so that
appenders part until each is alone, and a batch is one block with one signature however many there are.

Deliveries are repeated, and no appender knows all that others have chained: an entry may be chained twice.
Twice the same counts once, for readers as for the verification; an appender drops the repeats of what it has
chained lately itself. It knows entries by all that they say: the same id with other content is chained too,
and the verification names it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from pynamodb.exceptions import PutError

from audit import domain
from audit.adapters import signer
from audit.domain import Block, Entry
from audit.tables import BLOCK, FIRST, BlockRow, DayRow, days_of, record_of
from bank import clock, store

# Entries that an appender knows to be chained: some 150 bytes each.
REMEMBERED = 50_000


@dataclass(frozen=True)
class Head:
    """A lane's day up to its last block: which follows next, and after which hash."""

    day: str
    hash: str
    seq: int = 0
    next_day: str = ""


class Appender:
    """A process that appends: its lane, the head of it as far as it knows, and what it has chained lately."""

    def __init__(self, lane: int = 0) -> None:
        self._lane = lane
        self._head: Head | None = None
        # Somebody else has appended to this lane since: look before the next block is signed.
        self._met = False
        self._chained: dict[bytes, None] = {}

    def append(self, entries: Sequence[Entry]) -> int:
        """Chain those of the entries that this process has not chained lately; how many."""
        fresh = {leaf: entry for entry in entries if (leaf := domain.leaf(entry)) not in self._chained}
        for batch in domain.batches(list(fresh.values())):
            store.retry_on_conflict(partial(self._add, batch))
            self._remember(batch)
        return len(fresh)

    def current(self) -> Head:
        """The head of the day that is running: today, or later by another appender's clock.

        Ends the days that are over. Raises Stale where another one came in between.
        """
        head = self._known()
        while head.next_day:
            head = _opened(head)
        today = domain.lane_day(clock.business_date().isoformat(), self._lane)
        if head.day < today:
            head = _opened(_write(head, next_day=today))
        self._head = head
        return head

    def _add(self, batch: list[Entry]) -> None:
        try:
            self._head = _write(self.current(), entries=batch)
        except store.Stale:
            if self._met:
                self._lane = (self._lane + 1 + secrets.randbelow(domain.LANES - 1)) % domain.LANES
                self._head = None
            self._met = True
            raise

    def _known(self) -> Head:
        known = self._head
        if known is None:
            return newest(self._lane) or _begun(self._lane)
        if not self._met:
            return known
        seen = _head_of(known.day, known.hash)
        self._met = seen != known
        return seen

    def _remember(self, batch: list[Entry]) -> None:
        self._chained |= dict.fromkeys(map(domain.leaf, batch))
        for oldest in list(islice(self._chained, max(0, len(self._chained) - REMEMBERED))):
            del self._chained[oldest]


_process = Appender()


def append(entries: Sequence[Entry]) -> int:
    """Chain the entries; how many this process had not chained lately."""
    return _process.append(entries)


def forget() -> None:
    """Let go of what this process knows (tests)."""
    global _process
    _process = Appender()


def roll(lane: int) -> Head | None:
    """End the days of a lane that are over; the head of its running day, or None where it has not begun."""
    if newest(lane) is None:
        return None
    current: Callable[[], Head] = Appender(lane).current
    return store.retry_on_conflict(current)


def newest(lane: int) -> Head | None:
    """The head of the newest day that was opened in a lane; None where it has not begun. Two queries."""
    opened = next(store.query(DayRow, days_of(lane), DayRow.record < FIRST, newest_first=True, limit=1), None)
    row = opened or store.get(DayRow, days_of(lane), FIRST)
    return _head_of(row.opened, row.previous) if row else None


def last_block(day: str) -> BlockRow | None:
    """The newest block of a lane's day."""
    blocks = store.query(BlockRow, day, BlockRow.record.startswith(BLOCK), newest_first=True, limit=1)
    return next(blocks, None)


def _head_of(day: str, previous: str) -> Head:
    row = last_block(day)
    return Head(day, row.hash, int(row.seq), row.next_day) if row else Head(day, previous)


def _begun(lane: int) -> Head:
    """A lane's first day: today, or the one that lane 0 is at by another appender's clock."""
    first, today = newest(0), clock.business_date().isoformat()
    day = domain.lane_day(max(first.next_day or first.day, today) if first else today, lane)
    transaction = store.Transaction()
    row = DayRow(day=days_of(lane), record=FIRST, opened=day, previous=domain.GENESIS)
    transaction.create(row, store.stale)
    transaction.commit()
    return Head(day, domain.GENESIS)


def _opened(ended: Head) -> Head:
    """The day after one that has ended. Its row is the same whoever puts it."""
    lane = days_of(domain.lane_of(ended.next_day)[1])
    if not store.get(DayRow, lane, ended.next_day):
        DayRow(day=lane, record=ended.next_day, opened=ended.next_day, previous=ended.hash).save()
    return _head_of(ended.next_day, ended.hash)


def _write(head: Head, *, entries: Sequence[Entry] = (), next_day: str = "") -> Head:
    """Sign and write the next block; the head that it is. Raises Stale where somebody has."""
    made = domain.block(
        day=head.day,
        seq=head.seq + 1,
        previous=head.hash,
        created_at=clock.instant(),
        entries=entries,
        next_day=next_day,
    )
    row = BlockRow.of(replace(made, signature=signer.sign(made.claim())))
    try:
        row.save(condition=BlockRow.day.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        _require_ours(made)
    return Head(made.day, made.hash, made.seq, made.next_day)


def _require_ours(made: Block) -> None:
    """Raise Stale unless the block that stands there is ours, whose answer was lost."""
    standing = store.get(BlockRow, made.day, record_of(made.seq))
    if standing is None or standing.hash != made.hash:
        raise store.Stale
