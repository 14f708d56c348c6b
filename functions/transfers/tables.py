"""The transfers room's tables: one of transfers, one of batches with a few small rows each."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.risk.verdict import Verdict
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow
from bank.uploads.facts import FileFacts
from transfers.domain.lanes import Lane
from transfers.domain.results import BatchTotals

HEADER = "batch"
CHUNK = "chunk#"
DONE = "done#"
TURN = "turn"
WAITS = "waits#"


class TransferRow(IdempotentRow):
    """A transfer, booked or declined for good. Its id derives from the request, or from the batch's line."""

    class Meta:
        table_name = table_name("transfers")

    transfer_id = UnicodeAttribute(hash_key=True)
    # The channel that asked for it. Whose the two accounts are stands on these.
    client_id = UnicodeAttribute(default="")
    status = UnicodeAttribute()
    from_account_id = UnicodeAttribute()
    to_account_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    journal_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    # {code, detail} of what forbade it.
    decline: JSONAttribute = JSONAttribute(null=True)
    batch_id = UnicodeAttribute(null=True)
    line = NumberAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    device_id = UnicodeAttribute(null=True)
    # The verdict and its input (bank.risk.Verdict.pack).
    risk = UnicodeAttribute(null=True)
    # Of one that was held for a review: until when, and the case that decided.
    review_until = UnicodeAttribute(null=True)
    case_id = UnicodeAttribute(null=True)

    @property
    def verdict(self) -> Verdict | None:
        """Verdict of risk; None for refusals before risk was asked."""
        return Verdict.unpack(self.risk) if self.risk else None

    @property
    def made_by(self) -> Ownership:
        """Ownership by the channel and unit that made it."""
        return Ownership(client_id=self.client_id)


class BatchRow(IdempotentRow):
    """A batch as announced, and its status."""

    class Meta:
        table_name = table_name("transfer-batches")

    batch_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=HEADER)
    # The channel that announced it.
    client_id = UnicodeAttribute(default="")
    status = UnicodeAttribute()
    from_account_id = UnicodeAttribute()
    file_name = UnicodeAttribute()
    total_count = NumberAttribute()
    total_amount = NumberAttribute()
    currency = UnicodeAttribute()
    created_at = UnicodeAttribute()
    # The file as it was announced (FileFacts). Batches of release 0.1 say nothing of theirs.
    announced_sha256 = UnicodeAttribute(null=True)
    announced_length = NumberAttribute(null=True)
    announced_type = UnicodeAttribute(null=True)
    # {code, detail} of why the last file that came was not the announced one.
    refused_file: JSONAttribute = JSONAttribute(null=True)
    # The file that was taken, good or bad; the digest in hexadecimal digits.
    file_sha256 = UnicodeAttribute(null=True)
    file_version = UnicodeAttribute(null=True)
    # {code, detail} of why the file was not taken.
    rejection: JSONAttribute = JSONAttribute(null=True)
    # Of batches of before: when their lines stood on the queue. Lanes need no such mark.
    handed_out_at = UnicodeAttribute(null=True)
    completed_at = UnicodeAttribute(null=True)
    succeeded = NumberAttribute(default=0)
    declined = NumberAttribute(default=0)
    rejected = NumberAttribute(default=0)
    succeeded_amount = NumberAttribute(default=0)

    @property
    def made_by(self) -> Ownership:
        """Ownership by the channel and unit that announced it."""
        return Ownership(client_id=self.client_id)

    @property
    def announced(self) -> FileFacts | None:
        """The file as it was announced."""
        if self.announced_sha256 is None:
            return None
        return FileFacts(self.announced_sha256, int(self.announced_length), self.announced_type)


class ChunkRow(Table):
    """The lines of a chunk, each with its outcome (`LineResult.stored`); written when all have one."""

    class Meta:
        table_name = table_name("transfer-batches")

    batch_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    results: JSONAttribute = JSONAttribute()


class DoneRow(Table):
    """Mark of a chunk that is done, with its totals. Small, since all of a batch's are read together."""

    class Meta:
        table_name = table_name("transfer-batches")

    batch_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    succeeded = NumberAttribute()
    declined = NumberAttribute()
    rejected = NumberAttribute()
    succeeded_amount = NumberAttribute()


class LaneRow(Table):
    """State of a lane (`Lane`). Its turns come from messages, which it outlives."""

    class Meta:
        table_name = table_name("transfer-lanes")

    lane_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=TURN)
    begun = NumberAttribute()
    holder = UnicodeAttribute()
    ended = NumberAttribute()
    called = NumberAttribute()
    after = UnicodeAttribute(default="")
    at = UnicodeAttribute(default="")

    @property
    def lane(self) -> Lane:
        """The lane as the domain has it."""
        return Lane(int(self.begun), self.holder, int(self.ended), int(self.called), self.after, self.at)


class WaitingRow(Table):
    """A batch with chunks to pay in a lane; deleted with the last. Sorts by account, then by announcement."""

    class Meta:
        table_name = table_name("transfer-lanes")

    lane_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    batch_id = UnicodeAttribute()
    from_account_id = UnicodeAttribute()
    # The chunk that is next in this lane, and the last of the batch, wherever that lies.
    chunk = NumberAttribute()
    last = NumberAttribute()

    @classmethod
    def of(cls, batch: BatchRow, *, lane_id: str, chunk: int, last: int) -> "WaitingRow":
        """The row of a batch whose first chunk in this lane is `chunk`, and which has `last` in all."""
        return cls(
            lane_id=lane_id,
            record=f"{WAITS}{batch.from_account_id}#{batch.created_at}#{batch.batch_id}",
            batch_id=batch.batch_id,
            from_account_id=batch.from_account_id,
            chunk=chunk,
            last=last,
        )


def lane_key(client_id: str, number: int) -> str:
    """Key of a channel's lane."""
    return f"{client_id}#{number}"


def waiting(after: str = "") -> tuple[str, str]:
    """Bounds of the keys of what waits for accounts after this one; of all that waits where it is empty.

    No account's id has a character below "$", which follows "#".
    """
    return (f"{WAITS}{after}$" if after else WAITS), "waits$"


def chunk_key(number: int) -> str:
    """Key of a chunk's row; keys sort as their numbers."""
    return f"{CHUNK}{number:04d}"


def done_key(number: int) -> str:
    """Key of a chunk's mark."""
    return f"{DONE}{number:04d}"


def totals_of(row: BatchRow | DoneRow) -> BatchTotals:
    """The sums that a row keeps."""
    return BatchTotals(int(row.succeeded), int(row.declined), int(row.rejected), int(row.succeeded_amount))
