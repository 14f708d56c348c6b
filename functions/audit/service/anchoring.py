"""Anchoring: the chain's head goes where nobody can change it; a closed day goes there whole."""

from collections.abc import Iterator
from typing import Any

from audit.adapters import object_store
from audit.domain import Block
from audit.service import chaining
from audit.tables import BLOCK, DAYS, FIRST, BlockRow, DayRow
from bank import clock, store

# So many of the newest days are looked at: one that could not be archived is caught up with for a week.
DAYS_BACK = 7
# Of stored bytes in one file: unpacked they may be ten times that, and stand in memory.
FILE_BYTES = 4 * 1024 * 1024


def anchor() -> dict[str, int]:
    """Anchor the running day's head, and archive the days that have ended; how many anchors and files."""
    running = chaining.roll()
    done = {"anchors": 0, "files": 0}
    for day in _ended_before(running.day):
        last = _last(day)
        if last is None:
            continue
        for first_seq, blocks in _files(day):
            done["files"] += object_store.keep_blocks(day, first_seq, blocks)
        done["anchors"] += object_store.keep_anchor(_head(day, last.seq, last.hash, _count(day), ended=True))
    head = chaining.caught_up(running.day)
    if head.seq:
        done["anchors"] += object_store.keep_anchor(
            _head(head.day, head.seq, head.hash, head.count, ended=False)
        )
    return done


def days(newest: int | None = None) -> list[str]:
    """The days that were opened, newest first."""
    rows = store.query(DayRow, DAYS, DayRow.record < FIRST, newest_first=True, limit=newest)
    found = [row.opened for row in rows]
    first = store.get(DayRow, DAYS, FIRST)
    if first and first.opened not in found and (newest is None or len(found) < newest):
        found.append(first.opened)
    return found[:newest]


def blocks(day: str) -> Iterator[BlockRow]:
    """A day's blocks in order."""
    return store.query(BlockRow, day, BlockRow.record.startswith(BLOCK))


def _ended_before(running: str) -> list[str]:
    """Ended days whose last anchor is missing, oldest first."""
    found = [day for day in days(DAYS_BACK) if day < running]
    return [day for day in reversed(found) if not _is_anchored(day)]


def _is_anchored(day: str) -> bool:
    last = _last(day)
    return last is None or object_store.has_anchor(day, last.seq)


def _last(day: str) -> Block | None:
    condition = BlockRow.record.startswith(BLOCK)
    row = next(store.query(BlockRow, day, condition, newest_first=True, limit=1), None)
    return row.to_domain() if row else None


def _count(day: str) -> int:
    return chaining.caught_up(day).count


def _files(day: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The day's blocks as JSON lines, in parts: (seq of the part's first, blocks)."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in blocks(day):
        block = row.to_domain()
        if part and size + len(block.packed) > FILE_BYTES:
            yield part[0]["seq"], part
            part, size = [], 0
        part.append({**block.head(), "hash": block.hash, "content": block.entries})
        size += len(block.packed)
    if part:
        yield part[0]["seq"], part


def _head(day: str, seq: int, hash: str, count: int, *, ended: bool) -> dict[str, Any]:
    return {
        "day": day,
        "seq": seq,
        "hash": hash,
        "count": count,
        "ended": ended,
        "anchored_at": clock.instant(),
    }
