"""Clients as staff keep them: by two, privileged ones by three; who sees what; nobody is told a secret."""

import json
from typing import Any

import pytest

from bank.control.audit import AuditEntryRow
from identity.tables import ClientRow
from tests.support import organisation
from tests.support.http import CHANNEL, call, customer, staff
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH
from tests.unit.identity.requests import Registered, form
from tests.unit.identity.requests import ask as ask_token
from tests.unit.identity.staffed import (
    CONTACT,
    OTHER_CONTACT,
    WHY,
    ask,
    code,
    enrol,
    enrolled,
    registered,
    wanted,
)
from tests.unit.staff.people import inbox

pytestmark = pytest.mark.usefixtures("signing_key")


@pytest.fixture(autouse=True)
def branches(signing_key: str) -> None:
    """A bank with branches."""
    organisation.units()


def entries(client_id: str) -> list[AuditEntryRow]:
    return [AuditEntryRow.get(each.entry_id) for each in AuditEntryRow.by_subject.query(client_id)]


def test_one_registers_nothing_and_two_a_client_that_has_no_secret_yet() -> None:
    sent = len(inbox(CONTACT))
    proposal = ask("POST", "/clients", wanted(), approve=False)

    assert (proposal.status, proposal.json["kind"]) == (202, "identity.register_client")
    assert proposal.json["levels"] == ["head_office"]
    assert len(inbox(CONTACT)) == sent

    made = registered()
    assert (made["status"], made["contact"]) == ("invited", "+86138****8001")
    assert "secret" not in json.dumps(made)
    assert ask_token(form(Registered(made["client_id"], ""))).status == 401
    assert ask("GET", f"/clients/{made['client_id']}").json == made


