"""Lists: what the caller may decide now, the most urgent first, and what the caller submitted."""

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Any

from approvals.service.deciding import decidable
from bank import clock, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.control.approval.tables import ApprovalRow, maker_shards, open_shards, unit_shards

# Beyond so many units, all that is open in the bank is fewer queries than each unit's own.
MOST_UNITS = 16
SCAN_PAGE = 50
Place = tuple[str, str]


def list_inbox(
    *, principal: Principal, after: str | None, limit: int
) -> tuple[list[ApprovalRow], str | None]:
    """A page of what this caller may decide now, and the key to go on after."""
    now = clock.instant()

    def shown(batch: list[Place]) -> list[ApprovalRow | None]:
        read = store.get_many([(ApprovalRow, approval_id) for _, approval_id in batch])
        rows = {row.approval_id: row for row in decidable(principal, [row for row in read if row], now)}
        return [rows.get(approval_id) for _, approval_id in batch]

    places = _waiting(principal, max(after or "", now))
    return store.sift(places, shown, limit=limit, place=lambda each: each[0])


def _waiting(principal: Principal, after: str) -> Iterator[Place]:
    """Places of what is open where the caller could see it, by when it expires."""
    units = [] if principal.unit == HEAD_OFFICE else principal.units()
    index: Any = ApprovalRow.open_of_unit
    shards = [shard for unit in units for shard in unit_shards(unit)]
    if principal.unit == HEAD_OFFICE or len(units) > MOST_UNITS:
        index, shards = ApprovalRow.open_approvals, open_shards()
    sources = [index.query(shard, ApprovalRow.due_key > after, page_size=SCAN_PAGE) for shard in shards]
    return heapq.merge(*(((row.due_key, row.approval_id) for row in source) for source in sources))


def list_mine(*, principal: Principal, after: str | None, limit: int) -> tuple[list[ApprovalRow], str | None]:
    """A page of what the caller submitted, newest first, and the key to go on after."""
    index = ApprovalRow.by_maker
    bound = ApprovalRow.approval_id < after if after else None
    shards = [
        index.query(shard, bound, scan_index_forward=False, page_size=limit + 1)
        for shard in maker_shards(principal.subject)
    ]
    merged = heapq.merge(*((row.approval_id for row in shard) for shard in shards), reverse=True)
    keys = list(islice(merged, limit + 1))
    shown, last = store.page(keys, limit, str)
    rows = store.get_many([(ApprovalRow, key) for key in shown])
    return [row for row in rows if row is not None], last
