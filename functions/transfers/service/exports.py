"""A customer's transfers, for an export of their own data."""

from bank import ledger, store
from transfers.domain import transfer as domain
from transfers.tables import TransferRow


def transfers(customer_id: str) -> list[TransferRow]:
    """All transfers that were booked on a customer's accounts, from them and to them, oldest first.

    Declined ones stand under their own ids alone: no list has them.
    """
    found = sorted(set(ledger.statements.references(customer_id, {domain.JOURNAL_KIND})))
    rows = store.get_many([(TransferRow, transfer_id) for transfer_id in found])
    return sorted((row for row in rows if row is not None), key=lambda row: str(row.created_at))


def accounts(customer_id: str) -> set[str]:
    """The customer's own accounts."""
    return {row.account_id for row in ledger.accounts.all_of(customer_id)}
