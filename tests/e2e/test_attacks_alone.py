"""One person, or one channel, tries to do alone what takes two: on the deployed stack, over HTTP."""

import functools
import hashlib
import json
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bank import clock
from infra import customers, local
from infra.channel import Answer, Channel
from infra.customers import fresh_phone
from infra.people import HEAD_OFFICE, Member, enter
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import ADMINISTRATOR, People
from tests.support import batch_files
from tests.support.risk import BROKEN, model

pytestmark = pytest.mark.rooms(
    "staff", "approvals", "identity", "risk", "merchants", "accounts", "transfers", "customers", "cases"
)

WHY = {"reason": "short of people"}


def again(who: Member, method: str, path: str, body: object, approval_id: str) -> Answer:
    """The same request with an approval that nobody has given, or somebody else's."""
    headers = {"Authorization": f"Bearer {who.token()}", "Approval-Id": approval_id}
    return who.once(method, path, body, headers)


def left_open(deployed: Deployed, who: Member) -> dict[str, str]:
    """The headers of somebody's console, whose last factor is eleven minutes old."""
    headers = {"Authorization": f"Bearer {who.token()}"}
    deployed.env.aws("dynamodb").update_item(
        TableName=deployed.env.tables["sessions"],
        Key={"subject": {"S": who.staff_id}, "session_id": {"S": who.session["session_id"]}},
        UpdateExpression="SET proven_at = :then",
        ExpressionAttributeValues={":then": {"S": clock.instant(clock.now() - timedelta(minutes=11))}},
    )
    return headers


@pytest.fixture(scope="module")
def loner(people: People) -> Member:
    """An administrator whom nobody helps."""
    return people.alone(ADMINISTRATOR)


def test_an_administrator_alone_enters_nobody_and_gives_no_role(people: People, loner: Member) -> None:
    """A puppet is entered by one and let in by another, a privileged one by two others."""
    puppet = {
        "login_name": f"puppet-{uuid.uuid4().hex[:8]}",
        "display_name": "N N",
        "unit_id": HEAD_OFFICE,
        "phone": fresh_phone(),
    }
    proposal = loner.post("/staff", puppet)
    assert proposal.status == 202
    approval_id = proposal.json["approval_id"]
    problem(again(loner, "POST", "/staff", puppet, approval_id), 409, "not_approved")
    seen = ok(loner.get(f"/approvals/{approval_id}"))
    decision = {"content_digest": seen["content_digest"]}
    problem(loner.post(f"/approvals/{approval_id}/approve", decision), 403, "maker_is_checker")

    idle = people.alone()
    role = {"role_id": ADMINISTRATOR, "unit_id": HEAD_OFFICE, **WHY}
    path = f"/staff/{idle.staff_id}/roles"
    proposal = loner.post(path, role)
    assert (proposal.status, proposal.json["levels"]) == (202, ["head_office", "head_office"])
    checker = people.administrator.colleagues[0]
    approve = f"/approvals/{proposal.json['approval_id']}/approve"
    decision = {"content_digest": proposal.json["content_digest"]}
    assert ok(checker.post(approve, decision))["status"] == "submitted"
    problem(checker.post(approve, decision), 409, "already_checked")
    problem(again(loner, "POST", path, role, proposal.json["approval_id"]), 409, "not_approved")
    assert ok(loner.get(f"/staff/{idle.staff_id}"))["roles"] == []


def test_an_approval_of_one_thing_does_no_other_and_nobody_else_uses_it(
    people: People, loner: Member
) -> None:
    idle = people.alone()
    path, mild = f"/staff/{idle.staff_id}/roles", "rol_customer_service"
    role = {"role_id": mild, "unit_id": HEAD_OFFICE, **WHY}
    proposal = loner.post(path, role).json
    people.administrator.have_approved(proposal)
    approval_id = proposal["approval_id"]

    wider = {**role, "role_id": "rol_risk_analyst"}
    problem(again(loner, "POST", path, wider, approval_id), 409, "content_changed")
    problem(again(people.administrator, "POST", path, role, approval_id), 409, "not_approved")
    assert ok(loner.get(f"/staff/{idle.staff_id}"))["roles"] == []
    created(again(loner, "POST", path, role, approval_id))


