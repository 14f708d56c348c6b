"""Members of staff and their roles: who may do what to whom, and that what is taken is gone at once."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from bank import errors, messages
from bank.access.principal import Kind, Principal
from bank.access.scopes import SCOPES
from bank.control import ties
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import Actor, AuditEntryRow
from staff.app import app
from staff.domain import duties
from staff.domain import roles as rules
from staff.domain.roles import Grant, Role
from staff.service import roles
from staff.tables import ROLES, CustomRoleRow, MemberRow
from tests.support.http import ALL_SCOPES, Reply, call
from tests.support.organisation import BRANCH, HEAD_OFFICE, OTHER_BRANCH, SUB_BRANCH
from tests.unit.staff.people import (
    PHONE,
    Person,
    Time,
    bootstrapped,
    enrol,
    enrolled,
    entered,
    inbox,
    initial_password,
)

WHY = {"reason": "left the bank"}
# What no built-in role holds: each bank says who unmasks customers' data, and who moves their money.
ONLY_CUSTOM = {
    "aml:unmask",
    "customers:unmask",
    "identities:unmask",
    "payments:write",
    "transfers:write",
    "verifications:write",
}


@pytest.fixture
def clerk(administrator: Person) -> Person:
    """Somebody in a branch."""
    return administrator.enters("clerk", BRANCH, "rol_auditor").logged_in()


@pytest.fixture
def granter(administrator: Person) -> Person:
    """Somebody in a branch who may give roles, and holds little besides."""
    permissions = ["staff:read", "staff:write", "merchants:read"]
    made = administrator.must("POST", "/roles", {"name": "Granter", "permissions": permissions})
    return administrator.enters("granter", BRANCH, made["role_id"]).logged_in()


def give(person: Person, staff_id: str, role_id: str, unit_id: str) -> Reply:
    body = {"role_id": role_id, "unit_id": unit_id, "reason": "new in office"}
    return person.ask("POST", f"/staff/{staff_id}/roles", body)


def refusal(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


# Data scope


def test_a_branch_never_sees_another_s_staff(administrator: Person, clerk: Person) -> None:
    other = administrator.enters("other", OTHER_BRANCH, "rol_auditor")
    below = administrator.enters("below", SUB_BRANCH)

    assert refusal(clerk.ask("GET", f"/staff/{other.staff_id}")) == (404, "staff_not_found")
    assert refusal(clerk.ask("GET", f"/staff/{administrator.staff_id}")) == (404, "staff_not_found")
    assert refusal(clerk.ask("GET", "/staff", query={"unit_id": OTHER_BRANCH})) == (404, "unit_not_found")
    hidden, missing = clerk.ask("GET", f"/staff/{other.staff_id}"), clerk.ask("GET", "/staff/stf_never")
    assert hidden.json | {"request_id": ""} == missing.json | {"request_id": ""}
    shown = clerk.must("GET", "/staff", query={"unit_id": SUB_BRANCH})["items"]
    assert [each["staff_id"] for each in shown] == [below.staff_id]
    assert [each["login_name"] for each in clerk.must("GET", "/staff")["items"]] == ["clerk"]


def test_writes_to_another_branch_s_staff_find_nobody(administrator: Person, granter: Person) -> None:
    other = administrator.enters("other", OTHER_BRANCH)

    assert refusal(give(granter, other.staff_id, "rol_auditor", BRANCH))[0] in (403, 404)
    own = administrator.must("GET", f"/staff/{granter.staff_id}")["roles"][0]["role_id"]
    assert refusal(give(granter, other.staff_id, own, BRANCH)) == (404, "staff_not_found")


def test_a_channel_is_no_member_of_staff_whatever_its_scopes(administrator: Person) -> None:
    answer = call(app, "GET", "/staff", scope=ALL_SCOPES, principal={})

    assert refusal(answer) == (403, "caller_kind")


# Roles


def test_nobody_changes_their_own_roles_or_status(administrator: Person) -> None:
    me = administrator.staff_id
    grant_id = administrator.must("GET", f"/staff/{me}")["roles"][0]["grant_id"]

    for answer in (
        give(administrator, me, "rol_auditor", "unit_head"),
        administrator.ask("POST", f"/staff/{me}/roles/{grant_id}/revocation", WHY),
        administrator.ask("POST", f"/staff/{me}/suspension", WHY),
        administrator.ask("POST", f"/staff/{me}/credential-resets", WHY),
        administrator.ask("PATCH", f"/staff/{me}", {"unit_id": BRANCH}),
    ):
        assert refusal(answer) == (403, "own_account")


def test_who_gives_roles_gives_none_that_holds_more_than_they_do(
    administrator: Person, granter: Person
) -> None:
    clerk = administrator.enters("clerk", BRANCH)
    own = administrator.must("GET", f"/staff/{granter.staff_id}")["roles"][0]["role_id"]

    assert refusal(give(granter, clerk.staff_id, rules.ADMINISTRATOR, BRANCH)) == (
        403,
        "beyond_own_permissions",
    )
    assert give(granter, clerk.staff_id, own, BRANCH).status == 201


@pytest.mark.parametrize("unit_id", ["unit_head", OTHER_BRANCH, "unit_never"])
def test_who_gives_roles_gives_none_outside_their_data_scope(
    administrator: Person, granter: Person, unit_id: str
) -> None:
    clerk = administrator.enters("clerk", BRANCH)
    own = administrator.must("GET", f"/staff/{granter.staff_id}")["roles"][0]["role_id"]

    assert refusal(give(granter, clerk.staff_id, own, unit_id)) == (404, "unit_not_found")


def test_who_could_not_give_a_role_cannot_take_it(administrator: Person, granter: Person) -> None:
    manager = administrator.enters("manager", BRANCH, "rol_branch_manager")
    grant_id = administrator.must("GET", f"/staff/{manager.staff_id}")["roles"][0]["grant_id"]

    answer = granter.ask("POST", f"/staff/{manager.staff_id}/roles/{grant_id}/revocation", WHY)

    assert refusal(answer) == (403, "beyond_own_permissions")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/staff/{}/suspension", WHY),
        ("POST", "/staff/{}/reinstatement", WHY),
        ("POST", "/staff/{}/credential-resets", WHY),
        ("PATCH", "/staff/{}", {"unit_id": BRANCH}),
        ("PATCH", "/staff/{}", {"display_name": "Somebody Else"}),
    ],
)
def test_nobody_becomes_or_stops_somebody_who_holds_more_than_they_do(
    administrator: Person, method: str, path: str, body: Any
) -> None:
    made = administrator.must(
        "POST", "/roles", {"name": "Keeper", "permissions": ["staff:read", "staff:write"]}
    )
    keeper = administrator.enters("keeper", "unit_head", made["role_id"]).logged_in()
    second = administrator.enters("second", "unit_head", rules.ADMINISTRATOR).logged_in()

    answer = keeper.ask(method, path.format(second.staff_id), body)

    assert refusal(answer) == (403, "beyond_own_permissions")
    assert "initial_password" not in answer.json
    assert second.ask("GET", "/units").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/staff", entered("mine", BRANCH)),
        ("POST", "/staff/{}/suspension", WHY),
        ("POST", "/staff/{}/reinstatement", WHY),
        ("POST", "/staff/{}/credential-resets", WHY),
        ("PATCH", "/staff/{}", {"unit_id": SUB_BRANCH}),
    ],
)
def test_accounts_are_kept_by_the_head_office(
    administrator: Person, granter: Person, method: str, path: str, body: Any
) -> None:
    clerk = administrator.enters("clerk", BRANCH)

    assert refusal(granter.ask(method, path.format(clerk.staff_id), body)) == (403, "head_office_only")


def test_a_role_is_made_of_what_its_maker_holds_and_never_changes(administrator: Person) -> None:
    made = administrator.must("POST", "/roles", {"name": "Desk", "permissions": ["merchants:read"]})
    path = f"/roles/{made['role_id']}"

    assert administrator.ask("PATCH", path, {"permissions": ["staff:write"]}).status == 422
    assert refusal(administrator.ask("POST", "/roles", {"name": "X", "permissions": ["x:read"]}))[0] == 422
    assert administrator.must("PATCH", path, {"retired": True})["retired"] is True
    clerk = administrator.enters("clerk", BRANCH)
    assert refusal(give(administrator, clerk.staff_id, made["role_id"], BRANCH)) == (409, "staff_state")
    for built_in in rules.BUILT_IN:
        assert refusal(administrator.ask("PATCH", f"/roles/{built_in}", {"name": "X"})) == (
            409,
            "built_in_role",
        )
    assert refusal(administrator.ask("GET", "/roles/rol_never")) == (404, "role_not_found")


def test_a_role_that_is_retired_in_the_meantime_is_not_given(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = administrator.must("POST", "/roles", {"name": "Desk", "permissions": ["merchants:read"]})
    clerk, held_by = administrator.enters("clerk", BRANCH), roles.held_by

    def and_retire(row: MemberRow) -> list[Role]:
        CustomRoleRow(ROLES, made["role_id"]).update([CustomRoleRow.retired.set(True)])
        return held_by(row)

    monkeypatch.setattr(roles, "held_by", and_retire)
    administrator_gives = give(administrator, clerk.staff_id, made["role_id"], BRANCH)

    assert refusal(administrator_gives) == (409, "staff_state")
    assert MemberRow.get(clerk.staff_id).roles == []


def test_of_two_changes_of_a_role_at_once_neither_is_lost(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = administrator.must("POST", "/roles", {"name": "Desk", "permissions": ["merchants:read"]})
    weigh = roles.weigh

    def and_rename(about: Any) -> None:
        monkeypatch.setattr(roles, "weigh", weigh)
        CustomRoleRow(ROLES, made["role_id"]).update([CustomRoleRow.name.set("Counter")])

    monkeypatch.setattr(roles, "weigh", and_rename)
    changed = roles.change(
        principal=Principal("staff-console", frozenset(SCOPES), Kind.STAFF, "stf_test", "unit_head"),
        actor=Actor("stf_test", "staff"),
        role_id=made["role_id"],
        name=None,
        retired=True,
    )

    assert (changed.name, changed.retired) == ("Counter", True)
    acts = [AuditEntryRow.get(each.entry_id) for each in AuditEntryRow.by_subject.query(made["role_id"])]
    (told,) = (act for act in acts if act.action == "staff.role_changed")
    assert told.before == {"name": "Counter", "retired": False}


def test_one_role_is_given_once_and_twenty_at_most(administrator: Person) -> None:
    clerk = administrator.enters("clerk", BRANCH, "rol_auditor")

    assert refusal(give(administrator, clerk.staff_id, "rol_auditor", BRANCH)) == (409, "staff_state")
    for number in range(19):
        body = {"name": f"R{number}", "permissions": ["units:read"]}
        role_id = administrator.must("POST", "/roles", body)["role_id"]
        assert give(administrator, clerk.staff_id, role_id, BRANCH).status == 201
    assert refusal(give(administrator, clerk.staff_id, "rol_auditor", SUB_BRANCH)) == (409, "staff_state")


# At once


def test_a_change_of_roles_ends_all_sessions(administrator: Person, clerk: Person) -> None:
    second = clerk.logged_in()

    given = administrator.gives(clerk.staff_id, "rol_customer_service", BRANCH)

    assert [each.ask("GET", "/units").status for each in (clerk, second)] == [401, 401]
    again = clerk.logged_in()
    assert "customers:lookup" in again.tokens["scope"].split()
    grant_id = next(each for each in given["roles"] if each["role_id"] == "rol_customer_service")["grant_id"]
    administrator.must("POST", f"/staff/{clerk.staff_id}/roles/{grant_id}/revocation", WHY)
    assert again.ask("GET", "/units").status == 401
    assert "customers:lookup" not in clerk.logged_in().tokens["scope"].split()


def test_a_suspension_counts_from_the_next_request_on_until_it_is_lifted(
    administrator: Person, clerk: Person
) -> None:
    path = f"/staff/{clerk.staff_id}"

    administrator.must("POST", f"{path}/suspension", WHY)

    assert clerk.ask("GET", "/units").json["code"] == "session_ended"
    assert clerk.try_to_log_in().status == 401
    assert refusal(administrator.ask("POST", f"{path}/suspension", WHY)) == (409, "staff_state")
    assert refusal(administrator.ask("POST", f"{path}/credential-resets", WHY)) == (409, "staff_state")
    administrator.must("POST", f"{path}/reinstatement", WHY)
    assert clerk.try_to_log_in().status == 201


def test_a_reset_takes_password_authenticator_and_sessions(administrator: Person, clerk: Person) -> None:
    made = administrator.must("POST", f"/staff/{clerk.staff_id}/credential-resets", WHY)

    assert made["status"] == "invited"
    assert clerk.ask("GET", "/units").status == 401
    assert clerk.try_to_log_in().status == 401


def test_a_move_to_another_unit_ends_sessions_and_a_corrected_name_does_not(
    administrator: Person, clerk: Person
) -> None:
    path = f"/staff/{clerk.staff_id}"

    administrator.must("PATCH", path, {"display_name": "Zhang Wei"})
    assert clerk.ask("GET", "/units").status == 200
    administrator.must("PATCH", path, {"unit_id": OTHER_BRANCH})
    assert clerk.ask("GET", "/units").status == 401
    assert refusal(administrator.ask("PATCH", path, {"unit_id": "unit_never"})) == (404, "unit_not_found")


def test_a_login_name_is_given_once(administrator: Person, clerk: Person) -> None:
    taken = administrator.ask("POST", "/staff", entered("clerk", BRANCH))
    assert refusal(taken) == (409, "login_name_taken")
    nowhere = administrator.ask("POST", "/staff", entered("new", "unit_never"))
    assert refusal(nowhere) == (404, "unit_not_found")


# What they enrol with reaches them alone


def test_an_initial_password_goes_to_its_owner_s_phone_and_into_no_answer(administrator: Person) -> None:
    made = administrator.ask("POST", "/staff", entered("wang.fang", BRANCH))

    assert made.status == 201
    assert initial_password() not in made.body
    assert PHONE not in made.body
    assert enrol("wang.fang", initial_password()).status == 201
    row = MemberRow.get(made.json["staff_id"])
    assert PHONE.encode() not in (row.phone or b"")


def test_nothing_is_sent_before_others_have_approved(administrator: Person) -> None:
    proposed = administrator.ask("POST", "/staff", entered("wang.fang", BRANCH), approve=False)

    assert (proposed.status, inbox()) == (202, [])
    seen = ApprovalRow.get(proposed.json["approval_id"]).summary["asked"]["body"]
    assert seen["phone"] == "****8000"


def test_a_lost_message_is_sent_again_until_they_have_enrolled(administrator: Person) -> None:
    made = administrator.must("POST", "/staff", entered("wang.fang", BRANCH))
    path, first = f"/staff/{made['staff_id']}/invitations", initial_password()

    administrator.must("POST", path, WHY)

    assert enrol("wang.fang", first).status == 401
    person = enrolled("wang.fang", initial_password(), administrator.time).logged_in()
    assert refusal(administrator.ask("POST", path, WHY)) == (409, "staff_state")
    assert person.ask("GET", "/staff-sessions").status == 200


def test_who_was_entered_and_heard_nothing_is_invited_again(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is sent once they are entered: a service that is silent does not undo that."""

    def silent() -> Any:
        raise EndpointConnectionError(endpoint_url="https://sns")

    with monkeypatch.context() as patch:
        patch.setattr(messages, "_sns", silent)
        assert administrator.ask("POST", "/staff", entered("wang.fang", BRANCH)).status == 503
    assert inbox() == []
    page = administrator.must("GET", "/staff", query={"unit_id": BRANCH})["items"]
    (staff_id,) = [each["staff_id"] for each in page if each["login_name"] == "wang.fang"]

    administrator.must("POST", f"/staff/{staff_id}/invitations", WHY)

    assert enrol("wang.fang", initial_password()).status == 201


