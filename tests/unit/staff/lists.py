"""How the lists of the staff room are tried."""

from bank.access import organisation
from bank.access.organisation import UnitRow
from staff.tables import MemberRow
from tests.support import http
from tests.support.lists import Listed, Lists, Whole, row
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH

CLERK = {"principal": http.staff(SUB_BRANCH)}


def _member(unit_id: str, number: int, grants: list[dict[str, str]] | None = None) -> str:
    staff_id = f"stf_{number:02}"
    row(MemberRow, staff_id=staff_id, unit_id=unit_id, status="active", grants=grants)
    return staff_id


def _conflicting(unit_id: str, number: int) -> str:
    roles = ("rol_risk_analyst", "rol_risk_approver")
    return _member(unit_id, number, [_grant(role_id, unit_id) for role_id in roles])


def _grant(role_id: str, unit_id: str) -> dict[str, str]:
    return {
        "grant_id": f"grt_{role_id}",
        "role_id": role_id,
        "unit_id": unit_id,
        "granted_at": "",
        "granted_by": "",
    }


def _unit(parent_id: str, number: int) -> str:
    unit_id = f"unit_{number:02}"
    row(UnitRow, parent_id=parent_id, unit_id=unit_id, name=unit_id, history=[])
    organisation.forget()
    return unit_id


LISTS: Lists = {
    "list_staff": [
        Listed(
            "staff_id",
            lambda number: _member(SUB_BRANCH, number),
            lambda number: _member(OTHER_BRANCH, number),
            caller=CLERK,
        )
    ],
    "list_duty_conflicts": [
        Listed(
            "staff_id",
            lambda number: _conflicting(SUB_BRANCH, number),
            lambda number: _member(SUB_BRANCH, number),
            caller=CLERK,
        )
    ],
    "list_units": [
        Listed(
            "unit_id",
            lambda number: _unit(OTHER_BRANCH, number),
            lambda number: _unit(BRANCH, number),
            caller={"principal": http.staff(OTHER_BRANCH)},
            also=(OTHER_BRANCH,),
        )
    ],
    "list_roles": Whole("built-in ones, and some dozens of the head office's"),
    "list_staff_sessions": Whole("sessions of one person that still count"),
}
