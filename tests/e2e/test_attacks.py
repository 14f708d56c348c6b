"""Attacks on the deployed stack, by what the attacker wants. Each is refused."""

import base64
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import urllib3
from joserfc.jwk import RSAKey

from bank import clock
from infra import customers, environment, local
from infra.channel import Answer, Channel
from infra.people import HEAD_OFFICE, Member, initial_password
from tests.e2e import verified
from tests.e2e.customers import PASSWORD, PIN, Customer, ask, fresh_phone, register, settle
from tests.e2e.deployed import WAIT_SECONDS, Deployed, at_once, created, ok, problem
from tests.e2e.people import People
from tests.e2e.test_risk_verdicts import Rules, payment_token
from tests.support import batch_files, bus, forging, risk

pytestmark = pytest.mark.rooms(
    "accounts",
    "approvals",
    "audit",
    "cases",
    "customers",
    "identity",
    "kyc",
    "merchants",
    "payments",
    "risk",
    "staff",
    "transfers",
)

CREATED = 201
# The keys that sign tokens, by the kind of caller.
KEYS = {
    "channel": f"alias/{local.STACK}-token-signing",
    "customer": f"alias/{local.STACK}-customer-token-signing",
    "staff": f"alias/{local.STACK}-staff-token-signing",
}


# Edges: tokens ------------------------------------------------------------------------------------------


def signed_by_the_bank(
    deployed: Deployed, header: dict[str, Any], *, by: str = "channel", **claims: Any
) -> str:
    """A token that has the bank's own signature, whatever it says: the worst that an insider could make."""
    known, true = forging.parts(deployed.token())
    signed = forging.unsigned({**known, **header}, {**true, **claims})
    answer = deployed.env.aws("kms").sign(
        KeyId=KEYS[by], Message=signed.encode(), SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256"
    )
    return f"{signed}.{forging.encoded(answer['Signature'])}"


def kid(deployed: Deployed, kind: str) -> str:
    """The name by which tokens of this kind say their key."""
    der = deployed.env.aws("kms").get_public_key(KeyId=KEYS[kind])["PublicKey"]
    return RSAKey.import_key(der).thumbprint()


def called_with(deployed: Deployed, token: str) -> Any:
    """The answer to a request with this token."""
    return deployed.channel.once("GET", "/merchants", headers={"Authorization": f"Bearer {token}"})


def test_a_token_that_is_made_by_hand_with_the_bank_s_key_would_be_taken(deployed: Deployed) -> None:
    """Else the refusals below would show nothing."""
    assert called_with(deployed, signed_by_the_bank(deployed, {})).status == 200


@pytest.mark.parametrize("crit", [5, None, [5], [["a"]], {}, ["exp"]])
def test_a_token_that_breaks_the_authorizer_s_reader_is_a_401(deployed: Deployed, crit: Any) -> None:
    """It was a 500: the error was another than the one that API Gateway turns into a 401."""
    problem(called_with(deployed, signed_by_the_bank(deployed, {"crit": crit})), 401, "unauthorized")


@pytest.mark.parametrize(
    "claims", [{"kind": ["staff"]}, {"unit": {}}, {"sub": 7}, {"iat": "now"}, {"exp": 1e400}, {"signed": 0}]
)
def test_claims_of_another_type_are_a_401(deployed: Deployed, claims: dict[str, Any]) -> None:
    """Although the signature is right."""
    problem(called_with(deployed, signed_by_the_bank(deployed, {}, **claims)), 401, "unauthorized")


@pytest.mark.parametrize("typ", ["JWT", "id_token", None, ["at+jwt"]])
def test_a_token_of_another_kind_does_not_pass_for_an_access_token(deployed: Deployed, typ: Any) -> None:
    """An ID token that somebody got for something else."""
    problem(called_with(deployed, signed_by_the_bank(deployed, {"typ": typ})), 401, "unauthorized")


def test_nobody_gets_a_token_for_ten_years(deployed: Deployed) -> None:
    """Nor one for a minute longer than the bank's tokens live."""
    true = forging.parts(deployed.token())[1]
    for seconds in (901, 10 * 365 * 86_400):
        token = signed_by_the_bank(deployed, {}, exp=true["iat"] + seconds)
        problem(called_with(deployed, token), 401, "unauthorized")


@pytest.mark.parametrize("kind", KEYS)
def test_who_issues_tokens_of_one_kind_makes_none_of_another(deployed: Deployed, kind: str) -> None:
    """One key signed everybody's: the room that lets customers in could have made a member of staff."""
    about = {
        "kind": kind,
        "sid": "ses_none",
        **({} if kind == "channel" else {"bank_wide": False, "unit": ""}),
    }
    for by in KEYS:
        for named in KEYS:
            header = {"kid": kid(deployed, named)}
            answer = called_with(deployed, signed_by_the_bank(deployed, header, by=by, **about))
            if by == named == kind:
                # The control: the gateway lets it by, and a person's session is missed in the room.
                assert answer.status == 200 or answer.json["code"] in ("session_ended", "caller_kind")
            else:
                problem(answer, 401, "unauthorized")


# Edges: cursors -----------------------------------------------------------------------------------------


def test_a_cursor_tells_nobody_what_they_may_not_see_and_serves_nobody_else(deployed: Deployed) -> None:
    """It was an id in base64: where a page passed over records of others, one of theirs."""
    mine, other = (_client(deployed, ("accounts:read", "accounts:write")) for _ in range(2))
    owner = {"owner_id": f"own_{uuid.uuid4().hex}"}
    wallet = {**owner, "kind": "wallet", "currency": "USD"}
    # The bank's own system opens some beside the channel's.
    ids = [
        created(channel.post("/accounts", wallet))["account_id"]
        for channel in (mine, deployed, deployed, mine, deployed, mine)
    ]
    problem(other.post("/accounts", wallet), 409, "owner_taken")
    for owner_id in ("cus_1", deployed.merchant(), mine.client_id):
        problem(other.post("/accounts", {**wallet, "owner_id": owner_id}), 422, "owner_reserved")

    first = ok(mine.get("/accounts", {**owner, "limit": 1}))
    cursor = {"cursor": first["next_cursor"]}

    read = base64.urlsafe_b64decode(cursor["cursor"] + "==")
    assert not any(account_id.encode() in read for account_id in ids)
    by_hand = base64.urlsafe_b64encode(ids[1].encode()).decode().rstrip("=")
    altered = cursor["cursor"][:-1] + ("A" if cursor["cursor"][-1] != "A" else "Q")
    for channel, path, query in (
        (other, "/accounts", {**owner, **cursor}),
        (mine, "/accounts", {"owner_id": "own_2", **cursor}),
        (mine, f"/accounts/{ids[0]}/entries", cursor),
        (mine, "/accounts", {**owner, "cursor": altered}),
        (mine, "/accounts", {**owner, "cursor": by_hand}),
        (mine, "/accounts", {**owner, "cursor": "AA"}),
    ):
        refused = problem(channel.get(path, query), 422, "invalid_request")
        assert [wrong["field"] for wrong in refused["errors"]] == ["cursor"]

    rest = ok(mine.get("/accounts", {**owner, **cursor, "limit": 7}))
    listed = [item["account_id"] for page in (first, rest) for item in page["items"]]
    assert (listed, rest["next_cursor"]) == (sorted(ids[at] for at in (0, 3, 5)), None)


