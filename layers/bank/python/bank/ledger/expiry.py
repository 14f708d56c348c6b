"""Expiry: holds whose time is over are ended with the records that they are for, and none costs another.

A product's holds lie in index partitions of their own, which are worked through side by side, each to its end
or until time is up. Up to `GROUP` holds end in one transaction. Where that fails, for whatever reason, each
half of them is tried alone, so that in the end one hold fails by itself: it is logged, and tried again by the
next run. A run that ends says by how long the oldest open hold has outlived its time (the metric
`HoldsOverdueSeconds`): its alarm is heard when a hold could not be ended ten times or so, and when the job is
behind.

A hold ends under its own conditions, so that runs may meet each other, and customers who ask for a payment.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import Any

from bank import clock, errors, store
from bank.ledger import holds
from bank.ledger.domain import Hold, HoldStatus
from bank.ledger.tables import AccountRow, HoldRow, OpenHolds, open_partitions
from bank.observability import logger, metrics
from bank.store import Key, Stale, Transaction

# A hold, its record and its account are three operations of the hundred that a transaction may have.
GROUP = 33
PAGE = 3 * GROUP
WORKERS = 8
# Left for what has begun when a run's time is up.
MARGIN = timedelta(seconds=10)


@dataclass(frozen=True)
class Expiring:
    """The records of one product that hold money.

    `product` is the prefix of their ids (`pay`), `key` takes an id. `end` adds to a transaction what becomes
    of a record as its hold expires; it raises errors.Altered for a record that should hold nothing.
    """

    product: str
    key: Callable[[str], Key]
    end: Callable[[Transaction, Any, Hold], None]


def run(expiring: Expiring, *, left_ms: int) -> dict[str, int]:
    """Expire all of a product's holds that are due, within `left_ms` milliseconds; how many, how many failed.

    Every other run begins with the latest, so that no number of holds that cannot be ended starves the rest.
    """
    now = clock.now()
    at, until = clock.instant(now), now + timedelta(milliseconds=left_ms) - MARGIN

    def work(partition: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        found = due(partition, at, newest_first=bool(now.minute % 2))
        while clock.now() < until:
            group = [row.hold_id for row in islice(found, GROUP)]
            if not group:
                return counts
            counts += Counter(due=len(group)) + _expire(expiring, group, until)
        # There may be more.
        return counts + Counter(due=1)

    partitions = open_partitions(expiring.product)
    with ThreadPoolExecutor(WORKERS) as threads:
        # Whatever becomes of one, the others come to their end.
        begun = {partition: threads.submit(work, partition) for partition in partitions}
    worked = {partition: done.result() for partition, done in begun.items()}
    counts = sum(worked.values(), Counter[str]())
    overdue = _overdue([partition for partition, each in worked.items() if each["due"]], now)
    metrics.add_metric(name="HoldsOverdueSeconds", unit="Seconds", value=overdue)
    answer = {name: counts[name] for name in ("expired", "failed")}
    logger.info("holds expired", product=expiring.product, counts=answer, overdue_seconds=overdue)
    return answer


def expire(expiring: Expiring, hold_id: str) -> bool:
    """End one hold if its time is over; whether this call did."""
    return store.retry_on_conflict(lambda: _end(expiring, [hold_id]) == 1)


def due(
    partition: str, at: str, *, newest_first: bool = False, limit: int | None = None
) -> Iterator[HoldRow]:
    """Open holds whose time is over, as the index has them: ids and times alone."""
    return HoldRow.open_holds.query(
        partition,
        OpenHolds.expires_at <= at,
        scan_index_forward=not newest_first,
        page_size=limit or PAGE,
        limit=limit,
    )


def _expire(expiring: Expiring, hold_ids: Sequence[str], until: datetime) -> Counter[str]:
    """Counts of those that this call expired, and of those that failed alone; none once time is up."""
    if clock.now() >= until:
        return Counter()
    try:
        return Counter(expired=_end(expiring, hold_ids))
    except Exception as error:
        if len(hold_ids) > 1:
            half = len(hold_ids) // 2
            first, second = hold_ids[:half], hold_ids[half:]
            return _expire(expiring, first, until) + _expire(expiring, second, until)
        if isinstance(error, Stale):
            # Somebody else changes its account or ends it: the next run looks again.
            return Counter()
        logger.exception("a hold could not be expired", hold_id=hold_ids[0])
        return Counter(failed=1)


def _end(expiring: Expiring, hold_ids: Sequence[str]) -> int:
    """End those of these that are due, in one transaction; how many.

    Raises Stale where one of their rows has changed meanwhile, errors.Altered where one is for no record.
    """
    at = clock.instant()
    found = store.get_many([(HoldRow, hold_id) for hold_id in hold_ids])
    held = [row.to_domain() for row in found if row and row.reference.startswith(f"{expiring.product}_")]
    over = sorted((hold for hold in held if hold.due(at)), key=lambda hold: hold.account_id)
    if not over:
        return 0
    transaction = Transaction()
    for hold, record in zip(
        over, store.get_many([expiring.key(hold.reference) for hold in over]), strict=True
    ):
        if record is None:
            raise errors.Altered(f"hold {hold.hold_id} is for {hold.reference}, which there is not")
        expiring.end(transaction, record, hold)
    of_accounts = {account_id: list(each) for account_id, each in groupby(over, lambda hold: hold.account_id)}
    rows = store.get_many([(AccountRow, account_id) for account_id in of_accounts])
    for row, each in zip(rows, of_accounts.values(), strict=True):
        holds.release(transaction, each, row.to_domain(), HoldStatus.EXPIRED, at)
    try:
        transaction.commit()
    except holds.HoldEnded as ended:
        # Another end was first.
        raise Stale from ended
    return len(over)


def _overdue(partitions: Sequence[str], now: datetime) -> int:
    """Whole seconds by which the oldest open hold has outlived its time; 0 where none has."""
    oldest = [row for partition in partitions for row in due(partition, clock.instant(now), limit=1)]
    return max((int((now - clock.parse(row.expires_at)).total_seconds()) for row in oldest), default=0)
