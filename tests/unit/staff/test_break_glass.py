"""Break-glass: two persons, an end, an entry and an alarm; nothing else opens it."""

import json
from typing import Any

import pytest

from bank.access.scopes import SCOPES
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import AuditEntryRow
from staff.domain import roles as rules
from staff.service import changes
from tests.support import http
from tests.support.organisation import BRANCH, HEAD_OFFICE
from tests.unit.staff.people import Person, Time

EMERGENCY = {"hours": 2, "reason": "the rules hold every payment, and whoever made them is on a plane"}


@pytest.fixture
def officer(administrator: Person) -> Person:
    """Somebody of the head office who may look, and propose."""
    return administrator.enters("officer", HEAD_OFFICE, "rol_risk_approver").logged_in()


def scopes(person: Person) -> set[str]:
    return set(person.tokens["scope"].split())


def test_two_persons_break_the_glass_and_it_mends_itself(
    officer: Person, time: Time, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed = officer.ask("POST", "/break-glass", EMERGENCY, approve=False)
    assert proposed.status == 202
    assert "accounts:write" not in scopes(officer.logged_in())
    capsys.readouterr()

    officer = officer.logged_in()
    broken = officer.must("POST", "/break-glass", EMERGENCY)

    given = next(each for each in broken["roles"] if each["role_id"] == rules.BREAK_GLASS)
    assert given["until"] is not None
    metric = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if "GlassBroken" in line)
    assert metric["GlassBroken"] == [1.0]
    (entry,) = [each for each in AuditEntryRow.scan() if each.action == "staff.glass_broken"]
    assert (entry.actor, entry.subject_id, entry.reason) == (
        officer.staff_id,
        officer.staff_id,
        EMERGENCY["reason"],
    )
    assert officer.ask("GET", "/units").status == 401
    again = officer.logged_in()
    assert scopes(again) == rules.assignable(SCOPES) | rules.EVERYBODY

    time.passes(hours=2)
    assert "accounts:write" not in scopes(officer.logged_in())
    assert [
        each["role_id"] for each in officer.logged_in().must("GET", f"/staff/{officer.staff_id}")["roles"]
    ] == ["rol_risk_approver"]


def test_who_breaks_it_is_not_who_agrees(officer: Person) -> None:
    proposal = officer.ask("POST", "/break-glass", EMERGENCY, approve=False).json

    assert proposal["levels"] == ["head_office"]
    assert ApprovalRow.get(proposal["approval_id"]).permission == "staff:administer"
    refused = officer.ask(
        "POST", "/break-glass", EMERGENCY, headers={"approval-id": proposal["approval_id"]}, approve=False
    )
    assert (refused.status, refused.json["code"]) == (409, "not_approved")


def test_nobody_is_given_it_and_no_list_shows_it(administrator: Person, officer: Person) -> None:
    body = {"role_id": rules.BREAK_GLASS, "unit_id": HEAD_OFFICE, "reason": "just in case"}

    assert administrator.ask("POST", f"/staff/{officer.staff_id}/roles", body).status == 404
    assert rules.BREAK_GLASS not in [each["role_id"] for each in administrator.must("GET", "/roles")["items"]]


def test_it_is_taken_away_again_by_an_administrator(administrator: Person, officer: Person) -> None:
    broken = officer.must("POST", "/break-glass", EMERGENCY)
    grant_id = next(each for each in broken["roles"] if each["role_id"] == rules.BREAK_GLASS)["grant_id"]

    administrator.must("POST", f"/staff/{officer.staff_id}/roles/{grant_id}/revocation", {"reason": "over"})

    assert "accounts:write" not in scopes(officer.logged_in())


def test_a_branch_has_no_glass_to_break_and_nobody_breaks_it_twice(
    administrator: Person, officer: Person
) -> None:
    manager = administrator.enters("manager", BRANCH, "rol_branch_manager").logged_in()
    assert manager.ask("POST", "/break-glass", EMERGENCY).json["code"] == "head_office_only"

    officer.must("POST", "/break-glass", EMERGENCY)
    assert officer.logged_in().ask("POST", "/break-glass", EMERGENCY).json["code"] == "glass_broken"
    assert officer.logged_in().ask("POST", "/break-glass", {**EMERGENCY, "hours": 5}).status == 422


def test_approvals_in_store_do_not_keep_it_broken(officer: Person, time: Time) -> None:
    """Three were approved at once, and used one after another for three days."""
    hour = {**EMERGENCY, "hours": 1}
    store = [http.approved(officer.ask("POST", "/break-glass", hour, approve=False).json) for _ in range(3)]

    def use(approval_id: str) -> http.Reply:
        header = {"approval-id": approval_id}
        return officer.logged_in().ask("POST", "/break-glass", hour, headers=header, approve=False)

    assert use(store[0]).status == 201
    again = use(store[1])
    assert (again.status, again.json["code"]) == (409, "glass_broken")
    time.passes(hours=23, minutes=50)
    assert officer.logged_in().ask("POST", "/break-glass", hour).json["code"] == "glass_broken"
    time.passes(minutes=10)
    stale = use(store[2])
    assert (stale.status, stale.json["code"]) == (409, "not_approved")
    assert officer.logged_in().ask("POST", "/break-glass", hour).status == 201


def test_taking_it_away_does_not_let_it_be_broken_anew(administrator: Person, officer: Person) -> None:
    broken = officer.must("POST", "/break-glass", EMERGENCY)
    grant_id = next(each for each in broken["roles"] if each["role_id"] == rules.BREAK_GLASS)["grant_id"]
    administrator.must("POST", f"/staff/{officer.staff_id}/roles/{grant_id}/revocation", {"reason": "over"})

    assert officer.logged_in().ask("POST", "/break-glass", EMERGENCY).json["code"] == "glass_broken"


def test_of_two_at_once_one_breaks_it(officer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that it is whole; what the first wrote is what the second's write meets."""
    store = [
        http.approved(officer.ask("POST", "/break-glass", {**EMERGENCY, "hours": hours}, approve=False).json)
        for hours in (1, 2)
    ]
    find, answers = changes.find, []

    def use(hours: int) -> http.Reply:
        body, header = {**EMERGENCY, "hours": hours}, {"approval-id": store[hours - 1]}
        return officer.ask("POST", "/break-glass", body, headers=header, approve=False)

    def slow(**given: Any) -> Any:
        row = find(**given)
        monkeypatch.setattr(changes, "find", find)
        answers.append(use(2))
        return row

    monkeypatch.setattr(changes, "find", slow)
    answers.append(use(1))

    assert [each.status for each in answers] == [201, 409]
    assert answers[1].json["code"] == "glass_broken"


def test_the_report_of_duties_names_who_has_broken_it(administrator: Person, officer: Person) -> None:
    officer.must("POST", "/break-glass", EMERGENCY)

    found = administrator.must("GET", "/duty-conflicts")["items"]

    assert [each["staff_id"] for each in found] == [officer.staff_id]
