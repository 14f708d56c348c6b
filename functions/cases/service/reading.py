"""Cases as they are shown: lists within the caller's data scope, and one with all that belongs to it."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bank import store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from cases.domain import Status
from cases.service import work
from cases.tables import (
    ALERT,
    LINK,
    NOTE,
    REVIEW,
    STATUS_SHARDS,
    AlertRow,
    CaseRow,
    NoteRow,
    ReviewRow,
    SubjectRow,
    key,
)

END = "~"
# The key of a case in the lists, and its id.
Place = tuple[str, str]


@dataclass(frozen=True)
class CaseDetail:
    """A case with its alerts, reviews, links and diary, oldest first."""

    case: CaseRow
    alerts: list[AlertRow]
    reviews: list[ReviewRow]
    links: list[NoteRow]
    notes: list[NoteRow]
    snoozed_until: str | None


def list_cases(
    *, principal: Principal, status: Status, assigned_to: str | None, after: str | None, limit: int
) -> tuple[list[CaseRow], str | None]:
    """Cases of a status, newest first, and the key to go on after.

    The head office and the bank's own systems read 8 shards, a branch the units of its subtree.
    """

    def shown(batch: list[Place]) -> list[CaseRow | None]:
        rows: list[CaseRow | None] = store.get_many([key(case_id) for _, case_id in batch])
        # An index may be a moment behind: what the row says counts.
        return [
            row
            if row is not None
            and row.status == status
            and principal.sees(row.ownership)
            and assigned_to in (None, row.assigned_to)
            else None
            for row in rows
        ]

    places = _merged(principal, status, after, limit)
    return store.sift(places, shown, limit=limit, place=lambda each: each[0])


def _merged(principal: Principal, status: Status, after: str | None, limit: int) -> Iterator[Place]:
    index: Any
    if _sees_all(principal):
        index = CaseRow.by_status
        partitions = [f"{status}#{shard}" for shard in range(STATUS_SHARDS)]
    else:
        index = CaseRow.by_unit
        units = principal.units() if principal.kind is Kind.STAFF else []
        partitions = [f"{unit_id}#{status}" for unit_id in units]
    condition = CaseRow.opened < after if after else None
    found = [
        index.query(partition, condition, scan_index_forward=False, page_size=limit + 1)
        for partition in partitions
    ]
    return heapq.merge(*(((row.opened, row.case_id) for row in rows) for rows in found), reverse=True)


def _sees_all(principal: Principal) -> bool:
    if principal.kind is Kind.STAFF:
        return principal.unit == HEAD_OFFICE
    return principal.kind is Kind.CHANNEL and principal.bank_wide


def find_detail(*, principal: Principal, case_id: str) -> CaseDetail:
    """A case with all that belongs to it. Raises CaseNotFound."""
    case = work.find(principal, case_id)
    about = store.get(SubjectRow, case.subject) if case.subject else None
    return CaseDetail(
        case=case,
        alerts=_rows(AlertRow, case_id, ALERT),
        reviews=_rows(ReviewRow, case_id, REVIEW),
        links=_rows(NoteRow, case_id, LINK),
        notes=_rows(NoteRow, case_id, NOTE),
        snoozed_until=about.snoozed_until if about else None,
    )


def _rows(model: Any, case_id: str, prefix: str) -> list[Any]:
    return list(store.query(model, case_id, model.record.between(prefix, prefix + END)))