def test_a_reset_after_a_change_of_phone_reaches_the_new_one_alone(
    administrator: Person, clerk: Person
) -> None:
    """Both are others' to approve: whoever could do both alone would become them."""
    path, other = f"/staff/{clerk.staff_id}", "+8613900139000"
    assert administrator.ask("PATCH", path, {"phone": other}, approve=False).status == 202

    administrator.must("PATCH", path, {"phone": other})
    before = len(inbox())
    administrator.must("POST", f"{path}/credential-resets", WHY)

    assert len(inbox()) == before
    assert enrol("clerk", initial_password(other)).status == 201


def test_who_has_no_phone_on_file_is_not_reset_into_nowhere(administrator: Person) -> None:
    """The first administrators have none: an operator resets them."""
    second = administrator.enters("second", HEAD_OFFICE, rules.ADMINISTRATOR).logged_in()

    refused = second.ask("POST", f"/staff/{administrator.staff_id}/credential-resets", WHY)

    assert refusal(refused) == (409, "staff_state")
    assert administrator.ask("GET", "/units").status == 200


# What is kept of it


def test_every_act_is_in_the_audit_trail_without_names(administrator: Person, clerk: Person) -> None:
    administrator.must("POST", f"/staff/{clerk.staff_id}/suspension", WHY)

    entries = [entry for entry in AuditEntryRow.scan() if entry.subject_id == clerk.staff_id]

    assert sorted(entry.action for entry in entries) == [
        # Tries, which are counted before they are judged, and what they came to.
        "staff.enrol_staff",
        "staff.enrolled",
        "staff.entered",
        "staff.log_in_staff",
        "staff.logged_in",
        "staff.role_granted",
        "staff.suspended",
    ]
    suspended = next(entry for entry in entries if entry.action == "staff.suspended")
    assert (suspended.actor, suspended.reason) == (administrator.staff_id, "left the bank")
    assert (suspended.before["status"], suspended.after["status"]) == ("active", "suspended")
    assert "clerk" not in str([entry.serialize() for entry in entries])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/staff/{}/credential-resets", WHY),
        ("POST", "/staff/{}/roles", {"role_id": "rol_auditor", "unit_id": BRANCH, "reason": "new"}),
        ("PATCH", "/staff/{}", {"unit_id": SUB_BRANCH}),
        ("PATCH", "/staff/{}", {"phone": "+8613900139000"}),
    ],
)
def test_who_could_become_somebody_is_tied_to_them(
    administrator: Person, time: Time, method: str, path: str, body: Any
) -> None:
    """Whoever entered them is, and whom they entered; so is a second, from when they do something to them."""
    second = bootstrapped(time, "second").logged_in()
    fresh, beside = administrator.enters("fresh", BRANCH), administrator.enters("beside", BRANCH)
    other = second.enters("other", BRANCH)
    everybody = [each.staff_id for each in (administrator, second, beside, other)]
    assert ties.tied(fresh.staff_id, everybody) == {administrator.staff_id, beside.staff_id}

    second.must(method, path.format(fresh.staff_id), body)

    assert ties.tied(fresh.staff_id, everybody) == set(everybody)
    assert ties.tied(second.staff_id, [fresh.staff_id, beside.staff_id]) == {fresh.staff_id}
    assert ties.tied(other.staff_id, [fresh.staff_id, beside.staff_id]) == {fresh.staff_id}


