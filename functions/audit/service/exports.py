"""A customer's own acts, and tries to be let in as them, for an export of their own data.

Acts of staff and jobs on them are not given, nor what channels do but at the door.
"""

import heapq
from itertools import groupby

from bank import store
from bank.control import audit
from bank.control.audit import AuditEntryRow

# What is tried before anybody knows who tries it, whoever that was.
AT_THE_DOOR = {
    f"customers.{name}" for name in ("log_in", "register", "reset_password", "recover_phone", "send_code")
}


def acts(customer_id: str) -> list[AuditEntryRow]:
    """All that a customer did, and whoever tried to be them, oldest first."""
    shards = [AuditEntryRow.by_actor.query(shard) for shard in audit.actor_shards(customer_id)]
    shards.append(AuditEntryRow.by_subject.query(customer_id))
    ids = groupby(heapq.merge(*((row.entry_id for row in shard) for shard in shards)))
    rows = store.get_many([(AuditEntryRow, entry_id) for entry_id, _ in ids])
    return [row for row in rows if row is not None and _is_theirs(row, customer_id)]


def _is_theirs(row: AuditEntryRow, customer_id: str) -> bool:
    return row.actor == customer_id or (row.subject_id == customer_id and row.action in AT_THE_DOOR)
