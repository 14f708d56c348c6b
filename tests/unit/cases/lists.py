"""How the lists of the cases room are tried."""

from cases.domain import Status
from cases.tables import CaseRow
from tests.support import http
from tests.support.lists import Listed, Lists, at
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH


def _case(unit_id: str, number: int, assigned_to: str | None = None) -> str:
    case = CaseRow(
        case_id=f"cas_{number:026}",
        unit_id=unit_id,
        kinds=["velocity"],
        record_ids=[],
        assigned_to=assigned_to,
        opened_at=at(number),
        updated_at=at(number),
    )
    case.file()
    case.save()
    return str(case.case_id)


LISTS: Lists = {
    "list_cases": [
        Listed(
            "case_id",
            lambda number: _case(SUB_BRANCH, number),
            lambda number: _case(OTHER_BRANCH, number),
            query={"status": Status.OPEN.value},
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
        Listed(
            "case_id",
            lambda number: _case(SUB_BRANCH, number, "stf_test"),
            lambda number: _case(SUB_BRANCH, number, "stf_other"),
            query={"assigned_to": "stf_test"},
            caller={"principal": http.staff(SUB_BRANCH)},
        ),
    ],
}