# Money from nothing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["internal", "settlement"])
def test_nobody_opens_an_account_that_can_be_overdrawn(deployed: Deployed, kind: str) -> None:
    """A channel did, and withdrew 10^12 from it."""
    body = {"owner_id": "own_attacker", "kind": kind, "currency": "USD"}
    problem(deployed.post("/accounts", body), 422, "invalid_request")


def test_nobody_moves_money_out_of_or_into_the_bank_s_own_accounts(deployed: Deployed) -> None:
    """The account of the fees is there, and no request may name it, as none of the bank's own."""
    mine, bank = deployed.wallet(100), "int_fees_USD"
    created(deployed.pay(deployed.wallet(10_000), deployed.merchant(), 10_000))
    deployed.eventually(lambda: deployed.get(f"/accounts/{bank}").status, 200)
    money = {"amount": 10**12, "currency": "USD"}
    with_reference = {**money, "reference": "r"}
    batch = batch_of(bank, "a file", 5)
    tried = [
        (f"/accounts/{bank}/withdrawals", {**with_reference, "destination": "cash"}),
        ("/deposits", {**with_reference, "account_id": bank, "source": "cash"}),
        ("/transfers", {**money, "from_account_id": bank, "to_account_id": mine}),
        ("/transfers", {**money, "from_account_id": mine, "to_account_id": bank}),
        ("/transfer-batches", batch),
        ("/payment-codes", {"account_id": bank}),
    ]
    for path, body in tried:
        problem(deployed.post(path, body), 422, "account_kind")
    problem(deployed.pay(bank, deployed.merchant(), 10**12), 422, "account_kind")
    assert deployed.account(mine)["balance"] == 100


def test_a_client_mints_no_money_on_its_word(deployed: Deployed) -> None:
    """It did, without cap or approval; now it owes what it deposits, and may owe only what it was allowed."""
    wallet = deployed.wallet()
    money = {"account_id": wallet, "currency": "USD", "source": "cash", "reference": "r"}
    without, poor = (
        _client(deployed, scopes, "--bank-wide")
        for scopes in (("accounts:write",), ("accounts:write", "funding:write"))
    )

    problem(without.post("/deposits", {**money, "amount": 5}), 403, "insufficient_scope")
    problem(poor.post("/deposits", {**money, "amount": 5}), 409, "no_clearing_account")
    environment.allow(poor.client_id, most="1000", endpoint_url=deployed.env.endpoint_url)
    answers = at_once([lambda: poor.post("/deposits", {**money, "amount": 300})] * 8)

    assert sorted(each.status for each in answers) == [201] * 3 + [409] * 5
    assert {each.json["code"] for each in answers if each.status == 409} <= {
        "credit_limit_exceeded",
        "limit_exceeded",
    }
    assert deployed.account(wallet)["balance"] == 900


def _client(deployed: Deployed, scopes: tuple[str, ...], *options: str) -> Channel:
    """A client with these scopes, which nobody has allowed to owe anything."""
    client_id, secret = environment.register(
        name="Another", scopes=scopes, options=options, endpoint_url=deployed.env.endpoint_url
    )
    return Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret)


# Edges: files -------------------------------------------------------------------------------------------


def batch_of(sender: str, text: str, amount: int) -> dict[str, Any]:
    """The announcement of a file with one line."""
    facts = batch_files.facts(text)
    totals = {"total_count": 1, "total_amount": amount}
    return {"from_account_id": sender, "file_name": "a.csv", **facts, **totals}


def test_whoever_has_the_url_of_a_batch_pays_nobody_else_and_stops_nothing(deployed: Deployed) -> None:
    """A file with the same sums was paid, and so was a page of 5 MiB that had them."""
    sender, receiver, thief = deployed.wallet(700), deployed.wallet(), deployed.wallet()
    header = "to_account_id,amount,currency,reference"
    right, wrong = (f"{header}\n{payee},700,USD,salary\n" for payee in (receiver, thief))
    announced = deployed.post("/transfer-batches", batch_of(sender, right, 700)).json
    upload, batch = announced["upload"], f"/transfer-batches/{announced['batch_id']}"
    headers, checksum = upload["headers"], "x-amz-checksum-sha256"

    def put(text: str, given: dict[str, str]) -> int:
        put = urllib3.request(
            "PUT", upload["url"], body=text.encode(), headers=given, retries=False, timeout=WAIT_SECONDS
        )
        return put.status

    assert len(wrong) == len(right)
    assert put(wrong, headers) in (400, 403)
    assert put(wrong, {**headers, checksum: batch_files.facts(wrong)["file_sha256"]}) == 403
    assert put(wrong, {"Content-Type": headers["Content-Type"]}) == 403
    assert put(right, {**headers, "Content-Type": "text/html"}) == 403
    assert put(right + "\n", headers) == 403
    assert put("x" * 5 * 1024 * 1024, headers) == 403

    # Past the URL, as whoever may write to the bucket.
    bucket, key = deployed.env.batch_bucket, f"uploads/{announced['batch_id']}.csv"
    for code, text, kind in (
        ("wrong_digest", wrong, "text/csv"),
        ("wrong_type", right, "text/html"),
        ("wrong_length", right + "\n", "text/csv"),
    ):
        s3 = deployed.env.aws("s3")
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=kind)
        deployed.eventually(lambda: (ok(deployed.get(batch))["refused_file"] or {}).get("code"), code)
    assert ok(deployed.get(batch))["status"] == "awaiting_file"
    assert deployed.account(sender)["balance"] == 700

    assert put(right, headers) == 200
    deployed.eventually(lambda: ok(deployed.get(batch))["status"], "completed")
    balances = [deployed.account(each)["balance"] for each in (sender, receiver, thief)]
    assert balances == [0, 700, 0]


