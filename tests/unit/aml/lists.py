"""How the lists of the aml room are tried."""

from typing import Any

from aml.tables import REPORTS, SCREENINGS, ReportRow, ScreeningRow, queue_shard
from tests.support import http
from tests.support.lists import Listed, Lists, at, row
from tests.support.organisation import OTHER_BRANCH, SUB_BRANCH

CLERK = {"principal": http.staff(SUB_BRANCH)}


def _waiting(model: Any, queue: str, unit_id: str, number: int) -> str:
    prefix = "scr" if model is ScreeningRow else "amr"
    record_id = f"{prefix}_{number:02}"
    shard = queue_shard(queue, unit_id, record_id)
    place = {"queue_shard": shard, "sort_key": f"{at(number)}#{record_id}", "created_at": at(number)}
    row(model, record_id=record_id, unit_id=unit_id, **place, **MORE[queue])
    return record_id


MORE: dict[str, dict[str, Any]] = {
    SCREENINGS: {"hits": [], "subject_kind": "customer", "outcome": "in_review", "trigger": "list"},
    REPORTS: {"kind": "STR", "pattern": "structuring", "evidence": []},
}


def _tried(model: Any, queue: str, item: str) -> list[Listed]:
    return [
        Listed(
            item,
            lambda number: _waiting(model, queue, SUB_BRANCH, number),
            lambda number: _waiting(model, queue, OTHER_BRANCH, number),
            caller=CLERK,
        )
    ]


LISTS: Lists = {
    "list_screenings": _tried(ScreeningRow, SCREENINGS, "screening_id"),
    "list_aml_reports": _tried(ReportRow, REPORTS, "report_id"),
}
