"""What holds of every entry of the audit trail, whichever test made it."""

import re

from bank import store
from bank.control.audit import AuditEntryRow
from bank.store import Item, table_name

# A keyed hash, or a digest: nobody is found by it, and whoever has the key learns from it for ever.
HASH = re.compile(r"[0-9a-f]{32,}|[A-Za-z0-9_-]{43}")
# Somebody's id within a row's key: who looks for them does not find it.
WITHIN = re.compile(r".*#.*(cus|stf|cli|ses)_|(cus|stf|cli|ses)_.*#")
# Entries of lists are the bank's own, and no customer's record.
OF_THE_BANK = {"risk.listed", "risk.unlisted"}


def unsaid() -> list[str]:
    """Entries that do not say whom they are about, each with why."""
    items = store.client().scan(TableName=table_name("audit-entries"))["Items"]
    return [f"{row.action} on {row.subject_id}: {why}" for row in map(_row, items) if (why := _wrong(row))]


def _row(item: Item) -> AuditEntryRow:
    row: AuditEntryRow = AuditEntryRow.from_item(item)
    return row


def _wrong(row: AuditEntryRow) -> str:
    if HASH.search(row.subject_id):
        return "a hash is nobody's id"
    if WITHIN.match(row.subject_id):
        return "nobody is found by a row's key"
    if (
        row.subject_id.startswith("cus_")
        and row.customer_id != row.subject_id
        and row.action not in OF_THE_BANK
    ):
        return f"the customer is {row.customer_id or 'not said'}"
    return ""