@pytest.mark.parametrize(
    "changed", [{"scopes": ["funding:write"]}, {"bank_wide": True}, {"bank_wide": True, "signed": True}]
)
def test_a_client_that_brings_money_in_or_sees_all_takes_three(changed: dict[str, Any]) -> None:
    proposal = ask("POST", "/clients", wanted(**changed), approve=False)

    assert proposal.json["levels"] == ["head_office", "head_office"]
    assert registered(**changed)["status"] == "invited"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": ["payments:admin"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"unit_id": "unit_gone"}, "unit_id"),
        ({"contact": "+14155550100"}, "contact"),
        ({"client_secret": "mine"}, "client_secret"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_is_asked(changed: dict[str, Any], field: str) -> None:
    answer = ask("POST", "/clients", wanted(**changed))

    assert answer.status == 422
    assert {each["field"].split(".")[0] for each in answer.json["errors"]} == {field}


def test_neither_checker_nor_trail_nor_answer_ever_holds_code_or_secret() -> None:
    proposal = ask("POST", "/clients", wanted(), approve=False)
    from approvals.app import app as approvals

    seen = call(approvals, "GET", f"/approvals/{proposal.json['approval_id']}", principal=staff())
    made = registered()
    used = code()
    client = enrolled(made["client_id"])
    told = json.dumps([row.attribute_values for row in entries(client.client_id)], default=str)
    shown = seen.body + told + ask("GET", f"/clients/{client.client_id}").body

    assert "****8001" in seen.body
    for secret in (used, client.secret, CONTACT, "argon2"):
        assert secret not in shown
    assert [row.action for row in entries(client.client_id)] == [
        "identity.client_registered",
        "identity.client_enrolled",
    ]


def test_who_registers_cannot_approve_it_themselves() -> None:
    from approvals.app import app as approvals

    proposal = ask("POST", "/clients", wanted(), approve=False).json
    decision = {"content_digest": proposal["content_digest"]}
    path = f"/approvals/{proposal['approval_id']}/approve"

    own = call(approvals, "POST", path, decision, principal=staff())

    assert (own.status, own.json["code"]) == (403, "maker_is_checker")
    again = ask("POST", "/clients", wanted(), headers={"approval-id": proposal["approval_id"]})
    assert (again.status, again.json["code"]) == (409, "not_approved")


def test_another_contact_or_more_scopes_take_another_approval_than_was_given() -> None:
    from tests.support.http import approved

    proposal = ask("POST", "/clients", wanted(), approve=False)
    headers = {"approval-id": approved(proposal.json)}

    for changed in ({"contact": OTHER_CONTACT}, {"scopes": ["payments:read", "refunds:write"]}):
        answer = ask("POST", "/clients", wanted(**changed), headers=headers)
        assert answer.status in (409, 422), answer.body
    assert ask("POST", "/clients", wanted(), headers=headers).status == 201


def test_what_a_client_may_do_is_changed_by_two_and_counts_with_the_next_token() -> None:
    client = enrolled(registered()["client_id"])
    path, fewer = f"/clients/{client.client_id}", {"scopes": ["payments:read"], **WHY}

    assert ask("PATCH", path, fewer, approve=False).status == 202
    assert ask_token(form(client, scope="payments:write")).status == 200
    changed = ask("PATCH", path, fewer)

    assert (changed.status, changed.json["scopes"]) == (200, ["payments:read"])
    assert ask_token(form(client, scope="payments:write")).status == 400
    assert ask_token(form(client)).status == 200


@pytest.mark.parametrize(
    "change",
    [{"scopes": ["funding:write"]}, {"bank_wide": True}, {"contact": OTHER_CONTACT}, {"unit_id": BRANCH}],
)
def test_becoming_or_reaching_a_privileged_client_takes_three(change: dict[str, Any]) -> None:
    privileged = "contact" in change or "unit_id" in change
    made = registered(**({"bank_wide": True} if privileged else {}))

    proposal = ask("PATCH", f"/clients/{made['client_id']}", {**change, **WHY}, approve=False)

    assert proposal.json["levels"] == ["head_office", "head_office"]


def test_a_client_that_had_to_sign_need_not_only_where_three_say_so() -> None:
    made = registered(signed=True)
    path = f"/clients/{made['client_id']}"

    proposal = ask("PATCH", path, {"signed": False, **WHY}, approve=False)

    assert proposal.json["levels"] == ["head_office", "head_office"]
    assert ask("PATCH", path, {"signed": False, **WHY}).json["signed"] is False


def test_a_name_opens_nothing() -> None:
    made = registered()

    renamed = ask("PATCH", f"/clients/{made['client_id']}", {"name": "Shop app", **WHY}, approve=False)

    assert (renamed.status, renamed.json["name"]) == (200, "Shop app")


def test_one_stops_a_client_at_once_and_two_let_it_in_again() -> None:
    client = enrolled(registered()["client_id"])
    path = f"/clients/{client.client_id}"

    assert ask("POST", f"{path}/suspension", WHY, approve=False).json["status"] == "suspended"
    assert ask_token(form(client)).status == 401
    assert ask("POST", f"{path}/suspension", WHY).json["code"] == "client_state"
    assert ask("POST", f"{path}/enrolments", WHY).json["code"] == "client_state"
    assert ask("POST", f"{path}/reinstatement", WHY, approve=False).status == 202
    assert ask_token(form(client)).status == 401
    assert ask("POST", f"{path}/reinstatement", WHY).json["status"] == "active"
    assert ask_token(form(client)).status == 200
    # For good it is stopped by two.
    assert ask("POST", f"{path}/revocation", WHY, approve=False).status == 202
    assert ask_token(form(client)).status == 200
    assert ask("POST", f"{path}/revocation", WHY).json["status"] == "revoked"
    assert ask_token(form(client)).status == 401
    for act in ("suspension", "reinstatement", "enrolments"):
        assert ask("POST", f"{path}/{act}", WHY).json["code"] == "client_state"
    assert ask("PATCH", path, {"bank_wide": True, **WHY}).json["code"] == "client_state"


def test_a_client_that_was_suspended_before_it_enrolled_enrols_only_once_it_is_let_in() -> None:
    made = registered()
    path = f"/clients/{made['client_id']}"
    sent = code()
    ask("POST", f"{path}/suspension", WHY)

    assert enrol(made["client_id"], sent).status == 401
    assert ask("POST", f"{path}/reinstatement", WHY).json["status"] == "invited"
    assert enrol(made["client_id"], sent).status == 201


def test_a_revoked_client_s_code_opens_nothing() -> None:
    made = registered()
    ask("POST", f"/clients/{made['client_id']}/revocation", WHY)

    assert enrol(made["client_id"], code()).status == 401
    assert ClientRow.get(made["client_id"]).enrolment_hash is None


# Data scope


def test_a_branch_sees_its_own_clients_alone_and_keeps_none() -> None:
    own, below, other = (registered(unit_id=unit)["client_id"] for unit in (BRANCH, SUB_BRANCH, OTHER_BRANCH))
    of_branch = {"principal": staff(unit=BRANCH)}
    from identity.app import app

    def ids(**query: str) -> list[str]:
        reply = call(app, "GET", "/clients", query=query or None, **of_branch)
        return [each["client_id"] for each in reply.json["items"]]

    assert own in ids()
    assert below in ids(unit_id=SUB_BRANCH)
    assert not {below, other} & set(ids())
    assert call(app, "GET", f"/clients/{below}", **of_branch).status == 200
    hidden = call(app, "GET", f"/clients/{other}", **of_branch)
    missing = call(app, "GET", "/clients/cli_never", **of_branch)
    assert hidden.json | {"request_id": ""} == missing.json | {"request_id": ""}
    assert (hidden.status, hidden.json["code"]) == (404, "client_not_found")
    assert call(app, "GET", "/clients", query={"unit_id": OTHER_BRANCH}, **of_branch).status == 404
    for path, body in (
        ("/clients", wanted(unit_id=BRANCH)),
        (f"/clients/{own}/suspension", WHY),
        (f"/clients/{own}/revocation", WHY),
        (f"/clients/{own}/enrolments", WHY),
    ):
        refused = call(app, "POST", path, body, **of_branch)
        assert (refused.status, refused.json["code"]) == (403, "head_office_only"), path


def test_the_list_is_followed_to_its_end() -> None:
    unit = OTHER_BRANCH
    made = {registered(unit_id=unit)["client_id"] for _ in range(3)}

    found: list[str] = []
    query = {"unit_id": unit, "limit": "1"}
    while query:
        page = ask("GET", "/clients", query=query).json
        found += [each["client_id"] for each in page["items"]]
        query = {**query, "cursor": page["next_cursor"]} if page["next_cursor"] else {}

    assert made <= set(found)
    assert found == sorted(found)


@pytest.mark.parametrize("principal", [CHANNEL, {"bank_wide": "true"}, customer("cus_1")])
def test_no_channel_or_customer_keeps_clients_whatever_their_scopes(principal: dict[str, str]) -> None:
    from identity.app import app

    for method, path, body in (
        ("GET", "/clients", None),
        ("POST", "/clients", wanted()),
        ("GET", "/client-keys", None),
    ):
        query = {"client_id": "cli_1"} if path == "/client-keys" else None
        refused = call(app, method, path, body, principal=principal, query=query)
        assert (refused.status, refused.json["code"]) == (403, "caller_kind")
