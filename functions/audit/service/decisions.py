"""Finding decisions on money: they stand in the chains alone, a hundred and more in one item.

A day's blocks are read from the newest back, over all lanes. Who asks knows the day: the record that was
decided on says it. A decision may be chained twice: a page shows it once, and the page after it may show it
again, so that who reads several knows decisions by their ids.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from audit import domain
from audit.domain import Entry
from audit.service import entries
from audit.tables import BLOCK, BlockRow, record_of
from bank import store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal

# What one request reads at most; a page that met so much goes on with its cursor.
READ_BYTES = 2 * 1024 * 1024
# Blocks of a lane that are read at first; twice as many each time after that, up to the most at once.
FIRST_BLOCKS, MOST_BLOCKS = 4, 64


@dataclass(frozen=True)
class Wanted:
    """Filter of a day's decisions: by subject and type; behind the place `after` (`Place`)."""

    day: str
    subject: str | None
    type: str | None
    after: str | None
    limit: int

    def fits(self, entry: Entry) -> bool:
        """Return whether it is what was asked for."""
        return (
            entry.get("what") == entries.DECISION
            and self.subject in (None, entry["subject"])
            and self.type in (None, entry["type"])
        )


@dataclass
class Place:
    """A place in a day: of each lane that was looked into the last entry that was, by seq and position.

    As text `0:12.4 7:3.0`; where lane 0 is the only one `block#000000012#0004`, as before lanes.
    """

    passed: dict[int, tuple[int, int]]

    @classmethod
    def of(cls, text: str | None) -> Self:
        """Read the text of a place; none is a day's beginning."""
        if text and text.startswith(BLOCK):
            _, seq, position = text.split("#")
            return cls({0: (int(seq), int(position))})
        lanes = (each.split(":") for each in (text or "").split())
        places = {int(lane): passed.split(".") for lane, passed in lanes}
        return cls({lane: (int(seq), int(position)) for lane, (seq, position) in places.items()})

    def __str__(self) -> str:
        if self.passed.keys() == {0}:
            seq, position = self.passed[0]
            return f"{record_of(seq)}#{position:04d}"
        return " ".join(f"{lane}:{seq}.{position}" for lane, (seq, position) in sorted(self.passed.items()))


def list_decisions(*, principal: Principal, wanted: Wanted) -> tuple[list[Entry], str | None]:
    """A page of decisions, newest block first, and the place to go on after."""
    place = Place.of(wanted.after)
    found: dict[bytes, Entry] = {}
    read = 0
    for row in _blocks(wanted.day, place):
        block, lane = row.to_domain(), domain.lane_of(row.day)[1]
        if read and read + len(block.packed) > READ_BYTES:
            return list(found.values()), str(place)
        read += len(block.packed)
        for position, entry in reversed(list(enumerate(block.entries))):
            if (block.seq, position) >= place.passed.get(lane, (block.seq + 1, 0)):
                continue
            if len(found) == wanted.limit:
                return list(found.values()), str(place)
            place.passed[lane] = block.seq, position
            if wanted.fits(entry) and principal.sees(ownership(entry["data"])):
                found.setdefault(domain.leaf(entry), entry)
    return list(found.values()), None


def ownership(data: dict[str, Any]) -> Ownership:
    """Return a decision's ownership as its event has it; without a unit it is the head office's."""
    return Ownership(
        str(data.get("client_id") or ""),
        str(data.get("unit_id") or HEAD_OFFICE),
        str(data.get("customer_id") or ""),
    )


def _blocks(day: str, place: Place) -> Iterator[BlockRow]:
    """A day's blocks behind a place, as far as its lanes are in order newest first."""
    lanes = (_lane(day, lane, place.passed.get(lane)) for lane in range(domain.LANES))
    return heapq.merge(*lanes, key=lambda row: (row.created_at, row.day), reverse=True)


def _lane(day: str, lane: int, passed: tuple[int, int] | None) -> Iterator[BlockRow]:
    """A lane's blocks, newest first: few where a page ends soon, in few reads where blocks are small."""
    behind = BlockRow.record <= (record_of(passed[0]) if passed else BLOCK + "~")
    for read in count():
        size = min(FIRST_BLOCKS << read, MOST_BLOCKS)
        rows = list(
            store.query(
                BlockRow,
                domain.lane_day(day, lane),
                behind,
                newest_first=True,
                limit=size,
                consistent=False,
            )
        )
        yield from rows
        if len(rows) < size:
            return
        behind = BlockRow.record < rows[-1].record
