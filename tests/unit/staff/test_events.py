"""What the bus hears of the organisation and of staff, and what operators can do."""

import json
from typing import Any

import pytest

from bank import events
from bank.control.audit import AuditEntryRow
from staff import cli
from tests.support.organisation import BRANCH, OTHER_BRANCH
from tests.support.streams import Cloud
from tests.unit.staff.people import Person, Time, enrolled


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was published."""
    published: list[dict[str, Any]] = []
    monkeypatch.setattr("staff.app.publish", lambda envelopes: published.extend(envelopes))
    return published


def types(published_events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].split(".")[2] for event in published_events]


def test_changes_of_staff_are_published_without_names(
    bank: Cloud, administrator: Person, published_events: list[dict[str, Any]]
) -> None:
    clerk = administrator.enters("wang.fang", BRANCH, "rol_auditor").logged_in()
    path = f"/staff/{clerk.staff_id}"
    administrator.must("POST", f"{path}/suspension", {"reason": "r"})
    administrator.must("POST", f"{path}/reinstatement", {"reason": "r"})
    administrator.must("POST", f"{path}/credential-resets", {"reason": "r"})
    administrator.must("PATCH", path, {"unit_id": OTHER_BRANCH})
    bank.settle()

    ours = [event for event in published_events if event["subject"] == clerk.staff_id]
    assert types(ours) == [
        "StaffEntered",
        "RolesChanged",
        "StaffSuspended",
        "StaffReinstated",
        "CredentialsReset",
        "StaffMoved",
    ]
    assert ours[1]["data"]["roles"] == [f"rol_auditor for {BRANCH}"]
    assert "wang" not in json.dumps(published_events)


def test_changes_of_units_are_published(
    bank: Cloud, administrator: Person, published_events: list[dict[str, Any]]
) -> None:
    body = {"parent_id": OTHER_BRANCH, "reason": "the district was divided"}
    administrator.must("POST", f"/units/{BRANCH}/moves", body)
    made = administrator.must("POST", "/units", {"name": "New"})
    administrator.must("PATCH", f"/units/{made['unit_id']}", {"status": "closed"})
    bank.settle()

    moved = next(event for event in published_events if event["type"].endswith("UnitMoved.v1"))
    assert moved["data"] == {
        "unit_id": BRANCH,
        "parent_id": OTHER_BRANCH,
        "previous_parent_id": "unit_head",
    }
    ours = [event for event in published_events if event["subject"] == made["unit_id"]]
    assert types(ours) == ["UnitAdded", "UnitStatusChanged"]
    assert events.DomainEvent.__subclasses__()


# Operators


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    status = cli.main(arguments)
    said = capsys.readouterr()
    return status, json.loads(said.out) if status == 0 else said.err


def test_three_administrators_come_first_and_no_fourth(
    bank: Cloud, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    """One proposes and two approve: as many as it takes to enter another administrator."""
    made = [
        run(capsys, "bootstrap", "--name", "Li Wei", "--login", f"li.wei-{number}") for number in (1, 2, 3)
    ]
    again, refused = run(capsys, "bootstrap", "--name", "Mallory", "--login", "mallory")

    assert ([status for status, _ in made], again) == ([0, 0, 0], 1)
    assert refused.startswith("administrator_exists")
    acts = [entry for entry in AuditEntryRow.scan() if entry.action == "staff.bootstrapped"]
    assert [entry.actor.split(":")[0] for entry in acts] == ["operator"] * 3
    for number, (_, each) in enumerate(made, start=1):
        person = Person(each["staff_id"], f"li.wei-{number}", each["password"], each["totp_secret"], time)
        assert "staff:write" in person.logged_in().tokens["scope"].split()


def test_who_has_lost_everything_enrols_again(
    bank: Cloud, time: Time, administrator: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    status, made = run(capsys, "reset", "--login", "administrator")
    unknown, refused = run(capsys, "reset", "--login", "nobody")

    assert (status, unknown) == (0, 1)
    assert refused.startswith("staff_not_found")
    assert administrator.ask("GET", "/units").status == 401
    again = enrolled("administrator", made["initial_password"], time)
    assert "staff:write" in again.logged_in().tokens["scope"].split()


def test_an_administrator_who_suspends_all_others_is_not_the_last_one(
    bank: Cloud, time: Time, administrator: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reinstating takes another administrator: an operator lets one in again."""
    _, made = run(capsys, "bootstrap", "--name", "Wang Fang", "--login", "wang.fang")
    administrator.must("POST", f"/staff/{made['staff_id']}/suspension", {"reason": "mine alone now"})

    status, reset = run(capsys, "reset", "--login", "wang.fang")

    assert status == 0
    again = enrolled("wang.fang", reset["initial_password"], time).logged_in()
    assert "staff:administer" in again.tokens["scope"].split()
