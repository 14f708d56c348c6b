"""The cases room's tables: a case with all that belongs to it in one partition, and what finds a case.

`cases` holds, per case, its row (`case`), its alerts (`alert#`), the reviews of held money (`review#`), its
links (`link#`) and its diary (`note#`). `case-subjects` holds one small row per thing that leads to a case:
its subjects, each alert that was taken, each record that is held.
"""

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Key, Table, table_name
from cases.domain import ReviewStatus, Severity, Status

CASE, ALERT, REVIEW, LINK, NOTE = "case", "alert#", "review#", "link#", "note#"
STATUS_SHARDS = 8


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Cases of a unit by status, for branches, which read the units of their subtree."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_status = UnicodeAttribute(hash_key=True)
    opened = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All cases by status, for the head office; spread over shards that the reader merges."""

    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_shard = UnicodeAttribute(hash_key=True)
    opened = UnicodeAttribute(range_key=True)


class CaseRow(Table):
    """A case. Every change is made on the revision that was read, and raises it."""

    class Meta:
        table_name = table_name("cases")

    case_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=CASE)
    status = UnicodeAttribute(default=Status.OPEN.value)
    severity = UnicodeAttribute(default=Severity.LOW.value)
    kinds: JSONAttribute = JSONAttribute()
    subject = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    merchant_id = UnicodeAttribute(null=True)
    device_id = UnicodeAttribute(null=True)
    record_ids: JSONAttribute = JSONAttribute()
    amount = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    assigned_to = UnicodeAttribute(null=True)
    outcome = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    alerts = NumberAttribute(default=0)
    pending_reviews = NumberAttribute(default=0)
    opened_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    closed_at = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=1)
    unit_status = UnicodeAttribute()
    status_shard = UnicodeAttribute()
    opened = UnicodeAttribute()
    by_unit = ByUnit()
    by_status = ByStatus()

    @property
    def ownership(self) -> Ownership:
        """Ownership, for data scopes: the unit's alone. No channel and no customer sees a case."""
        return Ownership(unit_id=self.unit_id)

    def file(self) -> None:
        """Set the index keys to what the row says."""
        self.unit_status = f"{self.unit_id}#{self.status}"
        self.status_shard = f"{self.status}#{ids.shard(self.case_id, STATUS_SHARDS)}"
        self.opened = f"{self.opened_at}#{self.case_id}"


class AlertRow(Table):
    """An alert as it was raised."""

    class Meta:
        table_name = table_name("cases")

    case_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    alert_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    source = UnicodeAttribute()
    severity = UnicodeAttribute()
    reasons: JSONAttribute = JSONAttribute()
    record_ids: JSONAttribute = JSONAttribute()
    amount = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    raised_at = UnicodeAttribute()


class ReviewRow(Table):
    """Money that is held until somebody decides."""

    class Meta:
        table_name = table_name("cases")

    case_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    record_id = UnicodeAttribute()
    product = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute(default=ReviewStatus.PENDING.value)
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)


class NoteRow(Table):
    """A line of a case's diary, or a link to another case."""

    class Meta:
        table_name = table_name("cases")

    case_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    what = UnicodeAttribute()
    author = UnicodeAttribute()
    text = UnicodeAttribute(null=True)
    noted_at = UnicodeAttribute()


class SubjectRow(Table):
    """Pointer from a subject to its case.

    `customer#`, `merchant#`, `device#`: the case that is open about it, if any, and how long it is snoozed.
    `alert#`: that the alert was taken, and whether it was suppressed. `review#`: the case that a held record
    is in.
    """

    class Meta:
        table_name = table_name("case-subjects")

    subject = UnicodeAttribute(hash_key=True)
    case_id = UnicodeAttribute(null=True)
    snoozed_until = UnicodeAttribute(null=True)
    suppressed = BooleanAttribute(null=True)
    taken_at = UnicodeAttribute(null=True)


def key(case_id: str) -> Key:
    """Key of a case's row."""
    return CaseRow, case_id, CASE
