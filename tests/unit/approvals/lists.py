"""How the lists of the approvals room are tried."""

from tests.support import http
from tests.support.lists import Listed, Lists
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH
from tests.unit.approvals.given import submitted

CHECKER = {"principal": http.staff(SUB_BRANCH, "stf_checker")}


LISTS: Lists = {
    "list_approvals": [
        Listed(
            "approval_id",
            lambda number: submitted(unit=SUB_BRANCH, maker=f"stf_{number}"),
            lambda number: submitted(unit=OTHER_BRANCH, maker=f"stf_{number}"),
            caller=CHECKER,
        ),
        # One's own are not for oneself to decide.
        Listed(
            "approval_id",
            lambda number: submitted(unit=SUB_BRANCH, maker="stf_other"),
            lambda number: submitted(unit=SUB_BRANCH, maker="stf_checker"),
            caller=CHECKER,
        ),
        Listed(
            "approval_id",
            lambda number: submitted(unit=SUB_BRANCH, maker="stf_checker"),
            lambda number: submitted(unit=SUB_BRANCH, maker="stf_other"),
            query={"mine": "true"},
            caller=CHECKER,
        ),
    ],
}
