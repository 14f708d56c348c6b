"""The accounts room's own table. The ledger's tables are the kernel's."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.risk.verdict import Verdict
from bank.store import table_name
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