# Edges: the bus -----------------------------------------------------------------------------------------


def put(deployed: Deployed, source: str, said: dict[str, Any]) -> None:
    """Put an event on the bus under a source, as any role that may put at all could try."""
    entry = {
        "EventBusName": f"perkbank-{deployed.env.stage}",
        "Source": source,
        "DetailType": said["detail-type"],
        "Detail": json.dumps(said["detail"]),
    }
    assert deployed.env.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def alert(customer_id: str) -> dict[str, Any]:
    """Held money's alert, as the risk room raises it: a case comes of it, and from there a decision."""
    data = {
        "alert_id": f"alt_{uuid.uuid4().hex}",
        "kind": "velocity",
        "severity": "high",
        "customer_id": customer_id,
        "unit_id": "unit_head",
        "record_ids": [],
        "reasons": ["velocity"],
        "amount": 100,
        "currency": "CNY",
    }
    event = {"id": f"evt_{uuid.uuid4().hex}", "type": "perkbank.risk.AlertRaised.v1", "subject": "risk"}
    return bus.on_the_bus({**event, "time": clock.instant(), "data": data})


@pytest.mark.parametrize("source", ["perkbank.payments", "perkbank.kiosk", "perkbank"])
def test_a_room_cannot_say_what_another_room_says(deployed: Deployed, source: str) -> None:
    """Neither past the rule, nor under the source of another room that the rule hears: nothing comes of it.

    Under which source a role may put, the emulator does not hold: tests/contract/test_bus.py does.
    """
    customer_id = f"cus_{uuid.uuid4().hex}"

    def alerts() -> list[int]:
        items = ok(deployed.get("/cases", {"limit": 100}))["items"]
        return [item["alerts"] for item in items if item["customer_id"] == customer_id]

    put(deployed, source, alert(customer_id))
    put(deployed, "perkbank.risk", alert(customer_id))

    deployed.eventually(alerts, [1])


# Edges: what the bank knows -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/risk/live", "/risk/rule-sets", "/risk/reports?day=2026-11-28"])
def test_a_channel_with_every_scope_does_not_read_the_rules_that_find_its_fraud(
    deployed: Deployed, path: str
) -> None:
    """They would tell how to stay below them."""
    channel = _client(deployed, ("risk:read", "risk:write"))

    problem(channel.get(path), 403, "bank_only")
    ok(deployed.get(path))


# One person is two --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keeper(people: People) -> Member:
    """A member of the head office who may look after staff, and nothing else."""
    body = {"name": "Keeper", "permissions": ["staff:read", "staff:write"]}
    role_id = created(people.administrator.post("/roles", body))["role_id"]
    return people.staff(HEAD_OFFICE, role_id)


def test_who_looks_after_staff_does_not_become_the_administrator(people: People, keeper: Member) -> None:
    """The answer to a reset held a password with which to enrol as them."""
    them, why = f"/staff/{people.administrator.staff_id}", {"reason": "forgot their password"}
    role = {"role_id": "rol_head_office_administrator", "unit_id": HEAD_OFFICE, "reason": "mine"}

    for answer in (
        keeper.post(f"{them}/credential-resets", why),
        keeper.post(f"{them}/suspension", why),
        keeper.post(f"{them}/reinstatement", why),
        keeper.post(f"/staff/{people.staff(HEAD_OFFICE).staff_id}/roles", role),
    ):
        problem(answer, 403, "beyond_own_permissions")
    assert people.administrator.get("/units").status == 200


def test_nobody_approves_what_a_puppet_of_theirs_submitted(people: People) -> None:
    """They enter somebody, give them a role, submit as them and approve as themselves; nor the other way."""
    master = people.administrator
    puppet = people.head_office("rol_head_office_administrator")
    rule = {
        "kind": "aml.set_aml_parameters",
        "permission": "approvals:decide",
        "brackets": [{"from_amount": 0, "levels": ["branch"]}],
        "decide_hours": 24,
        "use_hours": 24,
    }
    for maker, checker in ((puppet, master), (master, puppet)):
        approval_id = created(maker.post("/approval-rules", rule))["approval_id"]
        seen = ok(checker.get(f"/approvals/{approval_id}"))
        decision = {"content_digest": seen["content_digest"]}
        problem(checker.post(f"/approvals/{approval_id}/approve", decision), 403, "tied_to_maker")
        assert seen["may_decide"] is False


def test_a_seat_in_the_head_office_ends_nobody_s_session(people: People, keeper: Member) -> None:
    idle, session_id = people.staff(HEAD_OFFICE), people.administrator.session["session_id"]
    theirs = {"staff_id": people.administrator.staff_id}
    path = f"/staff-sessions/{session_id}/revocation"

    problem(idle.get("/staff-sessions", theirs), 403, "insufficient_scope")
    problem(idle.post(path, theirs), 403, "insufficient_scope")
    problem(keeper.post(path, theirs), 403, "beyond_own_permissions")
    assert people.administrator.get("/units").status == 200


# Nothing unseen -----------------------------------------------------------------------------------------


def test_no_freeze_and_no_failed_login_goes_unseen(deployed: Deployed, people: People) -> None:
    wallet, member = deployed.wallet(), people.staff(HEAD_OFFICE)
    ok(deployed.post(f"/accounts/{wallet}/freeze", {"reason": "mine now"}))
    assert member.log_in(password="not-the-password-of-anybody").status == 401

    def seen(subject_id: str) -> set[tuple[str, str]]:
        page = ok(people.administrator.get("/audit", {"subject": subject_id}))
        return {(entry["action"], entry["actor"]["subject"]) for entry in page["items"]}

    me = deployed.env.client_id
    deployed.eventually(lambda: any(actor == me for _, actor in seen(wallet)), True)
    deployed.eventually(lambda: ("staff.log_in_staff", "anonymous") in seen(member.staff_id), True)


def test_no_guess_at_a_customer_goes_unseen_nor_leaves_a_hash(deployed: Deployed, people: People) -> None:
    """Tries had a keyed hash for their subject, and those at payment passwords no entry at all."""
    customer = register(deployed)
    customer.set_payment_password()
    nobody = fresh_phone()
    for phone in (customer.phone, nobody):
        guess = {"phone": phone, "password": "a-guess-at-it-1"}
        problem(deployed.post("/logins", guess), 401, "login_failed")
    wanted = {"amount": 100, "currency": "CNY", "payee": "mer_1", "payment_password": "583920"}
    assert [customer.call("POST", "/me/payment-tokens", wanted).status for _ in range(6)] == [403] * 6

    def seen(subject_id: str) -> list[str]:
        page = ok(people.administrator.get("/audit", {"subject": subject_id}))
        return [entry["action"].removeprefix("customers.") for entry in page["items"]]

    deployed.eventually(lambda: seen(customer.customer_id).count("payment_password_tried"), 5)
    assert {"registered", "log_in"} <= set(seen(customer.customer_id))
    assert "log_in" in seen(f"nobody#{nobody[:6]}****{nobody[-4:]}")