def test_two_puppets_of_one_administrator_do_not_check_each_other(people: People) -> None:
    """Both phones were the administrator's: one proposed what the other approved."""
    puppet, other_puppet = people.alone("rol_risk_analyst"), people.alone("rol_risk_approver")
    entry = {"list": "allow", "kind": "payee", "subject": f"acc_{uuid.uuid4().hex}", "reason": "a friend"}
    proposal = puppet.post("/risk/lists", entry).json
    approve = f"/approvals/{proposal['approval_id']}/approve"
    decision = {"content_digest": proposal["content_digest"]}

    problem(other_puppet.post(approve, decision), 403, "tied_to_maker")

    problem(again(puppet, "POST", "/risk/lists", entry, proposal["approval_id"]), 409, "not_approved")
    assert ok(people.approver.post(approve, decision))["status"] == "approved"


def test_nobody_s_phone_is_changed_unseen(deployed: Deployed, people: People) -> None:
    """Changed, and then reset, it took a colleague over: the phone before is told, and who had it is out."""
    victim, mine = people.alone("rol_risk_analyst"), fresh_phone()
    path, session = f"/staff/{victim.staff_id}", {"Authorization": f"Bearer {victim.token()}"}
    ok(people.administrator.patch(path, {"phone": mine}))

    problem(victim.once("GET", "/risk/lists", None, session), 401, "session_ended")
    ok(people.administrator.patch(path, {"phone": fresh_phone()}))
    assert "手机号已更换" in [text for _, text in local.sent_messages(deployed.env.endpoint_url, mine)][-1]


def test_a_spare_approval_undoes_no_suspension(people: People, loner: Member) -> None:
    """Two reinstatements approved side by side, one used, and one kept for when somebody suspends anew."""
    idle = people.alone()
    where = f"/staff/{idle.staff_id}"
    ok(people.administrator.post(f"{where}/suspension", WHY))
    bodies = [{"reason": f"back from leave {number}"} for number in (1, 2)]
    first, spare = (loner.post(f"{where}/reinstatement", body).json for body in bodies)
    for proposal in (first, spare):
        people.administrator.have_approved(proposal)

    def use(proposal: dict[str, Any], body: object) -> Answer:
        return again(loner, "POST", f"{where}/reinstatement", body, proposal["approval_id"])

    both = list(zip((first, spare), bodies, strict=True))
    answers = at_once([functools.partial(use, *each) for each in both])
    assert sorted(answer.status for answer in answers) == [200, 409]
    ok(people.administrator.post(f"{where}/suspension", WHY))
    assert [use(*each).status for each in both] == [409, 409]
    assert ok(people.administrator.get(where))["status"] == "suspended"


def rule(kind: str, *levels: str, permission: str = "approvals:decide", **more: Any) -> dict[str, Any]:
    """A rule of approvals that somebody would like."""
    brackets = [{"from_amount": 0, "levels": levels or ["branch"]}]
    hours = {"decide_hours": 24, "use_hours": 24, **more}
    return {"kind": kind, "permission": permission, "brackets": brackets, **hours}


def test_one_approval_dissolves_no_two_and_no_day(people: People) -> None:
    """It made two of the three who make an administrator, and nobody of those who check rules."""
    maker, administer = people.head_office(ADMINISTRATOR), "staff:administer"
    for wish in (
        rule("staff.grant_role.twice"),
        rule("staff.grant_role.twice", "head_office", permission=administer),
        rule("approval_rules", "head_office", permission="staff-sessions:read"),
        rule("approval_rules", "branch"),
        rule("merchants.change_merchant"),
        rule("staff.break_glass", "head_office", permission=administer),
    ):
        refused = maker.post("/approval-rules", wish)
        problem(refused, 422, "below_floor")
        assert set(refused.json["floor"]) >= {"permission", "brackets", "decide_hours", "use_hours"}
    problem(maker.post("/approval-rules", rule("e2e.anything")), 422, "no_such_kind")
    assert ok(maker.get("/approval-rules/staff.grant_role.twice"))["version"] == "default"

    # What is above the floor is changed by as many administrators as it takes to make one.
    stricter = rule("staff.grant_role.twice", *["head_office"] * 3, permission=administer)
    made = created(maker.post("/approval-rules", stricter))
    seen = ok(maker.get(f"/approvals/{made['approval_id']}"))
    assert (seen["kind"], seen["levels"]) == ("approval_rules.twice", ["head_office", "head_office"])
    decision = {"content_digest": seen["content_digest"]}
    approve = f"/approvals/{made['approval_id']}/approve"
    problem(people.approver.post(approve, decision), 403, "not_a_checker")
    ok(maker.post(f"/approvals/{made['approval_id']}/withdraw", {"reason": "a test"}))


