"""How the lists of the operations room are tried."""

from bank.jobs import JobRunRow
from operations.tables import OPEN, IncidentRow
from tests.support import http
from tests.support.lists import Listed, Lists, Whole, at, moment, row

STAFF = {"principal": http.staff()}


def _run(number: int, job: str = "accounts.verification") -> str:
    row(JobRunRow, job=job, run=f"{at(number)}#0001", status="done", ends_by=at(number))
    return moment(number).isoformat().replace("+00:00", "Z")


def _incident(number: int) -> str:
    incident_id = f"inc_{number:02}"
    row(IncidentRow, incident_id=incident_id, place=f"{at(number)}#{incident_id}", open_key=OPEN)
    return incident_id


LISTS: Lists = {
    "list_jobs": Whole("the scheduled functions of the templates"),
    "list_runs": [
        Listed(
            "planned",
            _run,
            lambda number: _run(number, "aml.daily"),
            path="/jobs/accounts.verification/runs",
            caller=STAFF,
        )
    ],
    "list_incidents": [Listed("incident_id", _incident, alone="the bank's own alarms", caller=STAFF)],
}
