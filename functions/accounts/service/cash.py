"""Cash deposits and withdrawals, told by a movement's own record; a balance does not say it."""

from collections.abc import Iterable

from accounts.tables import MovementRow
from bank import store
from bank.ledger import AccountRow

# What a deposit's source or a withdrawal's destination is called when it is cash.
CASH = "cash"
MOVES = ("deposit", "withdrawal")


def movements(rows: Iterable[AccountRow | None]) -> frozenset[str]:
    """The ids of the cash movements that these rows were last changed by. One batch read, if any at all."""
    ids = {row.last["r"] for row in rows if row is not None and row.last and row.last.get("k") in MOVES}
    found = store.get_many([(MovementRow, movement_id) for movement_id in sorted(ids)]) if ids else []
    return frozenset(row.movement_id for row in found if row is not None and row.counterparty == CASH)
