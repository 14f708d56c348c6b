"""Anchoring: the lanes' heads go where nobody can change them; a closed day goes there whole."""

import base64
import gzip
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from audit import domain
from audit.adapters import object_store
from audit.adapters.object_store import LOCK, Locked
from audit.service import anchors, chaining
from audit.settings import settings
from audit.tables import BLOCK, FIRST, BlockRow, DayRow, days_of, record_of
from bank import clock, store

# So many of the newest days are looked at: one that could not be archived is caught up with for a week.
DAYS_BACK = 7
# Of stored bytes in one file: unpacked they may be ten times that, and stand in memory.
FILE_BYTES = 4 * 1024 * 1024


def anchor() -> dict[str, int]:
    """Anchor the heads of the running day's lanes, and archive the days that have ended; how many of each."""
    rolled = [head for lane in range(domain.LANES) if (head := chaining.roll(lane))]
    done = {"anchors": 0, "files": 0}
    if not rolled:
        return done
    running = min(domain.lane_of(head.day)[0] for head in rolled)
    heads = {day: lanes for day in reversed(days(DAYS_BACK)) if (lanes := _heads(day))}
    archived = {day for day, lanes in heads.items() if _is_archived(day, lanes)}
    # All heads before any file, however long those take.
    for day in sorted(heads.keys() - archived):
        done["anchors"] += anchors.keep(day, heads[day], ended=False)
    for day in sorted(heads.keys() - archived):
        if day < running:
            done["files"] += sum(_keep_files(lane) for lane, _, _ in heads[day])
            done["anchors"] += anchors.keep(day, heads[day], ended=True)
    return done


def days(newest: int | None = None) -> list[str]:
    """The business days that were opened in any lane, newest first."""
    found: set[str] = set()
    for lane in range(domain.LANES):
        rows = list(
            store.query(DayRow, days_of(lane), DayRow.record < FIRST, newest_first=True, limit=newest)
        )
        first = store.get(DayRow, days_of(lane), FIRST) if newest is None or len(rows) < newest else None
        found |= {domain.lane_of(row.opened)[0] for row in [*rows, *([first] if first else [])]}
    return sorted(found, reverse=True)[:newest]


def blocks(day: str, after: int = 0) -> Iterator[BlockRow]:
    """The blocks of a lane's day in order, those after a seq."""
    return store.query(BlockRow, day, BlockRow.record.between(record_of(after + 1), BLOCK + "~"))


def _heads(day: str) -> list[tuple[str, int, str]]:
    """The newest block of each lane that has any of this day: its day, seq and hash. A query a lane."""
    lanes = (domain.lane_day(day, lane) for lane in range(domain.LANES))
    return [(row.day, int(row.seq), row.hash) for lane in lanes if (row := chaining.last_block(lane))]


def _is_archived(day: str, lanes: list[tuple[str, int, str]]) -> bool:
    """Return whether a day was anchored as ended with these heads: its files were put before."""
    last = anchors.newest(day)
    return last is not None and last.ended and last.lanes == lanes


def _keep_files(day: str) -> int:
    return sum(_keep_file(day, first_seq, part) for first_seq, part in _files(day))


def _files(day: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The blocks of a lane's day as JSON lines, in parts: (seq of the part's first, blocks)."""
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
