"""The accounts room's own tables. The ledger's tables are the kernel's."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.risk.verdict import Verdict
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow


class MovementRow(IdempotentRow):
    """A deposit or withdrawal: booked, refused, or held for a review. Its id derives from the request."""

    class Meta:
        table_name = table_name("movements")

    movement_id = UnicodeAttribute(hash_key=True)
    type = UnicodeAttribute()
    account_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    counterparty = UnicodeAttribute()
    reference = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    booked_at = UnicodeAttribute()
    status = UnicodeAttribute(default="booked")
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    # Of withdrawals: whose account, which device, and the verdict with its input (bank.risk.Verdict.pack).
    customer_id = UnicodeAttribute(null=True)
    device_id = UnicodeAttribute(null=True)
    risk = UnicodeAttribute(null=True)
    # Of one that was held for a review: until when, the case that decided, and why it was declined if it was.
    review_until = UnicodeAttribute(null=True)
    case_id = UnicodeAttribute(null=True)
    decline: JSONAttribute = JSONAttribute(null=True)

    @property
    def verdict(self) -> Verdict | None:
        """Verdict of risk; None for deposits, and for refusals before risk was asked."""
        return Verdict.unpack(self.risk) if self.risk else None


class OwnerRow(Table):
    """Keeper of an owner id: the channel and unit that opened the first account of it. Never changed."""

    class Meta:
        table_name = table_name("account-owners")

    owner_id = UnicodeAttribute(hash_key=True)
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    since = UnicodeAttribute()

    @property
    def ownership(self) -> Ownership:
        """Ownership by the channel and unit that came first, for data scopes."""
        return Ownership(self.client_id, self.unit_id)


class GapRow(Table):
    """Find of a sweep: a row of an account with steps that have no posting, or a journal that is among them.

    `place` is the run with a shard of its rows, or with the row; `item` the row's id, or the journal's.
    """

    class Meta:
        table_name = table_name("ledger-gaps")

    place = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    # bank.ledger.recovery.Gap.pack
    gaps: JSONAttribute = JSONAttribute(null=True)
    purge_at = NumberAttribute()
