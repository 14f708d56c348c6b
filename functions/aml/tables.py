"""The room's tables. Access patterns and what each costs: README.md.

`aml-records`: lists, screenings, reports, parameters, each under its own id. `aml-subjects`: who is screened,
spread over shards that rescreening walks, each with the entries that it was found not to be.
"""

import heapq
import itertools
from collections.abc import Iterable
from typing import Any, TypeVar

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aml.domain.outcomes import Cleared
from bank import ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow

LIVE, PARAMETERS = "live", "parameters"
SUBJECT_SHARDS, QUEUE_SHARDS = 16, 4
SCREENINGS, REPORTS = "screenings", "reports"


class ByQueue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of what a unit's staff have to look at, newest last; sharded and sparse."""

    class Meta:
        index_name = "by_queue"
        projection = AllProjection()

    queue_shard = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)


class RecordRow(Table):
    """Attributes common to the records."""

    class Meta:
        table_name = table_name("aml-records")

    record_id = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    customer_id = UnicodeAttribute(default="")
    queue_shard = UnicodeAttribute(null=True)
    sort_key = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(default="")
    by_queue = ByQueue()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)


RecordT = TypeVar("RecordT", bound=RecordRow)


class ListRow(RecordRow):
    """A version of a list: announced, then published."""

    class Meta(RecordRow.Meta):
        pass

    name = UnicodeAttribute()
    status = UnicodeAttribute(default="announced")
    # SHA-256 of each file as it is uploaded.
    digests: JSONAttribute = JSONAttribute()
    entries = NumberAttribute(null=True)
    names = NumberAttribute(null=True)
    published_at = UnicodeAttribute(null=True)


class LiveRow(RecordRow):
    """Live version of each list: {name: list_id}."""

    class Meta(RecordRow.Meta):
        pass

    lists: JSONAttribute = JSONAttribute()
    revision = NumberAttribute(default=1)


class ParametersRow(RecordRow):
    """The parameters of the patterns that were set otherwise than by default."""

    class Meta(RecordRow.Meta):
        pass

    values: JSONAttribute = JSONAttribute()
    revision = NumberAttribute(default=1)


class ScreeningRow(RecordRow, IdempotentRow):
    """One screening of a subject. `hits`: [{entry_id, alias, score, reasons, ...}]. No names in clear."""

    class Meta(RecordRow.Meta):
        pass

    subject_id = UnicodeAttribute()
    subject_kind = UnicodeAttribute()
    masked_name = UnicodeAttribute()
    outcome = UnicodeAttribute()
    # The subject's outcome before this screening.
    previous = UnicodeAttribute(null=True)
    trigger = UnicodeAttribute()
    lists_version = UnicodeAttribute()
    hits: JSONAttribute = JSONAttribute()
    payee_account_id = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)


class ReportRow(RecordRow):
    """A finding of a pattern with its evidence, and the report drafted from it."""

    class Meta(RecordRow.Meta):
        pass

    pattern = UnicodeAttribute()
    kind = UnicodeAttribute()
    account_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount = NumberAttribute()
    movements = NumberAttribute()
    since = UnicodeAttribute()
    until = UnicodeAttribute()
    evidence: JSONAttribute = JSONAttribute()
    narrative = UnicodeAttribute()
    status = UnicodeAttribute(default="draft")
    evidence_digest = UnicodeAttribute()
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)


class SubjectRow(Table):
    """A screened subject. `sealed` holds name and year of birth, as JSON, under bank.vault."""

    class Meta:
        table_name = table_name("aml-subjects")

    shard = UnicodeAttribute(hash_key=True)
    subject_id = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    schema = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    fingerprint = UnicodeAttribute()
    masked_name = UnicodeAttribute()
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    customer_id = UnicodeAttribute(default="")
    payee_account_id = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute()
    standing = UnicodeAttribute(default="")
    lists_version = UnicodeAttribute(default="")
    screened_at = UnicodeAttribute(default="")
    screening_id = UnicodeAttribute(default="")
    # What it was found not to be: {entry_id: [digest of the entry, fingerprint of the name]}.
    cleared: JSONAttribute = JSONAttribute(default=dict)
    # Of a customer who has left: since when, and how long the row is kept.
    closed_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute(null=True)
    revision = NumberAttribute(default=1)

    @property
    def not_these(self) -> dict[str, Cleared]:
        """Entries that it was found not to be."""
        return {entry_id: Cleared(*found) for entry_id, found in (self.cleared or {}).items()}

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)


def shard_of(subject_id: str) -> str:
    """Return a subject's shard."""
    return f"s{ids.shard(subject_id, SUBJECT_SHARDS):02d}"


def shards() -> list[str]:
    """All shards of subjects."""
    return [f"s{number:02d}" for number in range(SUBJECT_SHARDS)]


def subject(subject_id: str) -> SubjectRow | None:
    """A subject as it is now. One get."""
    return store.get(SubjectRow, shard_of(subject_id), subject_id)


def stretch(shard: str, after: str, count: int) -> list[SubjectRow]:
    """Up to `count` subjects of a shard after one. One query."""
    beyond = SubjectRow.subject_id > after if after else None
    return list(store.query(SubjectRow, shard, beyond, limit=count))


def queue_shard(queue: str, unit_id: str, record_id: str) -> str:
    """The index partition in which a record waits for the staff of its unit."""
    return f"{queue}#{unit_id}#{ids.shard(record_id, QUEUE_SHARDS)}"


def queued(
    model: type[RecordT], queue: str, units: Iterable[str], *, after: str | None, limit: int
) -> list[RecordT]:
    """Return what waits in these units' queues, newest first. One query for each unit and shard."""
    partitions = [f"{queue}#{unit}#{number}" for unit in units for number in range(QUEUE_SHARDS)]
    before = model.sort_key < after if after else None
    pages = (
        model.by_queue.query(partition, before, scan_index_forward=False, limit=limit)
        for partition in partitions
    )
    merged = heapq.merge(*pages, key=lambda row: row.sort_key or "", reverse=True)
    return list(itertools.islice(merged, limit))
