"""Entitlements whose time is over: they expire, and what they did not use of a budget is given back, once.

What has expired cannot be used however late this comes: each use looks at the time.
"""

from collections import Counter
from collections.abc import Callable

from bank import caps, clock, store
from bank.benefits import tables
from bank.benefits.domain import ENDED
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow
from bank.caps import Taken
from bank.jobs import Unfinished
from bank.observability import logger
from bank.store import Transaction
from benefits.service.indexing import SHARDS

# A run stops before its time is up, so that it tells what it did.
RESERVE_MS = 15_000
ENDED_NOW, RESERVED, FAILED = "ended", "reserved", "failed"


def run(*, left_ms: Callable[[], int]) -> Counter[str]:
    """End what is due; how often each outcome came. Raises Unfinished where time was up or some failed.

    Every other run begins with the latest, so that no number of those that cannot be ended starves the rest.
    """
    now, counts = clock.instant(), Counter[str]()
    latest_first = bool(clock.now().minute % 2)
    for shard in range(SHARDS):
        due = EntitlementIndexRow.sort_key <= now
        for row in store.query(EntitlementIndexRow, f"ends#{shard}", due, newest_first=latest_first):
            if left_ms() < RESERVE_MS:
                raise Unfinished(dict(counts))
            counts[_try(row)] += 1
    if counts[FAILED]:
        raise Unfinished(dict(counts))
    return counts


def _try(row: EntitlementIndexRow) -> str:
    try:
        return expire(row.entitlement_id, row)
    except Exception:
        logger.exception("an entitlement was not ended", entitlement_id=row.entitlement_id)
        return FAILED


def expire(entitlement_id: str, found_by: EntitlementIndexRow) -> str:
    """End one whose time is over, give back what it has left of its cap, and forget that it is due.

    One that a payment has reserved is looked at again: it ends when the payment does.
    """

    def act() -> str:
        row = store.get(EntitlementRow, entitlement_id)
        assert row is not None, "an index row of no entitlement"
        return _end(row, clock.instant())

    outcome = store.retry_on_conflict(act)
    if outcome == ENDED_NOW:
        found_by.delete()
    return outcome


def _end(row: EntitlementRow, now: str) -> str:
    before = row.to_domain()
    if before.reserved_by_others(now):
        return RESERVED
    after = before if before.status in ENDED else before.expired(now)
    if after == before and not row.taken:
        return ENDED_NOW
    transaction = Transaction()
    # A unit that was handed out stays handed out. Money that it never cost returns to each budget.
    for taken in caps.unpack(row.taken) if row.taken else ():
        back = left_of(taken, int(row.spent))
        caps.give_back(transaction, back, store.get_many(caps.keys(back)))
    what = {"what": "settled" if after == before else "expired"}
    tables.change(transaction, row, after, what, EntitlementRow.taken.remove())
    transaction.commit()
    return ENDED_NOW


def left_of(taken: Taken, spent: int) -> Taken:
    """The part of what was taken of a budget that was not spent."""
    budget = sum(part.counts.budget for part in taken.parts)
    day_budget = sum(part.counts.day_budget for part in taken.parts)
    back, _ = taken.split(amount=max(0, max(budget, day_budget) - spent))
    return back
