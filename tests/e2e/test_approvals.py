"""Maker and checker on the deployed stack: of many decisions at once one has an effect, never the maker's."""

import functools
from typing import Any

import pytest

from infra.channel import Answer
from infra.people import Member
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("approvals")

ADMINISTRATOR = "rol_head_office_administrator"


@pytest.fixture(scope="module")
def maker(people: People) -> Member:
    """Who proposes: not the administrator, who let the checkers in and is tied to them."""
    return people.head_office(ADMINISTRATOR)


@pytest.fixture(scope="module")
def checkers(people: People) -> list[Member]:
    """Four of the head office who may check."""
    found = [people.checker("rol_risk_approver") for _ in range(4)]
    for each in found:
        each.token()
    return found


def proposed(maker: Member) -> dict[str, Any]:
    """A rule that needs an approval of the head office, and checks as the default does."""
    body = {
        "kind": "aml.set_aml_parameters",
        "permission": "approvals:decide",
        "brackets": [{"from_amount": 0, "levels": ["branch"]}],
        "decide_hours": 24,
        "use_hours": 24,
    }
    rule: dict[str, Any] = created(maker.post("/approval-rules", body))
    return rule


# The digest for who may not see the approval.
UNSEEN = "0" * 64


def decide(who: Member, approval_id: str, act: str = "approve", **body: Any) -> Answer:
    if act == "approve":
        body["content_digest"] = who.get(f"/approvals/{approval_id}").json.get("content_digest", UNSEEN)
    return who.post(f"/approvals/{approval_id}/{act}", body)


def test_of_twenty_approvals_of_a_step_at_once_one_has_an_effect(
    maker: Member, checkers: list[Member]
) -> None:
    """Four checkers, five times each: one has the step, and hears so each time; the others hear why not."""
    approval_id = proposed(maker)["approval_id"]
    attempts = [lambda who=who: decide(who, approval_id, step=0) for who in checkers * 5]

    answers = at_once(attempts)

    assert sorted(answer.status for answer in answers) == [200] * 5 + [409] * 15
    refused = {answer.json["code"] for answer in answers if answer.status == 409}
    assert refused <= {"approval_ended", "step_taken"}
    found = ok(maker.get(f"/approvals/{approval_id}"))
    assert found["status"] == "approved"
    assert [line["deed"] for line in found["history"]] == ["submitted", "approved"]


def test_of_approvals_rejections_and_a_withdrawal_at_once_one_happens(
    maker: Member, checkers: list[Member]
) -> None:
    for _ in range(3):
        approval_id = proposed(maker)["approval_id"]
        withdraw = functools.partial(decide, maker, approval_id, "withdraw")
        approvals = [functools.partial(decide, who, approval_id) for who in checkers[:2]]
        rejections = [
            functools.partial(decide, who, approval_id, "reject", reason="no") for who in checkers[2:]
        ]

        answers = at_once([withdraw, *approvals, *rejections])

        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
        assert len(ok(maker.get(f"/approvals/{approval_id}"))["history"]) == 2


def test_the_maker_does_not_check_and_an_approved_rule_is_made_to_hold_once(
    maker: Member, checkers: list[Member]
) -> None:
    rule = proposed(maker)
    approval_id, path = rule["approval_id"], f"/approval-rules/{rule['kind']}"
    problem(decide(maker, approval_id), 403, "maker_is_checker")
    problem(maker.post(f"{path}/activate", {"version": rule["version"]}), 409, "not_approved")
    assert approval_id in _inbox(checkers[0])
    assert approval_id not in _inbox(maker)

    assert ok(decide(checkers[0], approval_id))["status"] == "approved"

    assert approval_id not in _inbox(checkers[1])
    activate = {"version": rule["version"]}
    answers = at_once([lambda: maker.post(f"{path}/activate", activate)] * 6)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert ok(maker.get(path))["version"] == rule["version"]
    assert ok(maker.get(f"/approvals/{approval_id}"))["used_at"]


def test_a_branch_knows_nothing_of_the_head_office_s(maker: Member, people: People) -> None:
    approval_id = proposed(maker)["approval_id"]
    manager = people.staff(people.branch(), "rol_branch_manager")

    problem(manager.get(f"/approvals/{approval_id}"), 404, "approval_not_found")
    problem(decide(manager, approval_id), 404, "approval_not_found")
    assert _inbox(manager) == []


def test_a_channel_decides_nothing(deployed: Deployed, maker: Member) -> None:
    approval_id = proposed(maker)["approval_id"]

    problem(deployed.post(f"/approvals/{approval_id}/approve", {}), 403, "caller_kind")


def test_each_decision_is_in_the_audit_trail(maker: Member, checkers: list[Member]) -> None:
    approval_id = proposed(maker)["approval_id"]
    ok(decide(checkers[0], approval_id, "reject", reason="not this year"))

    entries = ok(maker.get("/audit", {"subject": approval_id}))["items"]

    assert [each["action"] for each in entries] == ["approvals.rejected", "approvals.submitted"]
    assert entries[0]["actor"]["subject"] == checkers[0].staff_id
    assert entries[0]["actor"]["source_ip"]
    assert (entries[0]["reason"], entries[0]["after"]["status"]) == ("not this year", "rejected")


def _inbox(who: Member) -> list[str]:
    return [each["approval_id"] for each in ok(who.get("/approvals", {"limit": 100}))["items"]]
