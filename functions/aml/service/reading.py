"""Screenings as callers may see them."""

from aml import tables
from aml.service.access import reach
from aml.tables import SCREENINGS, ScreeningRow
from bank import errors, store
from bank.access.principal import Principal

MISSING = errors.NotFound("there is no such screening")


def find(screening_id: str, principal: Principal) -> ScreeningRow:
    """A screening that the caller may know of."""
    row = store.get(ScreeningRow, screening_id) if screening_id.startswith("scr_") else None
    if row is None:
        raise MISSING
    principal.require_sees(row.ownership, MISSING)
    return row


def list_waiting(
    *, principal: Principal, after: str | None, limit: int
) -> tuple[list[ScreeningRow], str | None]:
    """The screenings that somebody has to look at, newest first, and where the next page starts."""
    units = reach(principal)
    found = tables.queued(ScreeningRow, SCREENINGS, units, after=after, limit=limit + 1)
    return store.page(found, limit, lambda row: row.sort_key)
