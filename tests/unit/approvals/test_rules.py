"""Who must check what is changed by maker and checker, like anything else of weight."""

from typing import Any

import pytest

from bank.access.organisation import HEAD_OFFICE
from bank.control.approval import rules
from bank.control.approval.tables import RuleRow
from tests.support.streams import Cloud
from tests.unit.approvals.given import ask, decide, state, submitted

RULE = {
    "permission": "approvals:decide",
    "brackets": [
        {"from_amount": 0, "levels": ["branch"]},
        {"from_amount": 1_000, "levels": ["branch", "head_office", "head_office"]},
    ],
    "decide_hours": 24,
    "use_hours": 8,
}


def proposed(key: str | None = None, **changed: Any) -> dict[str, Any]:
    body = {"kind": "limits", **RULE, **changed}
    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", body, key=key)
    assert reply.status == 201
    answer: dict[str, Any] = reply.json
    return answer


def activate(version: str, kind: str = "limits") -> Any:
    return ask("stf_maker", HEAD_OFFICE, "POST", f"/approval-rules/{kind}/activate", {"version": version})


def test_until_anything_is_approved_the_default_holds(bank: Cloud) -> None:
    proposed()

    reply = ask("stf_maker", HEAD_OFFICE, "GET", "/approval-rules/limits")

    assert (reply.json["version"], reply.json["status"]) == ("default", "default")
    assert reply.json["brackets"][-1]["levels"] == ["branch", "head_office"]


def test_an_approved_rule_holds_once_it_is_activated(bank: Cloud) -> None:
    rule = proposed()
    assert activate(rule["version"]).json["code"] == "not_approved"
    assert decide("stf_2", HEAD_OFFICE, rule["approval_id"]).json["status"] == "approved"

    reply = activate(rule["version"])

    assert (reply.status, reply.json["status"]) == (200, "live")
    held = ask("stf_maker", HEAD_OFFICE, "GET", "/approval-rules/limits").json
    assert held["brackets"] == RULE["brackets"]
    assert state(submitted(amount=1_000))["levels"] == ["branch", "head_office", "head_office"]
    assert activate(rule["version"]).json["code"] == "not_approved"


def test_only_the_head_office_decides_on_rules(bank: Cloud) -> None:
    rule = proposed()

    assert decide("stf_a", "unit_a", rule["approval_id"]).status == 404
    assert ask("stf_a", "unit_a", "GET", "/approval-rules/limits").status == 404
    assert ask("stf_a", "unit_a", "POST", "/approval-rules", {"kind": "limits", **RULE}).status == 404


def test_a_version_that_was_changed_after_submission_is_void(bank: Cloud) -> None:
    rule = proposed()
    decide("stf_2", HEAD_OFFICE, rule["approval_id"])
    changed = {**RULE, "brackets": [{"from_amount": 0, "levels": ["branch"]}]}
    RuleRow("limits", f"version#{rule['version']}").update([RuleRow.content.set(changed)])

    assert activate(rule["version"]).json["code"] == "content_changed"
    assert rules.live("limits").version == "default"


def test_a_rule_that_leaves_an_amount_unchecked_is_refused(bank: Cloud) -> None:
    for brackets in (
        [],
        [{"from_amount": 1, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": []}],
        [{"from_amount": 0, "levels": ["branch"]}, {"from_amount": 0, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": ["nobody"]}],
    ):
        body = {"kind": "limits", **RULE, "brackets": brackets}
        reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_request"), brackets


def test_the_same_proposal_again_is_one(bank: Cloud) -> None:
    assert proposed("k1") == proposed("k1")

    other = {"kind": "limits", **RULE, "use_hours": 9}
    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", other, key="k1")
    assert reply.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("version", ["arv_none", "default"])
def test_a_version_that_is_not_there_cannot_be_activated(bank: Cloud, version: str) -> None:
    assert activate(version).json["code"] == "rule_not_found"
