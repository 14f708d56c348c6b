"""The chains' table. Items are only added (the functions' boundary). Access patterns and costs: README.md."""

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from audit.domain import Block, lane_day
from bank.store import Table, table_name

DAYS = "days"
REPORTS = "reports"
FIRST = "first"
BLOCK = "block#"


def days_of(lane: int) -> str:
    """The partition of the days that were opened in a lane."""
    return lane_day(DAYS, lane)


def record_of(seq: int) -> str:
    """A block's sort key."""
    return f"{BLOCK}{seq:09d}"


class BlockRow(Table):
    """A block of a lane's business day. That its key is taken keeps two appenders from forking the lane."""

    class Meta:
        table_name = table_name("audit-chain")

    day = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    seq = NumberAttribute()
    kind = UnicodeAttribute()
    previous = UnicodeAttribute()
    created_at = UnicodeAttribute()
    next_day = UnicodeAttribute(default="")
    entry_count = NumberAttribute()
    packed = BinaryAttribute(legacy_encoding=False)
    ids = BinaryAttribute(legacy_encoding=False, null=True)
    leaves = BinaryAttribute(legacy_encoding=False, null=True)
    hash = UnicodeAttribute()
    # Blocks of release 0.1 have none.
    signature = BinaryAttribute(legacy_encoding=False, null=True)

    @classmethod
    def of(cls, block: Block) -> "BlockRow":
        """The row of a block. An end block has no ids and no leaves."""
        facts = vars(block) | {name: vars(block)[name] or None for name in ("ids", "leaves", "signature")}
        return cls(record=record_of(block.seq), entry_count=facts.pop("count"), **facts)

    def to_domain(self) -> Block:
        """The block as it is stored."""
        return Block(
            day=self.day,
            seq=int(self.seq),
            kind=self.kind,
            previous=self.previous,
            created_at=self.created_at,
            next_day=self.next_day,
            count=int(self.entry_count),
            packed=bytes(self.packed),
            ids=bytes(self.ids or b""),
            leaves=bytes(self.leaves or b""),
            hash=self.hash,
            signature=bytes(self.signature or b""),
        )


class DayRow(Table):
    """A lane's day that was opened, to find its newest by. The chain itself says which day follows which."""

    class Meta:
        table_name = table_name("audit-chain")

    # `days_of` its lane.
    day = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    opened = UnicodeAttribute()
    # The hash that its first block carries.
    previous = UnicodeAttribute()


class ReportRow(Table):
    """Report of a verification."""

    class Meta:
        table_name = table_name("audit-chain")

    day = UnicodeAttribute(hash_key=True, default=REPORTS)
    record = UnicodeAttribute(range_key=True)
    content: JSONAttribute = JSONAttribute()