# Edges: browsers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "token"),
    [
        ("GET", "/merchants", True),
        ("GET", "/merchants/mer_nobody", True),
        ("GET", "/merchants", False),
        ("GET", "/nothing", False),
        ("OPTIONS", "/payments", False),
    ],
)
def test_a_page_of_another_origin_reads_nothing_and_nothing_is_kept(
    deployed: Deployed, method: str, path: str, token: bool
) -> None:
    """Whoever answers: the room, or the gateway without a token, a path or a preflight that it knows."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    if token:
        headers["Authorization"] = f"Bearer {deployed.token()}"

    answer = deployed.channel.once(method, path, headers=headers)

    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
    assert answer.headers.get("X-Content-Type-Options") == "nosniff"
    assert answer.headers.get("Strict-Transport-Security", "").startswith("max-age=")
    assert answer.headers.get("Cache-Control") == "no-store"


# Freezes and suspensions --------------------------------------------------------------------------------


def test_a_channel_does_not_lift_what_the_head_office_has_frozen(deployed: Deployed, people: People) -> None:
    """It did, by `unfreeze` with accounts:write."""
    officer, wallet = people.head_office("rol_branch_manager"), deployed.wallet(100)
    reason, money = {"reason": "asked for"}, {"amount": 5, "currency": "USD", "reference": "r"}
    assert ok(officer.post(f"/accounts/{wallet}/freeze", reason))["frozen_by"] == ["head_office"]

    for body in (reason, {**reason, "authority": "head_office"}, {**reason, "authority": "court"}):
        problem(deployed.post(f"/accounts/{wallet}/unfreeze", body), 403, "higher_authority")
    problem(deployed.post(f"/accounts/{wallet}/close", reason), 403, "higher_authority")
    order = {**reason, "court_order": "(2026) Hu 0115-42"}
    problem(deployed.post(f"/accounts/{wallet}/unfreeze", order), 403, "head_office_only")
    withdrawal = {**money, "destination": "cash"}
    problem(deployed.post(f"/accounts/{wallet}/withdrawals", withdrawal), 409, "account_frozen")

    assert ok(officer.post(f"/accounts/{wallet}/unfreeze", reason))["status"] == "active"
    found = ok(people.administrator.get("/audit", {"subject": wallet}))["items"]
    lifted = [entry["actor"]["subject"] for entry in found if entry["action"] == "accounts.unfrozen"]
    assert lifted == [officer.staff_id]


def test_a_channel_does_not_resume_a_merchant_that_the_head_office_suspended(
    deployed: Deployed, people: People
) -> None:
    """It did, by `resume` with merchants:write."""
    officer, merchant = people.head_office("rol_branch_manager"), deployed.merchant()
    reason = {"reason": "asked for"}
    assert ok(officer.post(f"/merchants/{merchant}/suspend", reason))["suspended_by"] == ["head_office"]

    problem(deployed.post(f"/merchants/{merchant}/resume", reason), 403, "higher_authority")

    paid = created(deployed.pay(deployed.wallet(100), merchant, 5))
    assert paid["decline"]["code"] == "merchant_suspended"
    assert ok(officer.post(f"/merchants/{merchant}/resume", reason))["status"] == "active"


# Customers ----------------------------------------------------------------------------------------------


def test_whoever_has_a_customer_s_phone_is_stopped_by_a_call_to_the_desk(
    deployed: Deployed, people: People
) -> None:
    customer, desk = register(deployed), people.head_office("rol_branch_manager")
    me, why = f"/customers/{customer.customer_id}", {"reason": "the phone was stolen"}

    ok(desk.post(f"{me}/suspension", why))

    problem(customer.call("GET", "/me"), 401, "session_ended")
    ok(desk.post(f"{me}/reinstatement", why))
    problem(customer.call("GET", "/me"), 401, "session_ended")


def test_a_text_message_takes_no_customer_over(deployed: Deployed) -> None:
    """It did: a login on a new device, another payment password, a withdrawal of 50,000.00, the owner out.

    The thief has a second card of the victim's number, and from the middle on a session of theirs too.
    """
    victim = verified.register(deployed)
    facts = verified.facts(phone=victim.phone.removeprefix("+86"), card_number=verified.card(verified.ICBC))
    assert created(victim.verify(facts))["status"] == "matched"
    victim.set_payment_password()
    deployed.eventually(lambda: victim.wallet()["per_year"], 10_000_000)
    settle(deployed, victim)
    money = {"amount": 5_000_000, "currency": "CNY", "payee": "withdrawal"}

    by_code = deployed.post("/logins", {"phone": victim.phone, "code": ask(deployed, victim.phone, "login")})
    reset = {"phone": victim.phone, "password": "thief-Otter-meadow-42"}
    reset["code"] = ask(deployed, victim.phone, "reset_password")
    guessed = verified.id_number()
    new_pin = {"payment_password": "583920", "code": victim.code("payment_password")}
    new_password = {"password": reset["password"], "code": victim.code("change_password")}
    created(victim.call("POST", "/me/totp"))
    authenticator = {"totp": "123456", "code": victim.code("totp")}
    elsewhere = {"phone": fresh_phone(), "new_code": "123456", "code": victim.code("change_phone")}

    problem(by_code, 401, "second_factor_needed")
    assert by_code.json["factors"] == ["password"]
    problem(deployed.post("/password-resets", reset), 403, "reverification_needed")
    problem(deployed.post("/password-resets", reset | {"id_number": guessed}), 403, "factor_invalid")
    problem(victim.call("POST", "/me/payment-password", new_pin), 403, "reverification_needed")
    problem(victim.call("POST", "/me/totp/confirm", authenticator), 403, "reverification_needed")
    withdrawal = victim.call("POST", "/me/payment-tokens", money | {"payment_password": "583920"})
    problem(withdrawal, 403, "payment_password_invalid")
    problem(victim.call("POST", "/me/password", new_password), 403, "reverification_needed")
    problem(victim.call("POST", "/me/phone", elsewhere), 403, "reverification_needed")

    assert ok(victim.call("GET", "/me"))["limits_lowered_until"] is None
    created(victim.call("POST", "/me/payment-tokens", money | {"payment_password": PIN}))


def test_whoever_comes_in_anew_is_seen_on_the_device_of_before_and_hides_nothing(deployed: Deployed) -> None:
    """The phone alone was told, which a thief may have; of a password changed with the one before, nobody."""
    victim, neighbour = register(deployed), register(deployed)
    login = {"phone": victim.phone, "password": PASSWORD, "code": ask(deployed, victim.phone, "login")}
    thief = Customer(
        deployed.channel,
        deployed.env.endpoint_url,
        victim.phone,
        created(deployed.post("/logins", login | {"device_name": "The thief's"})),
    )

    (seen,) = ok(victim.call("GET", "/me/notices"))["items"]

    assert (seen["kind"], seen["device_name"]) == ("new_device", "The thief's")
    for method in ("DELETE", "PATCH", "POST"):
        assert thief.call(method, f"/me/notices/{seen['notice_id']}").status in (403, 404, 405)
    assert ok(neighbour.call("GET", "/me/notices"))["items"] == []
    assert ok(victim.call("POST", f"/me/devices/{seen['device_id']}/forget", {"current_password": PASSWORD}))
    problem(thief.call("GET", "/me/notices"), 401, "session_ended")

    another = {"password": "tulip-Harbour-77", "current_password": PASSWORD}
    ok(victim.call("POST", "/me/password", another))
    kinds = [each["kind"] for each in ok(victim.call("GET", "/me/notices"))["items"]]
    assert kinds == ["password_changed", "new_device"]
    deployed.eventually(lambda: "登录密码已设置或修改" in inbox(deployed, victim.phone), True)


def inbox(deployed: Deployed, phone: str) -> str:
    """All text messages that were sent to a phone."""
    return " ".join(text for _, text in local.sent_messages(deployed.env.endpoint_url, phone))


def rewrite(deployed: Deployed, customer_id: str, record: str, **values: str) -> None:
    """Write to a customer's row past the functions: as time would, or an insider."""
    names = {f"#{name}": name for name in values}
    deployed.env.aws("dynamodb").update_item(
        TableName=deployed.env.tables["customers"],
        Key={"customer_id": {"S": customer_id}, "record": {"S": record}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ConditionExpression="attribute_exists(customer_id)",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in values.items()},
    )


