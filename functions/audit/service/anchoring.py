"""Anchoring: the chain's head goes where nobody can change it; a closed day goes there whole."""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from audit.adapters import object_store
from audit.adapters.object_store import LOCK, Locked
from audit.domain import Block
from audit.service import anchors, chaining
from audit.service.anchors import Anchor
from audit.settings import settings
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
            done["files"] += _keep_file(day, first_seq, blocks)
        count = chaining.caught_up(day).count
        done["anchors"] += anchors.keep(Anchor(day, last.seq, last.hash, count, ended=True))
    head = chaining.caught_up(running.day)
    if head.seq:
        done["anchors"] += anchors.keep(Anchor(head.day, head.seq, head.hash, head.count, ended=False))
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
    return last is None or anchors.is_kept(day, last.seq)


def _last(day: str) -> Block | None:
    condition = BlockRow.record.startswith(BLOCK)
    row = next(store.query(BlockRow, day, condition, newest_first=True, limit=1), None)
    return row.to_domain() if row else None


def _files(day: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The day's blocks as JSON lines, in parts: (seq of the part's first, blocks)."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in blocks(day):
        block = row.to_domain()
        if part and size + len(block.packed) > FILE_BYTES:
            yield part[0]["seq"], part
            part, size = [], 0
        signature = base64.b64encode(block.signature).decode()
        part.append({**block.head(), "hash": block.hash, "signature": signature, "content": block.entries})
        size += len(block.packed)
    if part:
        yield part[0]["seq"], part


def _keep_file(day: str, first_seq: int, blocks: Sequence[dict[str, Any]]) -> bool:
    """Put a part of a closed day as JSON lines, unless it stands there to the byte; whether it was put."""
    lines = "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in blocks)
    # Without a time in its head, the same blocks give the same bytes.
    packed = gzip.compress(lines.encode(), mtime=0)
    key = object_store.file_key(day, first_seq)
    standing = object_store.versions(key).get(key, [])
    if any(_is_file(object_store.read(version), packed) for version in standing if version.version_id):
        return False
    retain_until = clock.now() + timedelta(days=settings.retention_days)
    return object_store.put(key, packed, "application/gzip", retain_until, anew=bool(standing))


def _is_file(locked: Locked, packed: bytes) -> bool:
    """Return whether it is this file, and locked for nearly as long as one that is put now."""
    least = clock.now() + timedelta(days=settings.retention_days - DAYS_BACK - 1)
    return locked.content == packed and locked.mode == LOCK and (locked.retain_until or clock.now()) >= least
