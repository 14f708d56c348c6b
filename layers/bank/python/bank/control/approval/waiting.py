"""A bound on the approvals of one maker that wait, so that nobody floods those who have to check."""

from bank import errors, store
from bank.control.approval.tables import ApprovalRow, MarkRow
from bank.store import Transaction

MOST = 200


class TooManyWait(errors.Conflict):
    """409: 200 approvals of this maker wait; more can be submitted once some are decided or have expired."""

    code, title = "too_many_wait", "Too many approvals wait"


def count(transaction: Transaction, maker: str) -> None:
    """Count one more of this maker. Adds one operation. Committing raises TooManyWait."""
    transaction.update(
        (MarkRow, _mark(maker)),
        [MarkRow.open.add(1)],
        MarkRow.open.does_not_exist() | (MarkRow.open < MOST),
        lambda _: TooManyWait(f"{MOST} approvals of {maker} wait: until some are decided, or expire"),
    )


def leave(transaction: Transaction, row: ApprovalRow) -> None:
    """Count one less, in the transaction that ends what waited. Adds one operation, where it was counted."""
    if row.counted and row.ended_at is None:
        anyway = MarkRow.mark.exists() | MarkRow.mark.does_not_exist()
        transaction.update((MarkRow, _mark(row.maker)), [MarkRow.open.add(-1)], anyway, store.stale)


def _mark(maker: str) -> str:
    return f"open#{maker}"
