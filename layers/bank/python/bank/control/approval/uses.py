"""The order in which approvals of one act on one record are used: each follows the one used before it.

Of two that were approved side by side, the second was approved for a record to which the first had not been
done yet. Once that is used, the other is void, whatever was done to the record in between.
"""

from bank import store
from bank.control.approval.domain import ContentChanged
from bank.control.approval.tables import MarkRow
from bank.store import Transaction


def last(record: str) -> str | None:
    """The approval that was used last for this record, if any. One strongly consistent read."""
    row = store.get(MarkRow, _mark(record))
    return row.approval_id if row else None


def follow(transaction: Transaction, record: str, approval_id: str, *, after: str | None) -> None:
    """Let the transaction happen only while the one used last is still `after`. Adds one operation."""
    unused = MarkRow.approval_id == after if after else MarkRow.approval_id.does_not_exist()
    transaction.update(
        (MarkRow, _mark(record)),
        [MarkRow.approval_id.set(approval_id)],
        unused,
        lambda _: ContentChanged("this was done to it since, by another approval: submit it again"),
    )


def _mark(record: str) -> str:
    return f"used#{record}"