def test_a_corrected_name_ties_nobody(administrator: Person, time: Time) -> None:
    """It takes one alone, who could keep any two from checking each other by it, all checkers at once."""
    second = bootstrapped(time, "second").logged_in()
    maker, checker = administrator.enters("maker", BRANCH), second.enters("checker", BRANCH)

    for staff_id in (maker.staff_id, checker.staff_id):
        body = {"display_name": "Wang Fang", "unit_id": BRANCH}
        assert second.must("PATCH", f"/staff/{staff_id}", {"display_name": "Zhang Wei"})
        assert second.must("PATCH", f"/staff/{staff_id}", body)

    assert not ties.tied(second.staff_id, [maker.staff_id])
    assert not ties.tied(maker.staff_id, [checker.staff_id, second.staff_id])


def test_administrators_of_the_operator_and_whom_they_let_in_apart_are_not_tied(
    administrator: Person, time: Time
) -> None:
    """A young bank works: three administrators, who let in makers and checkers each for themselves."""
    second = bootstrapped(time, "second").logged_in()
    maker, checker = administrator.enters("maker", BRANCH), second.enters("checker", BRANCH)

    assert not ties.tied(administrator.staff_id, [second.staff_id])
    assert not ties.tied(checker.staff_id, [maker.staff_id, administrator.staff_id])


