"""The accounts room's own table. The ledger's tables are the kernel's."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank.idempotency import Recorded
from bank.store import table_name


class Movement(Recorded):
    """A deposit or withdrawal, booked or refused. Its id derives from the request."""

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
