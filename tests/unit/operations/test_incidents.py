"""Alarms become incidents, which people acknowledge before others are woken."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest

from bank import store
from bank.control.audit import AuditEntryRow
from operations import app
from operations.tables import IncidentRow
from tests.support import http
from tests.unit.operations.given import Clock, Sent, changed, deliver, get, post, refused_to_others

ALARM = "payments-DeadLetters"

pytestmark = pytest.mark.usefixtures("cloud")


def goes_off(at: Clock, alarm: str = ALARM) -> dict[str, Any]:
    return changed(alarm, "ALARM", at.moment, ("OK", at.moment - timedelta(hours=1)))


def is_over(at: Clock, began: timedelta, alarm: str = ALARM, value: str = "OK") -> dict[str, Any]:
    return changed(alarm, value, at.moment, ("ALARM", at.moment - began))


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get("/incidents")["items"]
    return found


def wait(sent: Sent) -> None:
    """Have what waits on the queue of escalations delivered."""
    messages = [{"messageId": "m", "body": json.dumps({"incident_id": each})} for each in sent.waiting]
    deliver(app.on_escalations, *messages)


def acknowledge(incident_id: str, who: str = "stf_test") -> http.Reply:
    body = {"note": "on it"}
    return post(f"/incidents/{incident_id}/acknowledgement", body, principal=http.staff(staff_id=who))


def test_an_alarm_is_an_incident_however_often_it_is_delivered(at: Clock, sent: Sent) -> None:
    message = goes_off(at)
    deliver(app.on_alarms, message, message)

    (incident,) = listed()
    assert (incident["alarm"], incident["detail"]) == (ALARM, "Threshold crossed, says ALARM")
    assert incident["over_at"] is incident["acknowledged_at"] is None
    assert get(f"/incidents/{incident['incident_id']}") == incident
    assert set(sent.waiting) == {incident["incident_id"]}


def test_the_first_who_acknowledges_is_named_and_nobody_else_is_woken(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, goes_off(at))
    (incident,) = listed()

    first = acknowledge(incident["incident_id"], "stf_1").json
    second = acknowledge(incident["incident_id"], "stf_2").json
    wait(sent)

    assert first["acknowledged_by"] == second["acknowledged_by"] == "stf_1"
    assert sent.escalated == []
    entries = {row.action: row for row in AuditEntryRow.scan()}
    entry = entries["operations.incident_acknowledged"]
    assert (entry.actor, entry.reason, entry.after["alarm"]) == ("stf_1", "on it", ALARM)
    # Who came second has asked, too.
    assert entries["operations.acknowledge_incident"].actor == "stf_2"


def test_who_is_next_is_woken_once_for_what_nobody_acknowledged(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, goes_off(at))
    at.on(minutes=15)
    wait(sent)
    wait(sent)

    [(subject, text)] = sent.escalated
    assert subject == "test: payments-DeadLetters is not acknowledged"
    assert "Threshold crossed" in text
    assert listed()[0]["escalated_at"] == "2026-11-29T04:15:00Z"


def test_nobody_is_woken_for_what_is_over_but_somebody_has_to_look(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, goes_off(at))
    at.on(minutes=5)
    deliver(app.on_alarms, is_over(at, timedelta(minutes=5)))
    wait(sent)

    (incident,) = listed()
    assert (incident["over_at"], sent.escalated) == ("2026-11-29T04:05:00Z", [])
    acknowledge(incident["incident_id"])
    assert listed() == []


def test_what_is_acknowledged_leaves_the_list_when_it_is_over(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, goes_off(at))
    acknowledge(listed()[0]["incident_id"])
    assert len(listed()) == 1
    at.on(minutes=5)
    deliver(app.on_alarms, is_over(at, timedelta(minutes=5), value="INSUFFICIENT_DATA"))

    assert listed() == []


def test_beginning_end_and_acknowledgement_agree_in_any_order_and_twice(at: Clock, sent: Sent) -> None:
    began = goes_off(at)
    at.on(minutes=5)
    ended = is_over(at, timedelta(minutes=5))
    for number, order in enumerate(itertools.permutations([began, ended, began, ended])):
        for row in IncidentRow.scan():
            row.delete()
        for message in order:
            deliver(app.on_alarms, message)

        (row,) = IncidentRow.scan()
        assert (row.began_at, row.over_at) == ("2026-11-29T04:00:00.000000Z", "2026-11-29T04:05:00.000000Z")
        assert row.open_key == "open", number


def test_the_end_that_meets_an_acknowledgement_loses_neither(
    at: Clock, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room reads the row, somebody acknowledges, and the end is written after that."""
    deliver(app.on_alarms, goes_off(at))
    incident_id = listed()[0]["incident_id"]
    commit, done = store.Transaction.commit, []

    def meanwhile(transaction: store.Transaction, **options: Any) -> None:
        if not done:
            done.append(acknowledge(incident_id))
        commit(transaction, **options)

    at.on(minutes=5)
    message = is_over(at, timedelta(minutes=5))
    monkeypatch.setattr(store.Transaction, "commit", meanwhile)
    deliver(app.on_alarms, message)

    found = get(f"/incidents/{incident_id}")
    assert found["over_at"]
    assert found["acknowledged_by"] == "stf_test"
    assert listed() == []


def test_the_same_alarm_going_off_again_is_another_incident(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, goes_off(at))
    at.on(minutes=5)
    deliver(app.on_alarms, is_over(at, timedelta(minutes=5)))
    at.on(minutes=5)
    deliver(app.on_alarms, goes_off(at))

    assert [each["over_at"] is None for each in listed()] == [True, False]


def test_an_alarm_that_gets_its_first_data_is_none(at: Clock, sent: Sent) -> None:
    deliver(app.on_alarms, changed(ALARM, "OK", at.moment, ("INSUFFICIENT_DATA", at.moment)))

    assert listed() == []


def test_many_at_once_come_in_pages_and_none_is_lost(at: Clock, sent: Sent) -> None:
    for number in range(7):
        deliver(app.on_alarms, goes_off(at, f"room-{number}-DeadLetters"))

    seen: list[str] = []
    query: dict[str, str] = {"limit": "3"}
    while True:
        page = get("/incidents", query=query)
        seen += [each["alarm"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == [f"room-{number}-DeadLetters" for number in range(7)]


def test_incidents_are_the_head_office_s(at: Clock) -> None:
    assert refused_to_others("GET", "/incidents")
    assert refused_to_others("GET", "/incidents/inc_1")
    assert refused_to_others("POST", "/incidents/inc_1/acknowledgement", {"note": "on it"})
    assert acknowledge("inc_1").status == 404
