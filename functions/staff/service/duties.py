"""Report of duties that are not kept apart: members of the data scope whose roles conflict."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bank import store
from bank.access.principal import Principal
from staff.domain import duties
from staff.domain.duties import Conflict
from staff.domain.roles import BREAK_GLASS, Role
from staff.service import roles
from staff.tables import MemberRow

SCAN_PAGE = 100


@dataclass(frozen=True)
class Finding:
    """A member and the conflicts of what they hold, over all units that they have roles for."""

    row: MemberRow
    conflicts: list[Conflict]


def report(*, principal: Principal, after: str | None, limit: int) -> tuple[list[Finding], str | None]:
    """Members with conflicts, by unit and id, and the place to go on after where there may be more."""
    known = {role.role_id: role for role in roles.list_roles()} | roles.of_ids([BREAK_GLASS])

    def shown(batch: list[tuple[str, str]]) -> list[Finding | None]:
        rows = store.get_many([(MemberRow, staff_id) for _, staff_id in batch])
        return [_finding(row, known) if row else None for row in rows]

    members = _members(sorted(principal.units()), after)
    return store.sift(members, shown, limit=limit, place="#".join)


def _finding(row: MemberRow, known: Mapping[str, Role]) -> Finding | None:
    held = [known[each.role_id] for each in row.roles if each.role_id in known]
    conflicts = duties.conflicts(permission for role in held for permission in role.permissions)
    return Finding(row, conflicts) if conflicts else None


def _members(units: list[str], after: str | None) -> Iterator[tuple[str, str]]:
    """(unit, member) of these units, in this order, beyond `after`: `unit#member`."""
    first, _, beyond = (after or "").partition("#")
    for unit_id in units:
        if unit_id >= first:
            bound = MemberRow.staff_id > beyond if unit_id == first and beyond else None
            for each in MemberRow.by_unit.query(unit_id, bound, page_size=SCAN_PAGE):
                yield unit_id, each.staff_id
