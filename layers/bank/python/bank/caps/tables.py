"""The rows of caps. Each says what was taken of its shard; the bounds are the cap's, for whoever takes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import clock
from bank.caps.domain import LOOKED_AT, Bounds, Cap, Counts, Taken
from bank.store import Key, Table, lately, recent, table_name
from bank.store.tables import Place, place


class CapRow(Table):
    """One shard, with a key of its own: `<cap_id>#<number>`; of one that has no row, nothing was taken."""

    class Meta:
        table_name = table_name("caps")

    shard_id = UnicodeAttribute(hash_key=True)
    # What was taken: units, and money in minor units.
    units = NumberAttribute(default=0)
    budget = NumberAttribute(default=0)
    # The last business day on which something counted, where days are bounded, and what was taken on it.
    day = UnicodeAttribute(default="")
    day_units = NumberAttribute(default=0)
    day_budget = NumberAttribute(default=0)

    def taken(self, day: str) -> Counts:
        """Return what was taken of it in all, and on a business day that is not before its own."""
        of_day = (self.day_units, self.day_budget) if self.day == day else (0, 0)
        return Counts(*map(int, (self.units, self.budget, *of_day)))

    @classmethod
    def lasts(cls, row: Table | None) -> bool:
        """Return whether there is a row: the first to take from a shard would begin the day of another."""
        return row is not None


Rows = Mapping[int, CapRow | None]


def key(cap_id: str, shard: int) -> Key:
    """The key of a shard, as it was within seconds: that enough is left is a condition, whatever was read."""
    return lately(CapRow, f"{cap_id}#{shard}")


def keys(of: Cap | Taken, by: str | None = None) -> list[Key]:
    """The keys to read with whatever else the caller reads: of a few shards, for who takes (`by` an id).

    Of all shards where nobody is named; of what was taken, of those shards whose day matters for giving back.
    """
    return [key(of.cap_id, shard) for shard in numbers(of, by)]


def remembered(cap: Cap, by: str) -> list[CapRow | None]:
    """The rows of `keys(cap, by)` that this process has read within seconds, without a call; else None.

    For whoever learns too late which cap it takes from: what is not known is taken for not taken from, and
    where that is wrong the transaction raises Stale. Of a cap whose days are bounded that is nearly always.
    """
    wanted = keys(cap, by)
    known: Mapping[Place, Any] = recent.known(wanted)
    return [known.get(place(each)) for each in wanted]


def numbers(of: Cap | Taken, by: str | None = None) -> list[int]:
    """The shards that `keys` has the keys of."""
    if isinstance(of, Taken):
        return [part.shard for part in of.parts if any(part.counts[2:])]
    return list(range(of.shards)) if by is None else of.order(by)[:LOOKED_AT]


def day_of(rows: Iterable[CapRow | None], at: datetime) -> str:
    """Return the business day on which taking `at` an instant counts: that of a shard which is ahead of it.

    So the clocks of two processes need not agree at midnight, and no shard's day ever goes back.
    """
    return max([clock.business_date(at).isoformat(), *(row.day for row in rows if row)])


def lefts(cap: Cap, rows: Rows, day: str) -> dict[int, Bounds]:
    """Return what each shard has left on a business day."""
    return {shard: cap.share(shard).less(row.taken(day) if row else Counts()) for shard, row in rows.items()}
