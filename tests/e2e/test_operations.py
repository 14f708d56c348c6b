"""Jobs, the calendar and alarms on the deployed stack: by its schedules, queues and policies."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra import templates
from infra.people import Member
from tests.e2e.deployed import Deployed, ok
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("operations")

EXPIRY = "payments.hold-expiry"


@pytest.fixture(scope="module")
def officer(people: People) -> Member:
    """An operations officer, whose proposals a colleague approves."""
    return people.head_office("rol_operations_officer")


def attempts(officer: Member, job: str, planned: datetime) -> list[dict[str, Any]]:
    """The attempts at one run, oldest first."""
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {"limit": "100"}
    while True:
        page = ok(officer.get(f"/jobs/{job}/runs", query))
        found += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    return [each for each in reversed(found) if datetime.fromisoformat(each["planned"]) == planned]


def test_a_scheduled_run_leaves_its_record_once_and_staff_have_it_repeated(
    deployed: Deployed, officer: Member
) -> None:
    planned = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    event = {"source": "aws.scheduler", "time": planned.isoformat()}
    for _ in range(2):
        deployed.env.invoke("payments-on-hold-expiry", event)

    (run,) = attempts(officer, EXPIRY, planned)
    assert (run["status"], run["by"]) == ("done", "schedule")
    assert "expired" in run["outcome"]

    body = {"planned": planned.isoformat(), "reason": "To see that it is done again"}
    repeated = officer.post(f"/jobs/{EXPIRY}/repeats", body)
    assert repeated.status == 202, repeated.text
    deployed.eventually(lambda: [each["status"] for each in attempts(officer, EXPIRY, planned)], ["done"] * 2)
    again = attempts(officer, EXPIRY, planned)[1]
    assert (again["by"], again["reason"]) == (officer.staff_id, body["reason"])


def test_every_job_may_be_called_by_the_room_and_is_watched(deployed: Deployed, officer: Member) -> None:
    deployed.env.invoke("operations-on-watch")

    found = {each["job"]: each for each in ok(officer.get("/jobs"))["items"]}

    assert found.keys() == {job.job for job in templates.all_jobs()}
    assert found["operations.watch"]["last_good"]
    # Schedules as the stage has them, not as the templates do.
    assert found["accounts.verification"]["schedule"] == "rate(1 minute)"


def test_two_change_a_day_of_the_calendar(officer: Member) -> None:
    day = {"day": "2031-02-03", "kind": "holiday", "name": "春节"}
    body = {"days": [day], "source": "A notice to come", "reason": uuid.uuid4().hex}
    before = ok(officer.get("/calendars/2031"))
    assert (before["published"], before["edition"]) == (False, 0)

    changed = ok(officer.patch("/calendars/2031", body))

    assert changed == ok(officer.get("/calendars/2031"))
    assert (changed["edition"], changed["working_days"]) == (1, before["working_days"] - 1)


def goes_off(deployed: Deployed, alarm: str) -> None:
    """Put an alarm on the room's queue as the rule does: on a bus nobody but AWS may speak as CloudWatch."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    detail = {
        "alarmName": f"perkbank-{deployed.env.stage}-{alarm}",
        "state": {"value": "ALARM", "reason": "Threshold Crossed", "timestamp": now},
        "previousState": {"value": "OK", "reason": "", "timestamp": now},
    }
    event = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": detail,
    }
    queue_url = deployed.env.queues["operations-alarms"]
    deployed.env.aws("sqs").send_message(QueueUrl=queue_url, MessageBody=json.dumps(event))


def incident(officer: Member, alarm: str) -> dict[str, Any]:
    """The open incident of an alarm; empty while there is none."""
    items = ok(officer.get("/incidents", {"limit": "100"}))["items"]
    return next((each for each in items if each["alarm"] == alarm), {})


def test_an_alarm_that_nobody_acknowledges_wakes_the_next(deployed: Deployed, officer: Member) -> None:
    alarm = f"e2e-{uuid.uuid4().hex[:8]}-DeadLetters"
    goes_off(deployed, alarm)

    deployed.eventually(lambda: bool(incident(officer, alarm).get("escalated_at")), True)

    incident_id = incident(officer, alarm)["incident_id"]
    taken = ok(officer.post(f"/incidents/{incident_id}/acknowledgement", {"note": "on it"}))
    assert taken["acknowledged_by"] == officer.staff_id