def test_nobody_has_duties_that_are_kept_apart(people: People) -> None:
    member = people.staff(HEAD_OFFICE, "rol_risk_analyst")
    role = {"role_id": "rol_risk_approver", "unit_id": HEAD_OFFICE, **WHY}

    problem(people.administrator.post(f"/staff/{member.staff_id}/roles", role), 409, "duties_conflict")


def test_an_analyst_alone_allows_nobody_past_the_rules(people: People) -> None:
    analyst = people.alone("rol_risk_analyst")
    entry = {"list": "allow", "kind": "payee", "subject": f"acc_{uuid.uuid4().hex}", "reason": "a friend"}

    proposal = analyst.post("/risk/lists", entry)

    assert proposal.status == 202
    problem(again(analyst, "POST", "/risk/lists", entry, proposal.json["approval_id"]), 409, "not_approved")
    bounds = ok(analyst.get("/pattern-parameters"))["values"]
    name = sorted(bounds)[0]
    parameters = {name: bounds[name] + 1, "reason": "quieter"}
    assert analyst.patch("/pattern-parameters", parameters).status == 202
    assert ok(analyst.get("/pattern-parameters"))["values"] == bounds


def test_no_rules_fall_silent_or_fill_memory(deployed: Deployed, people: People) -> None:
    """Models that never fired, and one of 4 KB that killed the process, were taken."""
    analyst = people.alone("rol_risk_analyst")
    draft = {"product": "withdrawal", "posture": "review", "note": "an attack"}
    for content in BROKEN.values():
        problem(analyst.post("/risk/rule-sets", {**draft, "content": content}), 422, "invalid_request")

    sound = {**draft, "content": model(("amount > 1", "review", "any"))}
    rule_set_id = created(analyst.post("/risk/rule-sets", sound))["rule_set_id"]
    deployed.env.aws("dynamodb").update_item(
        TableName=deployed.env.tables["risk-rules"],
        Key={"rules_key": {"S": f"content#{rule_set_id}"}},
        UpdateExpression="SET content = :killer",
        ExpressionAttributeValues={":killer": {"S": json.dumps(BROKEN["word repeated again and again"])}},
    )
    today = clock.business_date().isoformat()
    backtest = {"rule_set_id": rule_set_id, "first_day": today, "last_day": today}
    path = f"/risk/rule-sets/{rule_set_id}"

    problem(analyst.post("/risk/backtests", backtest), 422, "invalid_request")
    problem(analyst.post(f"{path}/shadowing", {"on": True}), 422, "invalid_request")
    problem(analyst.post(f"{path}/submission"), 422, "invalid_request")
    assert ok(analyst.get(path))["shadowed"] is False


