"""The points room's tables. Patterns and costs: README.md. Accounts and lots are the ledger's."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.principal import Ownership
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow
from points.domain import Counted, EarningStatus, Qualified, Terms, Tier

PROGRAMMES, LIVE = "programmes", "live"
SHARDS = 32
END = "~"


class ProgrammeRow(IdempotentRow):
    """A version of the rules by which points are earned: kept as a draft, never changed."""

    class Meta:
        table_name = table_name("points-programmes")

    desk = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    content: JSONAttribute = JSONAttribute()
    terms: JSONAttribute = JSONAttribute()
    # Of rules and terms, which an activation was approved with.
    digest = UnicodeAttribute()
    note = UnicodeAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()

    @property
    def found_digest(self) -> str:
        """The digest of what is stored now."""
        return ids.digest({"content": self.content, "terms": self.terms})

    def to_terms(self) -> Terms:
        """Terms of the programme."""
        tiers = tuple(Tier(**each) for each in self.terms.get("tiers", ()))
        return Terms(**{**self.terms, "tiers": tiers})


class LiveRow(Table):
    """Pointer to the live programme."""

    class Meta:
        table_name = table_name("points-programmes")

    desk = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    programme_id = UnicodeAttribute()
    digest = UnicodeAttribute()
    since = UnicodeAttribute()


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Earnings that are pending, by due day and customer. Sparse: one leaves it when it is booked."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_key = UnicodeAttribute(range_key=True)
    payment_id = UnicodeAttribute()


class EarningRow(Table):
    """Earning of a payment. Its key is the payment's: it earns once, whenever and in whatever order."""

    class Meta:
        table_name = table_name("points-earnings")

    payment_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    customer_id = UnicodeAttribute(default="")
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default="")
    # What the customer paid in money, in minor units; so are the refunds.
    amount = NumberAttribute(default=0)
    paid_at = UnicodeAttribute(default="")
    programme_id = UnicodeAttribute(default="")
    # By the rules; granted is what was left of it when it was booked, after refunds and bounds.
    points = NumberAttribute(default=0)
    due = UnicodeAttribute(default="")
    due_shard = UnicodeAttribute(null=True)
    due_key = UnicodeAttribute(null=True)
    # Amounts by refund; their sum is what is refunded.
    refunds: JSONAttribute = JSONAttribute(null=True)
    granted = NumberAttribute(default=0)
    lot = UnicodeAttribute(null=True)
    taken_back = NumberAttribute(default=0)
    booking_id = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=0)
    # Of a refund whose payment is never heard of.
    purge_at = NumberAttribute(null=True)
    due_index = DueIndex()

    @property
    def ownership(self) -> Ownership:
        """Channel, unit and customer that see it."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)

    @property
    def refunded(self) -> int:
        """Sum of its refunds, in minor units."""
        return sum(int(amount) for amount in (self.refunds or {}).values())

    def pending_since(self, due: str) -> None:
        """Let it be booked on a due day."""
        self.status, self.due = EarningStatus.PENDING.value, due
        self.due_shard = f"due#{ids.shard(self.customer_id, SHARDS)}"
        self.due_key = f"{due}#{self.customer_id}#{self.payment_id}"


class MemberRow(Table):
    """A customer as far as points go: how many were given lately, and how many are owed."""

    class Meta:
        table_name = table_name("points-members")

    customer_id = UnicodeAttribute(hash_key=True)
    day = UnicodeAttribute(default="")
    on_day = NumberAttribute(default=0)
    in_month = NumberAttribute(default=0)
    # Of the latest year in which some were given, and of the one before: by them follows the tier.
    year = UnicodeAttribute(default="")
    in_year = NumberAttribute(default=0)
    year_before = NumberAttribute(default=0)
    # Taken back by refunds after they were spent: later earnings pay them first.
    owed = NumberAttribute(default=0)
    closed_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute(null=True)
    revision = NumberAttribute(default=0)

    @property
    def counted(self) -> Counted:
        """Points that were given on the latest due day and in its month."""
        return Counted(self.day, int(self.on_day), int(self.in_month))

    @property
    def qualified(self) -> Qualified:
        """Points that count for the tier."""
        return Qualified(self.year, int(self.in_year), int(self.year_before))


class AdjustmentRow(IdempotentRow):
    """Points that staff gave or took."""

    class Meta:
        table_name = table_name("points-adjustments")

    adjustment_id = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute()
    points = NumberAttribute()
    # Points by lot, that were given or taken.
    lots: JSONAttribute = JSONAttribute()
    reason = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    made_by = UnicodeAttribute()
    booked_at = UnicodeAttribute()


class RedemptionRow(IdempotentRow):
    """Points that were taken for something: for a payment, under its id, or as a channel asked."""

    class Meta:
        table_name = table_name("points-redemptions")

    redemption_id = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    points = NumberAttribute()
    # Points by lot that were taken, and of these, returned.
    lots: JSONAttribute = JSONAttribute()
    returned: JSONAttribute = JSONAttribute(default=dict)
    reference = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    made_by = UnicodeAttribute()
    booked_at = UnicodeAttribute()
    revision = NumberAttribute(default=0)

    @property
    def ownership(self) -> Ownership:
        """Channel, unit and customer that see it."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)


class ReversalRow(IdempotentRow):
    """Points of a redemption that were returned to their lots: by a refund, under its id, or by a channel."""

    class Meta:
        table_name = table_name("points-reversals")

    reversal_id = UnicodeAttribute(hash_key=True)
    redemption_id = UnicodeAttribute()
    points = NumberAttribute()
    lots: JSONAttribute = JSONAttribute()
    made_by = UnicodeAttribute()
    booked_at = UnicodeAttribute()
