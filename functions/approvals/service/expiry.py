"""Approvals that nobody decided in time end on schedule; until then their time is judged as it is read."""

import heapq

from approvals.service.deciding import ended, record_audit
from bank import clock, errors, store
from bank.control import audit
from bank.control.approval import waiting
from bank.control.approval.domain import Status
from bank.control.approval.requests import history_entry
from bank.control.approval.tables import ApprovalRow, open_shards
from bank.observability import logger
from bank.store import Transaction

ACTOR = audit.system("approvals.expiry")
# As many as a run of a minute can end; the next one goes on.
MOST = 1_000


def expire_due() -> int:
    """End what is past its time; how many. One that fails is logged and left to the next run."""
    now = clock.instant()
    count = 0
    for approval_id in _due(now):
        try:
            count += _expire(approval_id, now)
        except (errors.BankError, store.Stale):
            logger.exception("an approval could not be expired", approval_id=approval_id)
    return count


def _due(now: str) -> list[str]:
    index = ApprovalRow.open_approvals
    shards = [index.query(shard, ApprovalRow.due_key < f"{now}#~", limit=MOST) for shard in open_shards()]
    due = heapq.merge(*([(row.due_key, row.approval_id) for row in shard] for shard in shards))
    return [approval_id for _, approval_id in due][:MOST]


def _expire(approval_id: str, now: str) -> bool:
    """Return whether this call ended it: a decision at the same time may have come first."""
    row = store.get(ApprovalRow, approval_id)
    if row is None:
        return False
    line = history_entry("expired", ACTOR, now, step=int(row.step))
    transaction = Transaction()
    transaction.update(
        (ApprovalRow, approval_id),
        [*ended(Status.EXPIRED, now), ApprovalRow.history.set([*row.history, line])],
        (ApprovalRow.status == Status.SUBMITTED.value) & (ApprovalRow.expires_at <= now),
        store.stale,
    )
    waiting.leave(transaction, row)
    record_audit(transaction, row, ACTOR, "expired", {"status": "expired"}, None)
    try:
        transaction.commit()
    except store.Stale:
        return False
    return True
