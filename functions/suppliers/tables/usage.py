"""Use of suppliers' benefits, by supplier and month in shards, so that one supplier may have all of it."""

from collections.abc import Iterator

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from bank import ids, store
from bank.store import Key, Table, table_name

SHARDS = 8
GATE, LATE = "~closed", "late#"


class UsageRow(Table):
    """A redemption, or a reversal of one with its amounts below zero, in the month in which it was.

    One that came after its month's statement was closed says in which it counts (`counted_in`), and has a
    second row there, which says of which month it is (`of_period`).
    """

    class Meta:
        table_name = table_name("supplier-usage")

    partition = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    supplier_id = UnicodeAttribute()
    redemption_id = UnicodeAttribute()
    reversal_id = UnicodeAttribute(null=True)
    # A reversal of money alone: the benefit stays used.
    partial = BooleanAttribute(default=False)
    product_id = UnicodeAttribute()
    # What the supplier saw of it.
    code = UnicodeAttribute()
    currency = UnicodeAttribute()
    # What the supplier is due for it, and what it bears of the discount: minor units.
    cost = NumberAttribute()
    borne = NumberAttribute()
    happened_at = UnicodeAttribute()
    counted_in = UnicodeAttribute(null=True)
    of_period = UnicodeAttribute(null=True)

    @property
    def uses(self) -> int:
        """Return how many uses it adds: 1, -1 where one was given back, 0 where money alone was."""
        if self.reversal_id is None:
            return 1
        return 0 if self.partial else -1


class GateRow(Table):
    """Mark of a partition that takes no more use. On that of shard 0, that the statement was made of it."""

    class Meta:
        table_name = table_name("supplier-usage")

    partition = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=GATE)
    closed_at = UnicodeAttribute()
    counted_at = UnicodeAttribute(null=True)


def partition(supplier_id: str, period: str, shard: int) -> str:
    """A shard of a supplier's month."""
    return f"{supplier_id}#{period}#{shard}"


def shard_of(redemption_id: str) -> int:
    """The shard that a redemption and its reversals are in."""
    return ids.shard(redemption_id, SHARDS)


def gate(place: str) -> Key:
    """Key of the gate of a partition."""
    return GateRow, place, GATE


def of_month(supplier_id: str, period: str) -> Iterator[UsageRow]:
    """All use that counts in a supplier's month: what was in it and not late, and what came late for it."""
    for shard in range(SHARDS):
        place = partition(supplier_id, period, shard)
        rows = store.query(UsageRow, place, UsageRow.record < GATE)
        yield from (row for row in rows if row.counted_in is None)
