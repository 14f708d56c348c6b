"""Verifications as callers may see them: one, a customer's, a unit's. Newest first."""

import heapq
from typing import Any

from bank import errors, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Ownership, Principal
from kyc import tables
from kyc.tables import ByCustomer, ByUnit, VerificationRow


class VerificationNotFound(errors.NotFound):
    """404: no such verification, or not the caller's to see."""

    code = "verification_not_found"


def find(*, principal: Principal, verification_id: str) -> VerificationRow:
    """One, as it is now. One round trip. Raises VerificationNotFound."""
    missing = VerificationNotFound(f"there is no verification {verification_id}")
    row = store.get(VerificationRow, verification_id, tables.VERIFICATION)
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def list_of_customer(
    *, principal: Principal, customer_id: str, after: str | None, limit: int
) -> tuple[list[VerificationRow], str | None]:
    """A customer's that the caller may see, and the place to go on after."""

    def shown(batch: list[Any]) -> list[VerificationRow | None]:
        rows = store.get_many([tables.verification_key(each.subject) for each in batch])
        return [row if row and principal.sees(row.ownership) else None for row in rows]

    condition = ByCustomer.made < after if after else None
    found = VerificationRow.by_customer.query(customer_id, condition, scan_index_forward=False)
    return store.sift(found, shown, limit=limit, place=lambda each: str(each.made))


def list_of_unit(
    *, principal: Principal, unit_id: str | None, after: str | None, limit: int
) -> tuple[list[VerificationRow], str | None]:
    """A unit's (the caller's own where none is named), and the place to go on after.

    A unit outside of the caller's data scope has none. A channel has no unit: it asks by customer.
    """
    if principal.kind is not Kind.STAFF and not principal.bank_wide:
        raise errors.Invalid(
            "name a customer", errors=[{"field": "customer_id", "message": "is needed from a channel"}]
        )
    wanted = unit_id or principal.unit or HEAD_OFFICE
    if not principal.sees(Ownership(unit_id=wanted)):
        return [], None
    condition = ByUnit.made < after if after else None
    index = VerificationRow.by_unit
    shards = [
        list(index.query(shard, condition, scan_index_forward=False, limit=limit + 1))
        for shard in tables.unit_shards(wanted)
    ]
    merged = list(heapq.merge(*shards, key=lambda found: str(found.made), reverse=True))
    return _rows(merged, limit)


def _rows(found: list[Any], limit: int) -> tuple[list[VerificationRow], str | None]:
    keys, last = store.page(found, limit, lambda each: str(each.made))
    rows = store.get_many([tables.verification_key(each.subject) for each in keys])
    return [row for row in rows if row], last
