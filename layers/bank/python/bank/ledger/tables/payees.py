"""Payees: the owners of settlement accounts, and on which terms they are paid out."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Table, table_name


class PayeeRow(Table):
    """The owner of settlement accounts, as payouts need it; the room that keeps the owner writes it.

    Each change raises `revision`, in the transaction that changes the owner's own record.
    """

    class Meta:
        table_name = table_name("ledger-payees")

    payee_id = UnicodeAttribute(hash_key=True)
    # Working days that money waits before it is paid out: 0 for T+0.
    days = NumberAttribute()
    stopped = BooleanAttribute(default=False)
    # {"bank_code", "account_number", "holder_name", "fingerprint", "sealed"}: the number masked, and sealed.
    bank_account: JSONAttribute = JSONAttribute(null=True)
    revision = NumberAttribute()
    # None of payees of before this was kept.
    created_at = UnicodeAttribute(default="")
    # Whose staff and which channel may know of it (bank.access.principal.Ownership).
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)

    @property
    def ownership(self) -> Ownership:
        """Ownership of the owner's record, for data scopes."""
        return Ownership(self.client_id, self.unit_id)

    @property
    def payable(self) -> bool:
        """Return whether what its accounts have may be paid out now."""
        return not self.stopped and bool(self.bank_account)
