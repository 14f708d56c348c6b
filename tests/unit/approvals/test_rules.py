"""Who must check what is changed by maker and checker, like anything else of weight."""

from typing import Any

import pytest

from bank import clock
from bank.access.organisation import HEAD_OFFICE
from bank.control.approval import rules
from bank.control.approval.domain import DECIDE, Level, Rule, brackets
from bank.control.approval.tables import ApprovalRow, RuleRow
from tests.support.streams import Cloud
from tests.unit.approvals.given import ask, decide, state, submitted

KIND = "accounts.change_limits"
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
    body = {"kind": KIND, **RULE, **changed}
    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", body, key=key)
    assert reply.status == 201
    answer: dict[str, Any] = reply.json
    return answer


def activate(version: str, kind: str = KIND) -> Any:
    return ask("stf_maker", HEAD_OFFICE, "POST", f"/approval-rules/{kind}/activate", {"version": version})


def test_until_anything_is_approved_the_default_holds(bank: Cloud) -> None:
    proposed()

    reply = ask("stf_maker", HEAD_OFFICE, "GET", f"/approval-rules/{KIND}")

    assert (reply.json["version"], reply.json["status"]) == ("default", "default")
    assert reply.json["brackets"][-1]["levels"] == ["branch", "head_office"]


def test_an_approved_rule_holds_once_it_is_activated(bank: Cloud) -> None:
    rule = proposed()
    assert activate(rule["version"]).json["code"] == "not_approved"
    assert decide("stf_2", HEAD_OFFICE, rule["approval_id"]).json["status"] == "approved"

    reply = activate(rule["version"])

    assert (reply.status, reply.json["status"]) == (200, "live")
    held = ask("stf_maker", HEAD_OFFICE, "GET", f"/approval-rules/{KIND}").json
    assert held["brackets"] == RULE["brackets"]
    assert state(submitted(amount=1_000, kind=KIND))["levels"] == ["branch", "head_office", "head_office"]
    assert activate(rule["version"]).json["code"] == "not_approved"


def test_only_the_head_office_decides_on_rules(bank: Cloud) -> None:
    rule = proposed()

    assert decide("stf_a", "unit_a", rule["approval_id"]).status == 404
    assert ask("stf_a", "unit_a", "GET", f"/approval-rules/{KIND}").status == 404
    assert ask("stf_a", "unit_a", "POST", "/approval-rules", {"kind": KIND, **RULE}).status == 404


def test_a_version_that_was_changed_after_submission_is_void(bank: Cloud) -> None:
    rule = proposed()
    decide("stf_2", HEAD_OFFICE, rule["approval_id"])
    changed = {**RULE, "brackets": [{"from_amount": 0, "levels": ["branch"]}]}
    RuleRow(KIND, f"version#{rule['version']}").update([RuleRow.content.set(changed)])

    assert activate(rule["version"]).json["code"] == "content_changed"
    assert rules.live(KIND).version == "default"


def test_a_rule_that_leaves_an_amount_unchecked_is_refused(bank: Cloud) -> None:
    for refused in (
        [],
        [{"from_amount": 1, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": []}],
        [{"from_amount": 0, "levels": ["branch"]}, {"from_amount": 0, "levels": ["branch"]}],
        [{"from_amount": 0, "levels": ["nobody"]}],
    ):
        body = {"kind": KIND, **RULE, "brackets": refused}
        reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", body)
        assert (reply.status, reply.json["code"]) == (422, "invalid_request"), refused


def test_the_same_proposal_again_is_one(bank: Cloud) -> None:
    assert proposed("k1") == proposed("k1")

    other = {"kind": KIND, **RULE, "use_hours": 9}
    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", other, key="k1")
    assert reply.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("version", ["arv_none", "default"])
def test_a_version_that_is_not_there_cannot_be_activated(bank: Cloud, version: str) -> None:
    assert activate(version).json["code"] == "rule_not_found"


# Floors -------------------------------------------------------------------------------------------

ONE_BRANCH = {"brackets": [{"from_amount": 0, "levels": ["branch"]}]}
ONE = {"brackets": [{"from_amount": 0, "levels": ["head_office"]}]}
TWO = {"brackets": [{"from_amount": 0, "levels": ["head_office", "head_office"]}]}
ADMINISTER: dict[str, Any] = {"permission": "staff:administer"}
SLOW = {"delay_hours": 24}
BELOW = {
    "two where it takes three": ("staff.grant_role.twice", ADMINISTER | ONE),
    "two of which the last is of a branch": (
        "payments.create_refund.twice",
        {"brackets": [{"from_amount": 0, "levels": ["head_office", "branch"]}]},
    ),
    "another permission for staff": ("staff.grant_role.twice", TWO),
    "another permission for clients": ("identity.register_client", ONE),
    "a permission that everybody has": ("approval_rules", ONE | {"permission": "staff-sessions:read"}),
    "a permission of others": (KIND, {"permission": "staff:administer"}),
    "rules by a branch": ("approval_rules", ONE_BRANCH),
    "rules that matter by one": ("approval_rules.twice", ADMINISTER | ONE),
    "no day of delay": ("merchants.change_merchant", ONE_BRANCH),
    "half a day": ("merchants.change_merchant", ONE_BRANCH | {"delay_hours": 12}),
    "a court's freeze by a branch": ("accounts.freeze_account", ONE_BRANCH),
    "a court's order lifted by a branch": ("accounts.unfreeze_account.head_office", ONE_BRANCH),
    "a large debt by one": ("accounts.set_clearing_limits", ONE),
    "a large debt by one from somewhere on": (
        "accounts.set_clearing_limits",
        {
            "brackets": [
                {"from_amount": 0, "levels": ["head_office", "head_office"]},
                {"from_amount": 6_000_000, "levels": ["head_office"]},
            ]
        },
    ),
    "a store of emergencies": ("staff.break_glass", ADMINISTER | ONE | {"decide_hours": 1, "use_hours": 2}),
    "a week to use it": ("identity.add_client_key", ADMINISTER | ONE | {"use_hours": 168}),
    "a week to decide": ("identity.add_client_key", ADMINISTER | ONE | {"decide_hours": 168}),
}


def put_in(kind: str, content: dict[str, Any]) -> None:
    """What an insider with the table writes."""
    facts = {"version": "arv_put_in", "status": rules.LIVE, "created_at": clock.instant()}
    RuleRow(kind=kind, record=rules.LIVE, content=content, **facts).save()
    rules.forget()


@pytest.mark.parametrize("name", BELOW)
def test_no_rule_asks_for_less_than_its_floor_by_proposal_or_in_the_table(bank: Cloud, name: str) -> None:
    kind, changed = BELOW[name]
    body = {"kind": kind, **RULE, **changed}

    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", body)

    assert (reply.status, reply.json["code"]) == (422, "below_floor")
    assert reply.json["floor"] == rules.floor(kind).content()
    assert list(ApprovalRow.scan()) == []
    before = rules.live(kind)
    put_in(kind, {**RULE, **changed})
    assert rules.live(kind) == before
    assert submitted_as(kind)["rule_version"] == "default"


def submitted_as(kind: str) -> dict[str, Any]:
    return state(submitted(kind=kind, amount=6_000_000))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("staff.grant_role.twice", ADMINISTER | TWO),
        ("staff.break_glass", ADMINISTER | TWO | {"decide_hours": 1, "use_hours": 1}),
        ("merchants.change_merchant", ONE_BRANCH | {"delay_hours": 48}),
        ("accounts.unfreeze_account.head_office", ONE),
        ("risk.rule_set", TWO),
        ("payments.create_refund", ONE_BRANCH | {"use_hours": 240}),
    ],
)
def test_a_rule_that_asks_for_as_much_or_more_is_a_bank_s_own_to_make(
    bank: Cloud, kind: str, content: dict[str, Any]
) -> None:
    assert proposed(kind=kind, **content)["status"] == "proposed"

    put_in(kind, {**RULE, **content})
    assert rules.live(kind).version == "arv_put_in"


