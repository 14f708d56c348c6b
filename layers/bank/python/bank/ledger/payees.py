"""Payees: on which terms the settlement accounts of an owner are paid out, and which accounts there are.

The room that keeps the owner writes the terms; whoever pays out reads them here and needs none of its tables.
"""

from bank import ids, store
from bank.ledger.domain import Kind
from bank.ledger.tables import AccountRow, BySettlement, PayeeRow
from bank.store import Transaction

# Partitions of the index of settlement accounts: a run pays them out side by side.
SHARDS = 128


def spread(account_id: str, kind: Kind) -> str | None:
    """The index partition of a settlement account; None for others, which are not in it."""
    return f"stl#{ids.shard(account_id, SHARDS)}" if kind is Kind.SETTLEMENT else None


def page(shard: int, *, after: str | None, limit: int) -> list[str]:
    """The next `limit` ids of settlement accounts of a shard (0 to SHARDS - 1), after the id `after`."""
    condition = BySettlement.account_id > after if after else None
    found = AccountRow.by_settlement.query(f"stl#{shard}", condition, limit=limit)
    return [row.account_id for row in found]


def change(transaction: Transaction, row: PayeeRow) -> None:
    """Write the terms of a payee that is there, in the transaction that changes its owner."""
    transaction.update(
        (PayeeRow, row.payee_id),
        [
            PayeeRow.days.set(int(row.days)),
            PayeeRow.stopped.set(row.stopped),
            PayeeRow.bank_account.set(row.bank_account)
            if row.bank_account
            else PayeeRow.bank_account.remove(),
            PayeeRow.revision.set(int(row.revision)),
        ],
        PayeeRow.revision == int(row.revision) - 1,
        store.stale,
    )


def unchanged(transaction: Transaction, row: PayeeRow) -> None:
    """Let nothing happen unless the payee is as it was read (else Stale)."""
    transaction.check((PayeeRow, row.payee_id), PayeeRow.revision == int(row.revision), store.stale)
