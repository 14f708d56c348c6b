"""A customer's own acts, for an export of their own data. Acts of staff and jobs on them are not given."""

import heapq

from bank import store
from bank.control import audit
from bank.control.audit import AuditEntryRow


def acts(customer_id: str) -> list[AuditEntryRow]:
    """All that a customer did, oldest first."""
    shards = [AuditEntryRow.by_actor.query(shard) for shard in audit.actor_shards(customer_id)]
    ids = heapq.merge(*((row.entry_id for row in shard) for shard in shards))
    rows = store.get_many([(AuditEntryRow, entry_id) for entry_id in ids])
    return [row for row in rows if row is not None and row.actor == customer_id]