def test_a_channel_sets_no_fee_cycle_or_payout_account_of_its_own(deployed: Deployed, people: People) -> None:
    """It did, at once; now a member of staff approves, and a day goes by in which it can be stopped."""
    merchant = deployed.merchant()
    path = f"/merchants/{merchant}"
    before = ok(deployed.get(path))
    account = {"bank_code": "102290000011", "account_number": "6222020000000000001", "holder_name": "Mine"}
    for change in ({"fee": {"basis_points": 0}}, {"settlement": "T+0"}, {"bank_account": account}):
        assert deployed.patch(path, change).status == 202
    proposal = deployed.patch(path, {"fee": {"basis_points": 0}}).json

    decision = {"content_digest": proposal["content_digest"]}
    approve = f"/approvals/{proposal['approval_id']}"
    assert ok(people.approver.post(f"{approve}/approve", decision))["usable_from"] is not None
    headers = {"Authorization": f"Bearer {deployed.token()}", "Approval-Id": proposal["approval_id"]}
    done = deployed.channel.once("PATCH", path, {"fee": {"basis_points": 0}}, headers)
    problem(done, 409, "not_approved")
    assert ok(people.approver.post(f"{approve}/reject", {"reason": "not theirs"}))["status"] == "rejected"
    assert ok(deployed.get(path)) == before


def test_a_merchant_hears_of_another_payout_account_while_it_can_be_stopped(
    deployed: Deployed, people: People
) -> None:
    """It was the last to know; and giving it another phone first takes as long, and is told as well."""
    phone, thief = fresh_phone(), fresh_phone()
    shop = {"name": f"Shop {uuid.uuid4().hex[:8]}", "category_code": "8062", "contact": phone}
    terms = {"fee": {"basis_points": 38}, "settlement": "T+1"}
    merchant = created(deployed.post("/merchants", shop | terms))
    path, tail = f"/merchants/{merchant['merchant_id']}", merchant["merchant_id"][-6:]
    assert merchant["contact"] == f"{phone[:6]}****{phone[-4:]}"
    account = {"bank_code": "102290000011", "account_number": "6222020000000004321", "holder_name": "Mine"}

    for change, told in (({"contact": thief}, "联系手机"), ({"bank_account": account}, "收款账户(尾号4321)")):
        proposal = deployed.patch(path, change)
        assert proposal.status == 202
        decision = {"content_digest": proposal.json["content_digest"]}
        approval = f"/approvals/{proposal.json['approval_id']}"
        ok(people.approver.post(f"{approval}/approve", decision))
        headers = {"Authorization": f"Bearer {deployed.token()}", "Approval-Id": proposal.json["approval_id"]}
        problem(deployed.channel.once("PATCH", path, change, headers), 409, "not_approved")
        expected = f"(编号尾号{tail})已批准变更{told}"
        deployed.eventually(lambda expected=expected: expected in inbox(deployed, phone), True)
        ok(people.approver.post(f"{approval}/reject", {"reason": "the merchant knows nothing of it"}))

    # What its channel does alone it could repeat without end: that is told to nobody.
    for what in ("suspend", "resume") * 2:
        ok(deployed.post(f"{path}/{what}", WHY))
    officer = people.head_office("rol_branch_manager")
    ok(officer.post(f"{path}/suspend", WHY))
    deployed.eventually(lambda: "已暂停收款和结算" in inbox(deployed, phone), True)
    assert inbox(deployed, phone).count("已暂停收款和结算") == 1
    assert "已恢复" not in inbox(deployed, phone)
    assert inbox(deployed, thief) == ""
    assert ok(deployed.get(path))["bank_account"] is None


def inbox(deployed: Deployed, phone: str) -> str:
    """All text messages that were sent to a phone."""
    return " ".join(text for _, text in local.sent_messages(deployed.env.endpoint_url, phone))


def test_a_channel_registers_no_merchant_at_the_bank_s_cost(deployed: Deployed) -> None:
    """It did: no fee, and its money on the same day."""
    name = f"Free {uuid.uuid4().hex[:8]}"
    standard = {"name": name, "category_code": "8062", "fee": {"basis_points": 38}, "settlement": "T+1"}
    for better in (
        {"fee": {"basis_points": 0}},
        {"fee": {"basis_points": 60, "max": 1}},
        {"settlement": "T+0"},
    ):
        assert deployed.post("/merchants", {**standard, **better}).status == 202

    merchant_id = created(deployed.post("/merchants", standard))["merchant_id"]

    assert deployed.patch(f"/merchants/{merchant_id}", {"fee": {"basis_points": 0}}).status == 202
    assert ok(deployed.get(f"/merchants/{merchant_id}"))["fee"]["basis_points"] == 38