def again(deployed: Deployed, victim: Customer, **proof: str) -> Answer:
    """Somebody logs in with a victim's number, and a code."""
    code = ask(deployed, victim.phone, "login")
    return deployed.post("/logins", {"phone": victim.phone, "code": code, **proof})


def entered(deployed: Deployed, victim: Customer, **proof: str) -> Customer:
    """Somebody who is in as the victim."""
    answer = created(again(deployed, victim, **proof))
    return Customer(deployed.channel, deployed.env.endpoint_url, victim.phone, answer)


def reset(deployed: Deployed, victim: Customer, **proof: str) -> Answer:
    """Somebody resets a victim's password with a code from the phone."""
    code = ask(deployed, victim.phone, "reset_password")
    body = {"phone": victim.phone, "code": code, "password": "tulip-Harbour-77", **proof}
    return deployed.post("/password-resets", body)


def test_a_stolen_session_takes_no_device_away_nor_what_was_seen_of_one(deployed: Deployed) -> None:
    """It made its owner one who had not been seen for long, whose number is anybody's, without a factor.

    Its own device too: the owner's way back is taken away with the owner's phone.
    """
    victim = register(deployed)
    other = entered(deployed, victim, password=PASSWORD)
    ten_days_ago = clock.instant(clock.now() - timedelta(days=10))
    rewrite(deployed, victim.customer_id, "profile", registered_at=ten_days_ago)

    stolen = victim.call("POST", f"/me/devices/{other.entered['device_id']}/forget")
    by_code = {"code": victim.code("forget_device")}
    with_the_phone = victim.call("POST", f"/me/devices/{other.entered['device_id']}/forget", by_code)
    own = victim.call("POST", f"/me/devices/{victim.entered['device_id']}/forget")
    proof = {"current_password": PASSWORD}
    ok(other.call("POST", f"/me/devices/{victim.entered['device_id']}/forget", proof))
    ok(other.call("POST", f"/me/devices/{other.entered['device_id']}/forget", proof))

    problem(stolen, 403, "reverification_needed")
    problem(own, 403, "reverification_needed")
    problem(with_the_phone, 403, "reverification_needed")
    problem(reset(deployed, victim), 403, "reverification_needed")
    newcomer = {"phone": victim.phone, "code": ask(deployed, victim.phone, "register")}
    taken = deployed.post("/registrations", {**newcomer, "another_person": True})
    problem(taken, 409, "customer_exists")
    created(again(deployed, victim, password=PASSWORD))


@pytest.mark.parametrize("password", [PASSWORD, None], ids=["password", "no password"])
def test_an_owner_comes_back_with_a_card_of_the_number(deployed: Deployed, password: str | None) -> None:
    """A thief with number and id number had another phone, or an authenticator, before the card was there."""
    owner = verified.register(deployed, password=password)
    facts = verified.facts(phone=owner.phone.removeprefix("+86"), card_number=verified.card(verified.ICBC))
    assert created(owner.verify(facts))["status"] == "matched"
    deployed.eventually(lambda: owner.wallet()["per_year"], 10_000_000)
    settle(deployed, owner)
    identity = {"id_number": facts["id_number"]}
    if password is not None:
        ok(reset(deployed, owner, **identity))
    thief = entered(deployed, owner, **(identity if password is None else {"password": "tulip-Harbour-77"}))

    elsewhere = {"phone": fresh_phone(), "new_code": "123456", "code": thief.code("change_phone")}
    moved = thief.call("POST", "/me/phone", elsewhere | identity)
    pin = {"payment_password": PIN, "code": thief.code("payment_password")}
    ok(thief.call("POST", "/me/payment-password", pin | identity))
    authenticator = pyotp.TOTP(created(thief.call("POST", "/me/totp"))["secret"])
    enrolling = {"totp": authenticator.now(), "code": thief.code("totp"), **identity}
    enrolled = thief.call("POST", "/me/totp/confirm", enrolling)
    with_a_pin = thief.call("POST", "/me/totp/confirm", enrolling | {"current_payment_password": PIN})

    for each in (moved, enrolled, with_a_pin):
        problem(each, 403, "reverification_needed")
    ok(reset(deployed, owner, **identity))
    back = entered(deployed, owner, password="tulip-Harbour-77")
    assert back.customer_id == owner.customer_id
    problem(thief.call("GET", "/me"), 401, "session_ended")
    refreshing = {"refresh_token": thief.entered["refresh_token"]}
    problem(deployed.post("/logins/refresh", refreshing), 401, "refresh_refused")


