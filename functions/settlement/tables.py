"""The settlement room's table: payouts, by the owner of the account. Patterns and costs: README.md."""

from datetime import date

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import store
from bank.store import Table, table_name

PAYOUT = "payout#"
END = PAYOUT + "~"


class PayoutRow(Table):
    """A payout, created in the transaction of its journal and never changed by this room."""

    class Meta:
        table_name = table_name("payouts")

    payee_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    payout_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    business_date = UnicodeAttribute()
    settlement_account_id = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    # As on file at the time, the number masked.
    bank_account: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute(default="booked")
    booked_at = UnicodeAttribute()
    # Of a payout that the merchants room made before there was this one: its event was published then.
    moved = BooleanAttribute(null=True)


def payouts(payee_id: str, *, before: str, limit: int) -> list[PayoutRow]:
    """The newest payouts of an owner whose records stand before `before`."""
    condition = PayoutRow.record.between(PAYOUT, before)
    found = store.query(PayoutRow, payee_id, condition, newest_first=True, limit=limit + 1)
    return [row for row in found if row.record != before][:limit]


def payouts_since(payee_id: str, day: date) -> list[PayoutRow]:
    """An owner's payouts of business date `day` and later."""
    condition = PayoutRow.record.between(f"{PAYOUT}{day.isoformat()}", END)
    return list(store.query(PayoutRow, payee_id, condition))