def test_nobody_alone_stops_an_account_in_a_court_s_name(deployed: Deployed, people: People) -> None:
    """It could be lifted by no one below a court."""
    officer, wallet = people.alone("rol_branch_manager"), deployed.wallet(100)
    order = {"reason": "a grudge", "court_order": "(2026) Hu 0115-42"}

    assert officer.post(f"/accounts/{wallet}/freeze", order).status == 202

    assert deployed.account(wallet)["frozen_by"] == []
    assert ok(officer.post(f"/accounts/{wallet}/freeze", {"reason": "urgent"}))["frozen_by"] == [
        "head_office"
    ]
    colleague = people.head_office("rol_branch_manager")
    frozen = ok(colleague.post(f"/accounts/{wallet}/freeze", order))["frozen_by"]
    assert frozen == ["head_office", "court"]


def test_nobody_alone_opens_an_account_without_limits(deployed: Deployed, people: People) -> None:
    """It took two to lift a limit, and one to open an account that has none."""
    clerk, owner = people.alone("rol_branch_manager"), f"own_{uuid.uuid4().hex}"
    body = {"owner_id": owner, "kind": "wallet", "currency": "USD"}

    assert clerk.post("/accounts", body).status == 202

    assert ok(deployed.get("/accounts", {"owner_id": owner}))["items"] == []


def test_a_branch_lets_no_customer_in_whom_the_head_office_stopped(
    deployed: Deployed, people: People, keeper: Member
) -> None:
    branch = people.branch()
    clerk = people.staff(branch, "rol_branch_manager")
    desk = registered(deployed, people, keeper, unit_id=branch, scopes=["logins:write"])
    customer = customers.register(desk, deployed.env.endpoint_url)
    me, why = f"/customers/{customer.customer_id}", {"reason": "a friend asks"}
    ok(people.head_office("rol_branch_manager").post(f"{me}/suspension", why))

    for body in (why, {**why, "authority": "head_office"}):
        problem(clerk.post(f"{me}/reinstatement", body), 403, "higher_authority")

    assert ok(clerk.get(me))["suspended_by"] == ["head_office"]
    problem(customer.call("GET", "/me"), 401, "session_ended")


def test_a_client_that_is_stopped_is_paid_for_no_more(
    deployed: Deployed, people: People, keeper: Member
) -> None:
    """It announced batches while it could, and put the files after it had been revoked."""
    client = registered(
        deployed, people, keeper, scopes=["accounts:write", "accounts:read", "transfers:write"]
    )
    body = {"owner_id": f"own_{uuid.uuid4().hex}", "kind": "wallet", "currency": "USD"}
    mine, payee = created(client.post("/accounts", body))["account_id"], deployed.wallet()
    deployed.deposit(mine, 100)
    text = f"to_account_id,amount,currency,reference\n{payee},40,USD,mine\n"
    sums = {"from_account_id": mine, "file_name": "a.csv", "total_count": 1, "total_amount": 40}
    announced = client.post("/transfer-batches", {**sums, **batch_files.facts(text)})
    assert announced.status == 202, announced.text
    ending = f"/clients/{client.client_id}/revocation"
    proposal = keeper.post(ending, WHY).json
    people.administrator.have_approved(proposal)
    ok(again(keeper, "POST", ending, WHY, proposal["approval_id"]))

    upload = announced.json["upload"]
    put = urllib3.request(
        upload["method"], upload["url"], body=text.encode(), headers=upload["headers"], retries=False
    )

    assert put.status == 200
    path = f"/transfer-batches/{announced.json['batch_id']}"
    deployed.eventually(lambda: ok(deployed.get(path))["status"], "rejected")
    assert ok(deployed.get(path))["rejection"]["code"] == "client_stopped"
    assert deployed.account(payee)["balance"] == 0


