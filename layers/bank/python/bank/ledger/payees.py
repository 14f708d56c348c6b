"""Payees: on which terms the settlement accounts of an owner are paid out, and which accounts there are.

The room that keeps the owner writes the terms; whoever pays out reads them here and needs none of its tables.
"""

from bank import ids, store
from bank.ledger.domain import PREFIXES, Kind
from bank.ledger.tables import AccountRow, BySettlement, PayeeRow
from bank.store import Transaction

# Partitions of the index of the accounts of a kind: a run works through them side by side.
SHARDS = 128
WALKED = frozenset({Kind.SETTLEMENT, Kind.POINTS})


def settlement_id(owner_id: str, currency: str) -> str:
    """An owner's settlement account in a currency; its id is derived, so that nobody looks it up."""
    return ids.derived(PREFIXES[Kind.SETTLEMENT], owner_id, currency)


def spread(account_id: str, kind: Kind) -> str | None:
    """The index partition of a settlement account or one of points; None for others, which are not in it."""
    return f"{PREFIXES[kind]}#{ids.shard(account_id, SHARDS)}" if kind in WALKED else None


def page(shard: int, *, after: str | None, limit: int, kind: Kind = Kind.SETTLEMENT) -> list[str]:
    """The next `limit` ids of accounts of a kind in a shard (0 to SHARDS - 1), after the id `after`."""
    condition = BySettlement.account_id > after if after else None
    found = AccountRow.by_settlement.query(f"{PREFIXES[kind]}#{shard}", condition, limit=limit)
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
