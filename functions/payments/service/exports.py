"""A customer's payments, for an export of their own data."""

from collections.abc import Iterator

from bank import ledger, store
from payments.tables import LINES, PAYMENT, IndexRow, LinesRow, PaymentRow, RefundRow

REFUND = "refund#"


def payments(customer_id: str) -> list[PaymentRow]:
    """All payments from a customer's accounts, oldest first: those booked, and those in the index."""
    found = sorted({*ledger.statements.references(customer_id, {"payment"}), *_indexed(customer_id)})
    rows = store.get_many([(PaymentRow, payment_id, PAYMENT) for payment_id in found])
    return sorted((row for row in rows if row is not None), key=lambda row: str(row.created_at))


def refunds(rows: list[PaymentRow]) -> list[RefundRow]:
    """The refunds of payments that have any. A query for each of those."""
    return [
        refund
        for row in rows
        if row.refunded_amount
        for refund in store.query(RefundRow, row.payment_id, RefundRow.record.startswith(REFUND))
        if not refund.refusal
    ]


def lines(rows: list[PaymentRow]) -> list[LinesRow]:
    """The lines of payments on which benefits were used, where the channel sent lines."""
    found = store.get_many([(LinesRow, row.payment_id, LINES) for row in rows if row.shares])
    return [row for row in found if row is not None]


def _indexed(customer_id: str) -> Iterator[str]:
    """Payments that were declined, or not captured at once."""
    for account in ledger.accounts.all_of(customer_id):
        for row in store.query(IndexRow, f"payer#{account.account_id}"):
            yield row.sort_key.split("#", 1)[1]