def test_an_unlocked_console_enters_no_court_s_order(deployed: Deployed, people: People) -> None:
    """It takes a factor proved minutes ago, as what lowers a guard does; to stop an account needs none."""
    officer, wallet = people.alone("rol_branch_manager"), deployed.wallet(100)
    path, urgent = f"/accounts/{wallet}/freeze", {"reason": "a coffee break"}
    headers = left_open(deployed, officer)

    refused = officer.once("POST", path, {**urgent, "court_order": "(2026) Hu 0115-42"}, headers)

    problem(refused, 401, "insufficient_user_authentication")
    assert ok(officer.once("POST", path, urgent, headers))["frozen_by"] == ["head_office"]
    problem(officer.once("POST", f"/accounts/{wallet}/unfreeze", urgent, headers), 401, refused.json["code"])
    assert officer.step_up().status == 200
    assert officer.post(path, {**urgent, "court_order": "(2026) Hu 0115-42"}).status == 202


def test_no_branch_lets_go_on_what_the_head_office_has_stopped(people: People) -> None:
    """Its manager, who could lift neither, was the second person."""
    officer, friend = people.alone("rol_branch_manager"), people.administrator.colleagues[0]
    manager = enter(friend, unit_id=people.branch(), roles=["rol_branch_manager"])
    manager.colleagues = [officer]
    shop = {"name": "Mine", "category_code": "8062", "fee": {"basis_points": 60}, "settlement": "T+1"}
    merchant = created(manager.post("/merchants", shop))["merchant_id"]
    owner = {"owner_id": f"own_{uuid.uuid4().hex}", "kind": "wallet", "currency": "CNY"}
    account = created(manager.post("/accounts", owner))["account_id"]
    order = {"reason": "an order", "court_order": "(2026) Hu 0115-42"}

    ok(people.head_office("rol_branch_manager").post(f"/accounts/{account}/freeze", order))
    ok(officer.post(f"/merchants/{merchant}/suspend", WHY))
    for path, body in ((f"/accounts/{account}/unfreeze", order), (f"/merchants/{merchant}/resume", WHY)):
        proposal = officer.post(path, body)
        assert (proposal.status, proposal.json["levels"]) == (202, ["head_office"])
        decision = {"content_digest": proposal.json["content_digest"]}
        approve = f"/approvals/{proposal.json['approval_id']}/approve"
        problem(manager.post(approve, decision), 403, "not_a_checker")
        ok(people.approver.post(approve, decision))
        assert ok(again(officer, "POST", path, body, proposal.json["approval_id"]))["status"] == "active"


def test_no_system_decides_that_nothing_is_to_be_looked_into(deployed: Deployed) -> None:
    """One with the whole bank's view closed cases, and kept a customer's alerts from opening any."""
    why = {"reason": "a friend"}

    problem(deployed.post("/cases/cas_any/closing", {"outcome": "valuable", **why}), 403, "caller_kind")
    until = (clock.now() + timedelta(days=180)).isoformat()
    problem(deployed.post("/cases/cas_any/snooze", {"until": until, **why}), 403, "caller_kind")


def test_an_open_console_shuts_nobody_out(deployed: Deployed, people: People, keeper: Member) -> None:
    """It ended channels for good, and suspended every administrator but one, at no cost."""
    victim, administrator = people.alone(), people.alone(ADMINISTRATOR)
    client = deployed.channel.client_id
    headers, theirs = left_open(deployed, keeper), left_open(deployed, administrator)
    for who, path, console in (
        (keeper, f"/clients/{client}/suspension", headers),
        (keeper, f"/clients/{client}/revocation", headers),
        (administrator, f"/staff/{victim.staff_id}/suspension", theirs),
    ):
        problem(who.once("POST", path, WHY, console), 401, "insufficient_user_authentication")

    # For good it takes two; what one may do at once, two undo.
    assert keeper.step_up().status == 200
    assert keeper.post(f"/clients/{client}/revocation", WHY).status == 202
    assert ok(keeper.get(f"/clients/{client}"))["status"] == "active"
    assert administrator.step_up().status == 200
    assert ok(administrator.post(f"/staff/{victim.staff_id}/suspension", WHY))["status"] == "suspended"