def test_another_phone_is_told_to_the_one_before_and_ends_the_sessions(
    administrator: Person, clerk: Person
) -> None:
    """Else who changes it and resets them takes them over unseen."""
    path, other = f"/staff/{clerk.staff_id}", "+8613900139000"
    assert administrator.ask("PATCH", path, {"phone": other}, approve=False).status == 202
    assert "手机号已更换" not in inbox()[-1]

    administrator.must("PATCH", path, {"phone": other})

    assert "clerk" in inbox()[-1]
    assert "手机号已更换" in inbox()[-1]
    assert inbox(other) == []
    assert refusal(clerk.ask("GET", "/staff"))[0] == 401
    administrator.must("PATCH", path, {"display_name": "Wang Fang"})
    assert "手机号已更换" in inbox()[-1]


def test_another_phone_is_on_file_although_the_one_before_cannot_be_reached(
    administrator: Person, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(phone: str, text: str) -> None:
        raise errors.Unavailable("no message could be sent")

    monkeypatch.setattr(messages, "send", unreachable)
    administrator.must("PATCH", f"/staff/{clerk.staff_id}", {"phone": "+8613900139000"})


# Rules


def test_every_pattern_of_a_built_in_role_is_for_something() -> None:
    roles = rules.built_in(SCOPES)

    named = {each for _, patterns in rules.BUILT_IN.values() for each in patterns if "*" not in each}
    assert named - set(SCOPES) == set()
    assert all(role.permissions for role in roles.values())
    assert not any(duties.conflicts(role.permissions) for role in roles.values())
    writing = {each for each in rules.assignable(SCOPES) if not each.endswith(":read")}
    assert (
        writing - rules.EVERYBODY - {each for role in roles.values() for each in role.permissions}
        == ONLY_CUSTOM
    )
    assert not any(each.endswith(":write") for each in roles["rol_auditor"].permissions)


def test_a_role_for_one_branch_gives_nothing_at_another() -> None:
    grants = [Grant("grt_1", "rol_1", "hz", "", ""), Grant("grt_2", "rol_2", "unit_head", "", "")]
    roles = {
        "rol_1": Role("rol_1", "One", frozenset({"cases:write"})),
        "rol_2": Role("rol_2", "Two", frozenset({"cases:read"})),
    }

    assert rules.permissions(grants, roles, ["hz_west", "hz", "unit_head"]) - rules.EVERYBODY == {
        "cases:write",
        "cases:read",
    }
    assert rules.permissions(grants, roles, ["nb", "unit_head"]) - rules.EVERYBODY == {"cases:read"}
    assert rules.permissions([], roles, ["hz"]) == rules.EVERYBODY