def test_a_thief_s_device_does_not_outlive_the_owner_s_reset(deployed: Deployed) -> None:
    """It took the account days later, with no more than what the thief knew."""
    owner = register(deployed)
    thief = entered(deployed, owner, password=PASSWORD)
    token = thief.entered["device_token"]

    ok(reset(deployed, owner, device_token=owner.entered["device_token"]))
    days_ago = clock.instant(clock.now() - timedelta(days=4))
    aged = {"bound_at": days_ago, "new_until": days_ago}
    rewrite(deployed, owner.customer_id, f"device#{thief.entered['device_id']}", **aged)

    elsewhere = fresh_phone()
    body = {"former_phone": owner.phone, "phone": elsewhere, "password": "tulip-Harbour-77"}
    code = ask(deployed, elsewhere, "recover_phone")
    moved = deployed.post("/phone-recoveries", {**body, "code": code, "device_token": token})
    refreshed = deployed.post("/logins/refresh", {"refresh_token": thief.entered["refresh_token"]})
    problem(moved, 403, "factor_invalid")
    problem(refreshed, 401, "refresh_refused")
    problem(again(deployed, owner, device_token=token), 401, "second_factor_needed")
    mine = {"phone": owner.phone, "password": "tulip-Harbour-77"}
    created(deployed.post("/logins", {**mine, "device_token": owner.entered["device_token"]}))


def test_an_unlocked_phone_does_not_guess_at_the_payment_password_for_ever(deployed: Deployed) -> None:
    """Five guesses, unlocked by a code on the same phone, and again: 135 in three days, unseen."""
    victim = verified.register(deployed)
    facts = verified.facts(phone=victim.phone.removeprefix("+86"), card_number=verified.card(verified.ICBC))
    assert created(victim.verify(facts))["status"] == "matched"
    victim.set_payment_password()
    deployed.eventually(lambda: victim.wallet()["per_year"], 10_000_000)
    settle(deployed, victim)

    def unlock(**proof: str) -> Answer:
        body = {"code": victim.code("payment_password"), **proof}
        return victim.call("POST", "/me/payment-password/unlock", body)

    def guess() -> list[str]:
        wrong = {"payment_password": "583920"}
        return [victim.payment_token(1, "withdrawal", **wrong).json["code"] for _ in range(5)]

    guesses = [*guess(), str(ok(unlock())["status"]), *guess()]

    assert Counter(guesses) == {"payment_password_invalid": 10, "done": 1}
    problem(unlock(), 403, "reverification_needed")
    problem(victim.payment_token(1, "withdrawal"), 403, "payment_password_locked")
    ok(unlock(id_number=facts["id_number"]))
    assert ok(victim.call("GET", "/me"))["limits_lowered_until"]
    kinds = [each["kind"] for each in ok(victim.call("GET", "/me/notices"))["items"]]
    assert kinds[:2] == ["payment_password_unlocked_again", "payment_password_unlocked"]


def test_whoever_writes_to_the_phones_table_alone_is_not_the_customer(deployed: Deployed) -> None:
    """The number of an insider's own was made the victim's, so that the victim's codes came to it."""
    victim, insider = register(deployed), register(deployed)
    dynamodb, table = deployed.env.aws("dynamodb"), deployed.env.tables["customer-phones"]
    mine = {":mine": {"S": insider.customer_id}}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, FilterExpression="customer_id = :mine", ExpressionAttributeValues=mine
    )
    (row,) = [item for page in pages for item in page["Items"]]
    dynamodb.put_item(TableName=table, Item=row | {"customer_id": {"S": victim.customer_id}})

    problem(again(deployed, insider, password=PASSWORD), 401, "login_failed")
    problem(reset(deployed, insider, device_token=victim.entered["device_token"]), 403, "code_invalid")
    created(again(deployed, victim, password=PASSWORD))


# Lockout as a weapon ------------------------------------------------------------------------------------


def tried(deployed: Deployed, table: str, challenge: str) -> int:
    """Failures in a row that are counted."""
    found = deployed.env.aws("dynamodb").get_item(
        TableName=deployed.env.tables[table], Key={"challenge": {"S": challenge}}
    )
    return int(found["Item"]["failures"]["N"])


def test_nobody_locks_a_member_of_staff_out(deployed: Deployed, people: People) -> None:
    """Five wrong passwords did, for up to a day. Guesses that gain something stay bounded."""
    victim = people.staff(HEAD_OFFICE)
    device = created(victim.log_in())["device_token"]
    guess = {"password": "not-the-password-of-anybody", "code": "000000"}

    told = at_once([lambda: victim.log_in(**guess)] * 24, width=8)

    assert {(each.status, each.json["code"]) for each in told} == {(401, "login_refused")}
    assert victim.log_in().status == 201
    # Whoever has the password too guesses five codes, and keeps the owner's device in nevertheless.
    at_once([lambda: victim.log_in(code="000000")] * 24, width=8)
    assert tried(deployed, "staff-challenges", f"guessing#{victim.staff_id}#half#password+totp") <= 5
    for _ in range(5):
        victim.log_in(code="000000")
    right = victim.code(-1)
    problem(victim.log_in(code=right), 401, "login_refused")
    assert victim.log_in(code=right, device_token=device).status == 201


def test_a_stolen_session_guesses_five_codes_and_locks_nobody_out(people: People) -> None:
    victim = people.staff(HEAD_OFFICE)
    headers = {"Authorization": f"Bearer {victim.token()}"}

    told = [victim.once("POST", "/staff-sessions/step-up", {"code": "000000"}, headers) for _ in range(5)]

    assert [each.json["code"] for each in told] == ["login_refused"] * 4 + ["session_ended"]
    assert victim.once("GET", "/staff-sessions", headers=headers).status == 401
    assert victim.log_in().status == 201