def test_the_glass_is_broken_by_two_and_only_for_hours(people: People) -> None:
    alone = people.alone("rol_risk_approver")
    emergency = {"hours": 1, "reason": "the rules hold every payment"}
    proposal = alone.post("/break-glass", emergency)
    assert proposal.status == 202
    problem(
        again(alone, "POST", "/break-glass", emergency, proposal.json["approval_id"]), 409, "not_approved"
    )

    # The administrator let them in, and is tied to them; the other two are not.
    decision = {"content_digest": proposal.json["content_digest"]}
    path = f"/approvals/{proposal.json['approval_id']}/approve"
    problem(people.administrator.post(path, decision), 403, "tied_to_maker")
    people.administrator.have_approved(proposal.json)
    spare = alone.post("/break-glass", emergency).json
    people.administrator.have_approved(spare)
    broken = created(again(alone, "POST", "/break-glass", emergency, proposal.json["approval_id"]))

    assert [each["until"] is not None for each in broken["roles"]] == [False, True]
    session = created(alone.log_in())
    assert {"accounts:write", "staff:write"} <= set(session["scope"].split())
    # A second approval in hand is no way to go on.
    headers = {"Authorization": f"Bearer {session['access_token']}", "Approval-Id": spare["approval_id"]}
    problem(alone.once("POST", "/break-glass", emergency, headers), 409, "glass_broken")
    entries = ok(people.administrator.get("/audit", {"subject": alone.staff_id}))["items"]
    assert "staff.glass_broken" in {each["action"] for each in entries}


# Clients of channels


def client_to_register(**changed: Any) -> dict[str, Any]:
    body = {"name": "Mine", "unit_id": HEAD_OFFICE, "contact": fresh_phone(), "signed": False, **WHY}
    return {**body, "scopes": ["accounts:write"], **changed}


def key_to_add(client_id: str) -> dict[str, str]:
    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return {"client_id": client_id, "algorithm": "ed25519", "public_key": pem, **WHY}


def code_sent_to(deployed: Deployed, phone: str) -> str:
    """The enrolment code in the last message to a contact."""
    texts = [text for _, text in local.sent_messages(deployed.env.endpoint_url, phone)]
    return str(re.findall(r"登记码 ([A-Za-z0-9_\-]{22})", texts[-1])[0])


def enrol(deployed: Deployed, client_id: str, code: str) -> Answer:
    body = {"client_id": client_id, "enrolment_code": code}
    return Channel(api_url=deployed.api_url, client_id="", client_secret="").once(
        "POST", "/oauth/client-enrolments", body
    )


def registered(deployed: Deployed, people: People, keeper: Member, **fields: Any) -> Channel:
    """A client of a channel, let in by those who may, at work."""
    body = client_to_register(**fields)
    proposal = keeper.post("/clients", body).json
    people.administrator.have_approved(proposal)
    client_id = created(again(keeper, "POST", "/clients", body, proposal["approval_id"]))["client_id"]
    secret = created(enrol(deployed, client_id, code_sent_to(deployed, body["contact"])))["client_secret"]
    return Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret)


@pytest.fixture(scope="module")
def keeper(people: People) -> Member:
    """Somebody who keeps clients, whom nobody helps."""
    return people.alone("rol_channel_manager")


def test_one_member_of_staff_makes_no_client_and_widens_none(
    deployed: Deployed, people: People, keeper: Member
) -> None:
    """An operator did, with a command; now two register, and three where the client brings money in."""
    rich = client_to_register(scopes=["accounts:write", "funding:write"])
    proposal = keeper.post("/clients", rich)
    assert (proposal.status, proposal.json["levels"]) == (202, ["head_office", "head_office"])
    problem(again(keeper, "POST", "/clients", rich, proposal.json["approval_id"]), 409, "not_approved")
    assert local.sent_messages(deployed.env.endpoint_url, rich["contact"]) == []
    # Who checks sees what is asked for, and nothing that would let them in.
    seen = ok(people.administrator.get(f"/approvals/{proposal.json['approval_id']}"))
    assert seen["summary"]["after"].pop("secret_given") is None
    assert rich["contact"] not in json.dumps(seen)
    assert "secret" not in json.dumps(seen)
    approve = f"/approvals/{proposal.json['approval_id']}/approve"
    decision = {"content_digest": proposal.json["content_digest"]}
    problem(keeper.post(approve, decision), 403, "maker_is_checker")

    mine = deployed.channel.client_id
    for change in ({"scopes": ["funding:write"]}, {"bank_wide": True}, {"contact": fresh_phone()}):
        assert keeper.patch(f"/clients/{mine}", {**change, **WHY}).status == 202
    assert keeper.post("/client-keys", key_to_add(mine)).status == 202
    assert ok(keeper.get("/client-keys", {"client_id": mine}))["items"] == []
    # Nor does a system of the bank, with every scope.
    problem(deployed.post("/clients", rich), 403, "caller_kind")


