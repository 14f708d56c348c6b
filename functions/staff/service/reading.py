"""Members of staff as callers may see them: one, or those of a unit."""

from bank import errors, store
from bank.access import organisation
from bank.access.principal import Principal
from staff.service.units import UnitNotFound
from staff.tables import MemberRow


class StaffNotFound(errors.NotFound):
    """404: no such member of staff, or not one that the caller may see."""

    code, title = "staff_not_found", "Staff not found"


def find(*, principal: Principal, staff_id: str) -> MemberRow:
    """A member of the caller's data scope. Raises StaffNotFound."""
    row = store.get(MemberRow, staff_id)
    missing = StaffNotFound("there is no such member of staff")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def list_members(
    *, principal: Principal, unit_id: str, after: str | None, limit: int
) -> tuple[list[MemberRow], str | None]:
    """The members of one unit of the data scope, by id; the last id where there are more."""
    if not organisation.contains(principal.unit, unit_id):
        raise UnitNotFound("there is no such unit")
    beyond = MemberRow.staff_id > after if after else None
    found = MemberRow.by_unit.query(unit_id, beyond, limit=limit + 1, page_size=limit + 1)
    staff_ids, last = store.page([each.staff_id for each in found], limit, str)
    rows = store.get_many([(MemberRow, staff_id) for staff_id in staff_ids]) if staff_ids else []
    return [row for row in rows if row], last