def test_an_enrolment_secret_is_good_once_whoever_reads_the_message(
    deployed: Deployed, people: People
) -> None:
    """It was a password for a week, which enrolled again and again."""
    login, phone = f"staff-{uuid.uuid4().hex[:12]}", fresh_phone()
    body = {"login_name": login, "display_name": "Somebody", "unit_id": HEAD_OFFICE, "phone": phone}
    staff_id = created(people.administrator.post("/staff", body))["staff_id"]
    secret = initial_password(deployed.env.endpoint_url, phone)
    enrolment = {"login": login, "initial_password": secret, "new_password": "Lantern-42-under-the-bridge"}

    told = at_once([lambda: deployed.channel.once("POST", "/staff-enrolments", enrolment)] * 6, width=6)

    assert sorted(each.status for each in told) == [201] + [401] * 5
    # The owner finds it used, is invited again, and what was enrolled before counts no more.
    why = {"reason": "somebody else has used it"}
    created(people.administrator.post(f"/staff/{staff_id}/invitations", why))
    problem(deployed.channel.once("POST", "/staff-enrolments", enrolment), 401, "login_refused")
    again = {**enrolment, "initial_password": initial_password(deployed.env.endpoint_url, phone)}
    assert deployed.channel.once("POST", "/staff-enrolments", again).status == 201


def test_nobody_locks_a_customer_out(deployed: Deployed) -> None:
    """Strangers get five guesses, hear how long to wait, and do not wait in the owner's place."""
    victim = register(deployed)
    mine = {"phone": victim.phone, "password": PASSWORD}

    told = at_once([lambda: deployed.post("/logins", {**mine, "password": "wrong-pass-1"})] * 24, width=8)

    assert {(each.status, each.json["code"]) for each in told} == {(401, "login_failed")}
    waits = deployed.post("/logins", mine)
    problem(waits, 401, "login_failed")
    assert 0 < int(waits.headers["Retry-After"]) <= 60
    created(deployed.post("/logins", {**mine, "device_token": victim.entered["device_token"]}))
    created(deployed.post("/logins", {**mine, "code": ask(deployed, victim.phone, "login")}))


def test_who_knows_an_id_number_and_the_phone_locks_nobody_out(deployed: Deployed) -> None:
    """It counted as half of a proof: five tries kept the owner off a new device for up to a day."""
    victim = verified.register(deployed)
    facts = verified.facts(phone=victim.phone.removeprefix("+86"), card_number=verified.card(verified.ICBC))
    assert created(victim.verify(facts))["status"] == "matched"
    deployed.eventually(lambda: victim.wallet()["per_year"], 10_000_000)
    settle(deployed, victim)
    known = {"phone": victim.phone, "id_number": facts["id_number"]}
    wrong = {"password": "wrong-pass-1", "totp": "000000"}

    told = at_once([lambda: deployed.post("/logins", known | wrong)] * 24, width=8)
    told += [deployed.post("/logins", known | {"code": "000000"} | each) for each in ({}, wrong)]
    own = fresh_phone()
    recovery = {"former_phone": victim.phone, "phone": own, "id_number": facts["id_number"], "totp": "000000"}
    for _ in range(6):
        recovery["code"] = ask(deployed, own, "recover_phone")
        problem(deployed.post("/phone-recoveries", recovery), 403, "factor_invalid")

    assert {(each.status, each.json["code"]) for each in told} == {(401, "login_failed")}
    # What they hear is what anybody hears who does not know the number.
    unknown = deployed.post("/logins", known | wrong | {"id_number": verified.id_number()})
    assert {each.json["detail"] for each in told} == {unknown.json["detail"]}
    assert {each.headers.get("Retry-After") for each in [*told, unknown]} == {None}
    mine = {"phone": victim.phone, "password": PASSWORD, "code": ask(deployed, victim.phone, "login")}
    created(deployed.post("/logins", mine))


def hostile_channel(deployed: Deployed) -> Channel:
    """A channel that may do nothing but ask for codes and log customers in."""
    client_id, secret = environment.register(
        name="A hostile channel", scopes=("logins:write",), endpoint_url=deployed.env.endpoint_url
    )
    return Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret)


def test_strangers_leave_a_known_device_its_codes(deployed: Deployed) -> None:
    """Two of them used up all that a phone gets in a day, and its owner got no code to log in or reset."""
    victim = register(deployed)
    body = {"phone": victim.phone, "purpose": "login"}
    for hostile in (hostile_channel(deployed), hostile_channel(deployed)):
        # Until it gets no more: of those at once, some are told to come again.
        while _codes_left(hostile, body):
            pass
    problem(deployed.post("/verification-codes", body), 429, "too_many_codes")
    guessed = {"device_token": victim.entered["device_token"][:-1] + "-"}
    problem(deployed.post("/verification-codes", body | guessed), 429, "too_many_codes")

    mine = body | {"device_token": victim.entered["device_token"]}
    assert deployed.post("/verification-codes", mine).status == 202

    code = customers.last_code(deployed.env.endpoint_url, victim.phone)
    created(deployed.post("/logins", {"phone": victim.phone, "password": PASSWORD, "code": code}))
    # Whoever has the device floods nobody either.
    told = [deployed.post("/verification-codes", mine) for _ in range(10)]
    assert [each.status for each in told] == [202] * 9 + [429]


def _codes_left(channel: Channel, body: dict[str, str]) -> bool:
    """Ask for twelve codes, four at once; False once the channel gets no more."""
    headers = authorised(channel)
    answers = at_once([lambda: channel.once("POST", "/verification-codes", body, headers)] * 12, width=4)
    assert {answer.status for answer in answers} <= {202, 429, 503}
    return any(answer.status != 429 for answer in answers)


def test_a_channel_does_not_exhaust_a_phone_for_another(deployed: Deployed) -> None:
    """Ten codes a day from any channel did."""
    victim, hostile = register(deployed), hostile_channel(deployed)
    body = {"phone": victim.phone, "purpose": "login"}

    told = [hostile.once("POST", "/verification-codes", body, authorised(hostile)) for _ in range(12)]

    assert [each.status for each in told] == [202] * 10 + [429] * 2
    # Until the day of Shanghai ends.
    assert 1 < int(told[-1].headers["Retry-After"]) <= 86_400
    code = ask(deployed, victim.phone, "login")
    created(deployed.post("/logins", {"phone": victim.phone, "password": PASSWORD, "code": code}))


def authorised(channel: Channel) -> dict[str, str]:
    """The header with a channel's token."""
    return {"Authorization": f"Bearer {channel.token()}"}


def test_strangers_do_not_use_up_a_code_before_its_owner_has_read_it(deployed: Deployed) -> None:
    victim = register(deployed)
    asked_for = deployed.post("/verification-codes", {"phone": victim.phone, "purpose": "login"})
    reference = asked_for.json["reference"]
    code = customers.last_code(deployed.env.endpoint_url, victim.phone)
    wrong = {"phone": victim.phone, "code": f"{(int(code) + 1) % 10**6:06d}"}

    told = at_once([lambda: deployed.post("/logins", wrong)] * 8, width=4)

    assert {each.status for each in told} == {401}
    mine = {"phone": victim.phone, "password": PASSWORD, "code": code}
    problem(deployed.post("/logins", mine), 401, "login_failed")
    created(deployed.post("/logins", {**mine, "code_reference": reference}))