@pytest.mark.parametrize(
    "kind", ["limits", "staff", "staff.grant_role.thrice", "staff.grant_role.twice.twice", "accounts.deposit"]
)
def test_what_nothing_is_submitted_as_has_no_rule(bank: Cloud, kind: str) -> None:
    reply = ask("stf_maker", HEAD_OFFICE, "POST", "/approval-rules", {"kind": kind, **RULE, **TWO})

    assert (reply.status, reply.json["code"]) == (422, "no_such_kind")


@pytest.mark.parametrize("kind", ["staff.grant_role.twice", "staff.enter_staff", "identity.change_client"])
def test_who_is_let_in_by_how_many_is_changed_by_three_administrators(bank: Cloud, kind: str) -> None:
    rule = proposed(kind=kind, **ADMINISTER, **TWO)
    file = state(rule["approval_id"])
    assert (file["kind"], file["permission"]) == ("approval_rules.twice", "staff:administer")
    assert file["levels"] == ["head_office", "head_office"]

    assert decide("stf_2", HEAD_OFFICE, rule["approval_id"]).json["status"] == "submitted"
    assert activate(rule["version"], kind).json["code"] == "not_approved"
    assert decide("stf_3", HEAD_OFFICE, rule["approval_id"]).json["status"] == "approved"
    assert activate(rule["version"], kind).json["status"] == "live"


@pytest.mark.parametrize("kind", ["approval_rules", "approval_rules.twice"])
def test_so_are_the_rules_of_rules(bank: Cloud, kind: str) -> None:
    permission = ADMINISTER if kind.endswith(".twice") else {}

    assert state(proposed(kind=kind, **permission, **TWO)["approval_id"])["kind"] == "approval_rules.twice"


def test_a_version_below_the_floor_that_was_approved_before_there_was_one_never_holds(bank: Cloud) -> None:
    rule = proposed(kind="merchants.change_merchant", **SLOW)
    decide("stf_2", HEAD_OFFICE, rule["approval_id"])
    row = RuleRow.get("merchants.change_merchant", f"version#{rule['version']}")
    row.update([RuleRow.content.set({**row.content, "delay_hours": 0})])

    assert activate(rule["version"], "merchants.change_merchant").json["code"] == "below_floor"


def test_the_default_is_never_below_the_floor(bank: Cloud) -> None:
    for kind in (
        *rules.DEFAULTS,
        KIND,
        "staff.enter_staff",
        "staff.enter_staff.twice",
        f"{KIND}.head_office",
    ):
        assert rules.asks_as_much(rules._default(kind), rules.floor(kind)), kind


def test_more_checkers_before_those_of_the_floor_are_more_and_fewer_are_not() -> None:
    branch, head_office = Level.BRANCH, Level.HEAD_OFFICE
    least = Rule(DECIDE, brackets((0, [branch]), (100, [branch, head_office])))

    assert rules.asks_as_much(Rule(DECIDE, brackets((0, [branch, head_office]))), least)
    assert rules.asks_as_much(Rule(DECIDE, brackets((0, [branch]), (50, [head_office] * 2))), least)
    assert not rules.asks_as_much(Rule(DECIDE, brackets((0, [branch]), (101, [head_office] * 2))), least)
    assert not rules.asks_as_much(Rule(DECIDE, brackets((0, [head_office]))), least)
    assert not rules.asks_as_much(Rule(DECIDE, brackets((0, [head_office, branch]))), least)
