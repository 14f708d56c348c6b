"""Runs of the jobs: what is pending is booked, what has expired leaves, side by side in parts.

A part is a page of its shard; what is left when its time is up goes on in the next part. Whoever fails is
logged and counted, and costs nobody else: they stay where the next run finds them.
"""

from collections import Counter
from collections.abc import Callable
from itertools import groupby
from typing import Any

from bank import clock, ledger, store
from bank.ledger import AccountRow, Kind
from bank.observability import logger
from bank.points import accounts
from points.adapters import queue
from points.adapters.queue import BOOKING, EXPIRY, Part
from points.service import booking, members
from points.tables import END, SHARDS, DueIndex, EarningRow

PAGE = store.BATCH_GET_LIMIT
# A part stops before its time is up, so that what is left goes on and what was done is told.
RESERVE_MS = 15_000

Left = Callable[[], int]


def start(*, run: str, job: str) -> int:
    """Put the first part of each shard on the queue; how many."""
    shards = {BOOKING: SHARDS, EXPIRY: ledger.payees.SHARDS}[job]
    queue.send(Part(run, job, shard) for shard in range(shards))
    return shards


def take(part: Part, *, left_ms: Left) -> tuple[Counter[str], list[Part]]:
    """Do a part: counts of what it did, and the further part that it has put on the queue, if any."""
    work = _book_due if part.job == BOOKING else _expire
    counts, reached = work(part, left_ms)
    further = [Part(part.run, part.job, part.shard, reached)] if reached else []
    queue.send(further)
    return counts, further


def _book_due(part: Part, left_ms: Left) -> tuple[Counter[str], str | None]:
    until = f"{clock.business_date().isoformat()}#{END}"
    condition = DueIndex.due_key.between(part.after or " ", until)
    found = list(EarningRow.due_index.query(f"due#{part.shard}", condition, limit=booking.MOST + 1))
    keys = [str(row.due_key) for row in found if row.due_key != part.after][: booking.MOST]
    counts, reached = Counter[str](), keys[-1] if len(keys) == booking.MOST else None
    for (_, customer_id), of_customer in groupby(keys, key=lambda each: tuple(each.split("#")[:2])):
        mine = list(of_customer)
        payment_ids = [each.split("#", 2)[2] for each in mine]
        booked = _tried(booking.book, customer_id, payment_ids)
        counts += Counter(failed=len(mine)) if booked is None else Counter(booked=booked)
        if left_ms() < RESERVE_MS:
            return counts, mine[-1]
    return counts, reached


def _expire(part: Part, left_ms: Left) -> tuple[Counter[str], str | None]:
    found = ledger.payees.page(part.shard, after=part.after, limit=PAGE, kind=Kind.POINTS)
    counts, reached = Counter[str](), found[-1] if len(found) == PAGE else None
    for row in store.get_many([(AccountRow, account_id) for account_id in found]):
        if row is None or not accounts.lots_of(row).past(accounts.month()):
            continue
        counts["failed" if _tried(expire, row.account_id) is None else "expired"] += 1
        if left_ms() < RESERVE_MS:
            return counts, str(row.account_id)
    return counts, reached


def expire(account_id: str) -> bool:
    """Book what has expired on an account; whether anything had."""

    def attempt() -> bool:
        row = store.get(AccountRow, account_id)
        return row is not None and members.current(row) is row

    return store.retry_on_conflict(attempt)


def _tried(work: Callable[..., int], name: str, *given: Any) -> int | None:
    """Return what it did for one customer, or None where it failed, which is logged."""
    try:
        return work(name, *given)
    except Exception:
        logger.exception("points could not be booked", subject=name)
        return None