# What leaves a wallet -----------------------------------------------------------------------------------


@pytest.fixture
def rules(deployed: Deployed) -> Iterator[Rules]:
    """What judges the stack's movements, for one test."""
    found = Rules(deployed)
    try:
        yield found
    finally:
        found.restore()


def paid_in(deployed: Deployed, customer: Customer, amount: int) -> str:
    """The id of a customer's wallet, with money on it."""
    wallet = str(customer.wallet()["account_id"])
    deployed.deposit(wallet, amount, currency="CNY")
    return wallet


def outcome(answer: Answer) -> str:
    """Return the status of a payment that was made, else the code of why not."""
    if answer.status != CREATED:
        return str(answer.json["code"])
    return str(answer.json["decline"]["code"] if answer.json["decline"] else answer.json["status"])


def test_who_leaves_the_device_out_is_challenged_as_who_has_a_new_one(
    deployed: Deployed, rules: Rules
) -> None:
    """It turned a challenge into an approval; and so did the name of a device that the victim is known by."""
    rules.live("payment")
    customer, merchant = register(deployed), deployed.merchant()
    wallet = paid_in(deployed, customer, 10_000)
    order = {"payer_account_id": wallet, "merchant_id": merchant, "amount": 5, "currency": "CNY"}
    known = {"device_id": f"dev_{uuid.uuid4().hex}"}
    assert outcome(deployed.pay(wallet, merchant, 5, currency="CNY", **known)) == "succeeded"

    rules.live("payment", content=risk.model(("device.new", "challenge", "new_device")))
    for said in ({}, known, {"device_id": f"dev_{uuid.uuid4().hex}"}):
        body = {**order, **said, "merchant_order_no": uuid.uuid4().hex}
        answer = customer.call("POST", "/payments", body, key=uuid.uuid4().hex)
        problem(answer, 403, "challenge_required")
    problem(deployed.pay(wallet, merchant, 5, currency="CNY"), 403, "challenge_required")

    assert outcome(deployed.pay(wallet, merchant, 5, currency="CNY", **known)) == "succeeded"


def test_who_pays_just_below_the_free_limit_again_and_again_is_challenged(
    deployed: Deployed, rules: Rules
) -> None:
    """Each payment was below it, so that all of them were free."""
    rules.live("payment")
    customer, merchant = register(deployed), deployed.merchant()
    wallet = paid_in(deployed, customer, 50_000)
    assert ok(customer.call("PATCH", "/me/wallets/CNY", {"free_limit": 1_000}))["free_limit"] == 1_000

    answers = at_once([lambda: deployed.pay(wallet, merchant, 300, currency="CNY")] * 10)

    assert Counter(map(outcome, answers)) == {"succeeded": 3, "challenge_required": 7}
    problem(deployed.pay(wallet, merchant, 101, currency="CNY"), 403, "challenge_required")
    assert outcome(deployed.pay(wallet, merchant, 100, currency="CNY")) == "succeeded"
    assert customer.wallet()["balance"] == 49_000


def test_no_more_leaves_than_a_lowered_limit_however_many_try_and_whatever_they_show(
    deployed: Deployed, rules: Rules
) -> None:
    """Who has reset the payment password gets tokens with it."""
    rules.live("payment")
    merchant, wallet = deployed.merchant(), deployed.wallet(100_000)
    owner = deployed.account(wallet)["owner_id"]
    until = int(clock.now().timestamp()) + 3_600
    # As the customers room leaves it (bank.ledger.lowering).
    deployed.env.aws("dynamodb").update_item(
        TableName=deployed.env.tables["ledger-accounts"],
        Key={"account_id": {"S": wallet}},
        UpdateExpression="SET lu = :until, la = :most",
        ExpressionAttributeValues={":until": {"N": str(until)}, ":most": {"N": "1000"}},
    )
    tokens = [payment_token(deployed, owner, 300, merchant) for _ in range(10)]

    answers = at_once(
        [
            *(
                lambda token=token: deployed.pay(wallet, merchant, 300, payment_token=token)
                for token in tokens
            ),
            *[lambda: deployed.pay(wallet, merchant, 300)] * 5,
            *[lambda: deployed.pay(wallet, merchant, 300, capture="manual")] * 5,
        ]
    )

    found = Counter(map(outcome, answers))
    assert found["succeeded"] + found["authorized"] == 3
    assert found["limit_lowered"] == 17
    account = deployed.account(wallet)
    assert account["available"] == 100_000 - 900
    assert clock.parse(account["lowered_until"]).timestamp() == until
    money = {"amount": 101, "currency": "USD", "destination": "cash", "reference": "r"}
    refused = problem(deployed.post(f"/accounts/{wallet}/withdrawals", money), 409, "limit_lowered")
    assert clock.parse(refused["lowered_until"]).timestamp() == until


# Whoever writes to a table --------------------------------------------------------------------------------


def test_whoever_writes_to_the_table_of_payments_gets_no_refund_and_no_capture(deployed: Deployed) -> None:
    """Honest callers refund and capture: their own wallet, or shop, was written into the row before."""
    payer, thief, merchant, shop = (
        deployed.wallet(1_000),
        deployed.wallet(),
        deployed.merchant(),
        deployed.merchant(),
    )
    paid = created(deployed.pay(payer, merchant, 500))
    held = created(deployed.pay(payer, merchant, 300, capture="manual"))

    def alter(payment: dict[str, Any], name: str, value: str) -> None:
        deployed.env.aws("dynamodb").update_item(
            TableName=deployed.env.tables["payments"],
            Key={"payment_id": {"S": payment["payment_id"]}, "record": {"S": "payment"}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": {"S": value}},
        )

    alter(paid, "payer_account_id", thief)
    problem(deployed.post(paid["links"]["refunds"], {"amount": 500, "reason": "late"}), 500, "internal_error")
    alter(paid, "payer_account_id", payer)
    alter(held, "merchant_id", shop)
    problem(deployed.post(held["links"]["capture"], {}), 500, "internal_error")
    alter(held, "merchant_id", merchant)

    assert deployed.account(thief)["balance"] == 0
    created(deployed.post(paid["links"]["refunds"], {"amount": 500, "reason": "late"}))
    ok(deployed.post(held["links"]["capture"], {}))
    assert deployed.account(payer)["balance"] == 700