def test_a_secret_reaches_its_owner_and_nobody_else(
    deployed: Deployed, people: People, keeper: Member
) -> None:
    body = client_to_register()
    proposal = keeper.post("/clients", body).json
    people.administrator.have_approved(proposal)
    made = again(keeper, "POST", "/clients", body, proposal["approval_id"])
    assert (made.status, "secret" in made.text) == (201, False)
    client_id, code = made.json["client_id"], code_sent_to(deployed, body["contact"])

    problem(enrol(deployed, client_id, "a" * 22), 401, "enrolment_refused")
    answers = at_once([lambda: enrol(deployed, client_id, code)] * 2)
    assert sorted(each.status for each in answers) == [201, 401]
    problem(enrol(deployed, client_id, code), 401, "enrolment_refused")
    (secret,) = (each.json["client_secret"] for each in answers if each.status == 201)
    assert Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret).token()

    # A rotation alone tells who asks for it nothing: the code goes to the contact that two have agreed on.
    sent = keeper.post(f"/clients/{client_id}/enrolments", WHY)
    assert (sent.status, "secret" in sent.text) == (201, False)
    assert code_sent_to(deployed, body["contact"]) not in sent.text
    entries = ok(people.administrator.get("/audit", {"subject": client_id}))["items"]
    assert {"identity.client_registered", "identity.client_enrolled", "identity.enrolment_sent"} <= {
        each["action"] for each in entries
    }
    # What closes a door is done by one, at once.
    assert ok(keeper.post(f"/clients/{client_id}/suspension", WHY))["status"] == "suspended"
    with pytest.raises(PermissionError):
        Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret).token()
    assert keeper.post(f"/clients/{client_id}/reinstatement", WHY).status == 202


def test_a_key_that_one_let_in_is_seen_by_those_who_make_the_client_privileged(
    people: People, keeper: Member
) -> None:
    """A puppet's key was let in while the client was weak, and opened every channel's customers after."""

    def act(method: str, path: str, body: dict[str, Any]) -> Answer:
        """What one administrator is enough for."""
        proposal = keeper.once(method, path, body, {"Authorization": f"Bearer {keeper.token()}"})
        assert (proposal.status, proposal.json["levels"]) == (202, ["head_office"])
        people.administrator.have_approved(proposal.json)
        return again(keeper, method, path, body, proposal.json["approval_id"])

    client_id = created(act("POST", "/clients", client_to_register(signed=True)))["client_id"]
    body = key_to_add(client_id)
    puppet = created(act("POST", "/client-keys", body))["key_id"]

    path, widen = f"/clients/{client_id}", {"bank_wide": True, **WHY}
    proposal = keeper.patch(path, widen)
    assert (proposal.status, proposal.json["levels"]) == (202, ["head_office", "head_office"])
    seen = ok(people.administrator.get(f"/approvals/{proposal.json['approval_id']}"))["summary"]["before"]
    (key,) = seen["keys"]
    digest = hashlib.sha256(body["public_key"].encode()).hexdigest()
    assert (key["key_id"], key["added_by"], key["public_key_sha256"]) == (puppet, keeper.staff_id, digest)
    assert seen["secret_given"] is None

    # Nor is one let in cheaply between the approval and its use.
    people.administrator.have_approved(proposal.json)
    created(act("POST", "/client-keys", key_to_add(client_id)))
    problem(again(keeper, "PATCH", path, widen, proposal.json["approval_id"]), 409, "content_changed")
    assert ok(keeper.get(path))["bank_wide"] is False
