"""The tables of approvals. Access patterns and what each costs: functions/approvals/README.md."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.principal import Ownership
from bank.control.approval import domain
from bank.store import Table, table_name

OPEN_SHARDS = 8
UNIT_SHARDS = 2
MAKER_SHARDS = 4


class OpenApprovals(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of open approvals, by expiry. Sparse: an approval leaves it when it ends."""

    class Meta:
        index_name = "open_approvals"
        projection = KeysOnlyProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)
    approval_id = UnicodeAttribute()


class OpenOfUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of approvals that wait for a checker who sees this unit, by expiry. Sparse too."""

    class Meta:
        index_name = "open_of_unit"
        projection = KeysOnlyProjection()

    unit_shard = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)
    approval_id = UnicodeAttribute()


class ByMaker(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Index of approvals by maker and time."""

    class Meta:
        index_name = "by_maker"
        projection = KeysOnlyProjection()

    maker_shard = UnicodeAttribute(hash_key=True)
    approval_id = UnicodeAttribute(range_key=True)


class ApprovalRow(Table):
    """Something submitted, by the digest of its content, and what was decided on it."""

    class Meta:
        table_name = table_name("approvals")

    approval_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    subject_id = UnicodeAttribute()
    content_digest = UnicodeAttribute()
    amount = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    # For the checker to read; no personal data.
    summary: JSONAttribute = JSONAttribute()
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute()
    customer_id = UnicodeAttribute(default="")
    maker = UnicodeAttribute()
    maker_unit = UnicodeAttribute(default="")
    status = UnicodeAttribute(default=domain.Status.SUBMITTED.value)
    permission = UnicodeAttribute()
    levels: JSONAttribute = JSONAttribute()
    use_hours = NumberAttribute()
    delay_hours = NumberAttribute(default=0)
    rule_version = UnicodeAttribute()
    step = NumberAttribute(default=0)
    checkers: JSONAttribute = JSONAttribute()
    # [{at, deed, by, unit, step, reason}, ...], oldest first.
    history: JSONAttribute = JSONAttribute()
    submitted_at = UnicodeAttribute()
    # While it is submitted: until when it may be decided. Once approved: until when it may be used.
    expires_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(null=True)
    # Once approved: from when on it may be used.
    usable_from = UnicodeAttribute(null=True)
    used_at = UnicodeAttribute(null=True)
    # The request that used it, where all its transactions may.
    used_by = UnicodeAttribute(null=True)
    # Whether it counts among what its maker has open.
    counted = BooleanAttribute(default=False)
    maker_shard = UnicodeAttribute()
    open_shard = UnicodeAttribute(null=True)
    unit_shard = UnicodeAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    open_approvals = OpenApprovals()
    open_of_unit = OpenOfUnit()
    by_maker = ByMaker()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)

    def to_domain(self) -> domain.Approval:
        """As the rules see it."""
        return domain.Approval(
            approval_id=self.approval_id,
            kind=self.kind,
            maker=self.maker,
            status=domain.Status(self.status),
            levels=domain.levels_of(self.levels),
            permission=self.permission,
            step=int(self.step),
            checkers=tuple(self.checkers),
            expires_at=self.expires_at,
            used=bool(self.used_at),
        )


class MarkRow(Table):
    """Mark that approvals leave: `open#MAKER` counts what waits, `used#ACT#RECORD` tells the last one."""

    class Meta:
        table_name = table_name("approval-marks")

    mark = UnicodeAttribute(hash_key=True)
    open = NumberAttribute(null=True)
    approval_id = UnicodeAttribute(null=True)


class RuleRow(Table):
    """Rules of a kind: `live` holds now, `version#arv_...` keeps each version that was proposed."""

    class Meta:
        table_name = table_name("approval-rules")

    kind = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    version = UnicodeAttribute()
    content: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute()
    approval_id = UnicodeAttribute(null=True)
    maker = UnicodeAttribute(default="")
    created_at = UnicodeAttribute()
    activated_at = UnicodeAttribute(null=True)
    request_digest = UnicodeAttribute(null=True)


def open_shard(approval_id: str) -> str:
    """The partition of all that is open which this one stands in."""
    return f"open#{ids.shard(approval_id, OPEN_SHARDS)}"


def open_shards() -> list[str]:
    """The partitions of all that is open."""
    return [f"open#{shard}" for shard in range(OPEN_SHARDS)]


def unit_shard(unit_id: str, approval_id: str) -> str:
    """The partition of what waits at this unit which this one stands in."""
    return f"{unit_id}#{ids.shard(approval_id, UNIT_SHARDS)}"


def unit_shards(unit_id: str) -> list[str]:
    """The partitions of what waits at a unit."""
    return [f"{unit_id}#{shard}" for shard in range(UNIT_SHARDS)]


def maker_shard(maker: str, approval_id: str) -> str:
    """The partition of what somebody submitted which this one stands in."""
    return f"{maker}#{ids.shard(approval_id, MAKER_SHARDS)}"


def maker_shards(maker: str) -> list[str]:
    """The partitions of what somebody submitted."""
    return [f"{maker}#{shard}" for shard in range(MAKER_SHARDS)]
