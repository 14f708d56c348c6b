"""A customer's accounts with all that was booked on them, for an export of their own data."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.events import MOVED
from accounts.tables import MovementRow
from bank import ledger, store
from bank.ledger import AccountRow
from bank.ledger.tables import EntryRow


@dataclass(frozen=True)
class Held:
    """Rows that are held of a customer. `entries` are by account, oldest first."""

    accounts: list[AccountRow]
    entries: dict[str, list[EntryRow]]
    movements: list[MovementRow]


def gather(customer_id: str) -> Held:
    """All that this room and its ledger hold of a customer, but for withdrawals that were declined.

    These stand under their own ids alone: no list has them.
    """
    accounts = list(ledger.accounts.all_of(customer_id))
    entries = {row.account_id: list(ledger.statements.postings(row)) for row in accounts}
    return Held(accounts, entries, list(_movements(entries)))


def _movements(entries: dict[str, list[EntryRow]]) -> Iterator[MovementRow]:
    booked = [row.reference for rows in entries.values() for row in rows if row.kind in MOVED]
    found = store.get_many([(MovementRow, movement_id) for movement_id in booked if movement_id])
    return (row for row in found if row is not None)
