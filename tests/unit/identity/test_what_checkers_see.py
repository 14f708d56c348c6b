"""What a client was let in with while it was weak is shown to those who make it privileged, and held."""

from collections.abc import Callable
from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest

from bank import clock
from bank.access.clients import ClientKeyRow, ClientRow
from bank.access.principal import Kind, Principal
from bank.control import audit
from bank.control.audit import AuditEntryRow
from identity.service import entries, operators, registry
from tests.support.http import approved, call, staff
from tests.unit.identity.requests import Registered
from tests.unit.identity.staffed import OTHER_CONTACT, WHY, ask, code, enrolled, registered
from tests.unit.identity.test_keys import ELSEWHERE, new_key, pem

pytestmark = pytest.mark.usefixtures("signing_key")
MOST = 10
KEEPER = Principal("staff-console", frozenset(), kind=Kind.STAFF, subject="stf_test", unit="unit_head")


def before(proposal: Any) -> dict[str, Any]:
    """What the approval of a proposal shows of the client as it is."""
    from approvals.app import app as approvals

    seen = call(approvals, "GET", f"/approvals/{proposal.json['approval_id']}", principal=staff())
    shown: dict[str, Any] = seen.json["summary"]["before"]
    return shown


def key_added(client_id: str, who: str = "stf_test") -> dict[str, Any]:
    answer = ask("POST", "/client-keys", new_key(client_id), who=who)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json
    return made


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> list[Any]:
    """Have somebody else's act done once, after a request has read the client and before it writes."""
    keys_of, answers = registry.keys_of, list[Any]()

    def and_act(client_id: str) -> list[ClientKeyRow]:
        monkeypatch.setattr(registry, "keys_of", keys_of)
        read = keys_of(client_id)
        answers.append(Context().run(act))
        return read

    monkeypatch.setattr(registry, "keys_of", and_act)
    return answers


def acts(client_id: str) -> list[AuditEntryRow]:
    """The entries of acts on a client, in the order of its versions."""
    found = [AuditEntryRow.get(each.entry_id) for each in AuditEntryRow.by_subject.query(client_id)]
    return sorted(found, key=lambda act: (act.after or {})["version"])


def suspended(client_id: str) -> str:
    ask("POST", f"/clients/{client_id}/suspension", WHY)
    return "POST"


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("", {"scopes": ["accounts:write", "funding:write"]}),
        ("", {"bank_wide": True}),
        ("", {"signed": False}),
        ("", {"contact": OTHER_CONTACT}),
        ("/reinstatement", {}),
    ],
)
def test_who_approves_sees_the_keys_and_the_secret_that_it_has(path: str, change: dict[str, Any]) -> None:
    client = enrolled(registered(signed=True)["client_id"])
    key, ended = key_added(client.client_id, who="stf_puppeteer"), key_added(client.client_id)
    retirement = {"client_id": client.client_id, **WHY}
    ask("POST", f"/client-keys/{ended['key_id']}/retirement", retirement)
    method = suspended(client.client_id) if path else "PATCH"

    proposal = ask(method, f"/clients/{client.client_id}{path}", {**change, **WHY}, approve=False)

    shown = before(proposal)
    assert [each["key_id"] for each in shown["keys"]] == [key["key_id"], ended["key_id"]]
    assert shown["keys"][1]["not_after"] <= clock.instant()
    assert shown["keys"][0] == {
        "key_id": key["key_id"],
        "algorithm": "ed25519",
        "public_key_sha256": ClientKeyRow.get(client.client_id, key["key_id"]).public_key_sha256,
        "added_at": key["created_at"],
        "added_by": "stf_puppeteer",
        "not_after": None,
    }
    row = ClientRow.get(client.client_id)
    assert shown["secret_given"] == {
        "at": row.rotated_at,
        "contact": "+86138****8001",
        "previous_until": None,
    }
    assert client.secret not in str(shown)


def test_a_secret_that_a_contact_of_before_got_is_told_beside_the_contact_of_now() -> None:
    client_id = registered()["client_id"]
    enrolled(client_id)
    ask("PATCH", f"/clients/{client_id}", {"contact": OTHER_CONTACT, **WHY})

    proposal = ask("PATCH", f"/clients/{client_id}", {"bank_wide": True, **WHY}, approve=False)

    shown = before(proposal)
    assert (shown["contact"], shown["secret_given"]["contact"]) == ("+86138****8002", "+86138****8001")

    ask("POST", f"/clients/{client_id}/enrolments", WHY)
    enrolled(client_id, OTHER_CONTACT)
    given = entries.of_client(ClientRow.get(client_id), [])["secret_given"]
    assert (given["contact"], given["previous_until"] > clock.instant()) == ("+86138****8002", True)


def test_a_secret_that_an_operator_was_told_was_sent_to_no_contact(shop: Registered) -> None:
    given = entries.of_client(ClientRow.get(shop.client_id), [])["secret_given"]
    assert given["contact"] is None

    assert ask("PATCH", f"/clients/{shop.client_id}", {"contact": OTHER_CONTACT, **WHY}).status == 200
    ask("POST", f"/clients/{shop.client_id}/enrolments", WHY)
    assert code(OTHER_CONTACT)
    enrolled(shop.client_id, OTHER_CONTACT)
    operators.rotate_secret(client_id=shop.client_id)

    assert entries.of_client(ClientRow.get(shop.client_id), [])["secret_given"]["contact"] is None


def test_what_is_shown_is_changed_by_acts_alone_and_not_by_time() -> None:
    client_id = registered(signed=True)["client_id"]
    for _ in range(2):
        first = key_added(client_id)
        retirement = {"client_id": client_id, "after_hours": 24, **WHY}
        ask("POST", f"/client-keys/{first['key_id']}/retirement", retirement)

    def shown() -> dict[str, Any]:
        return before(ask("PATCH", f"/clients/{client_id}", {"bank_wide": True, **WHY}, approve=False))

    now, found = clock.now(), shown()
    with clock.source(lambda: now + timedelta(days=2)):
        assert shown() == found
        third = key_added(client_id)
        assert [each["key_id"] for each in shown()["keys"]] == [third["key_id"]]


def test_who_approves_a_key_of_another_issuer_s_caller_sees_those_it_has() -> None:
    caller = f"{ELSEWHERE}-seen"
    proposal = ask("POST", "/client-keys", new_key(caller), approve=False)
    assert before(proposal) == {"keys": []}
    key = key_added(caller)

    proposal = ask("POST", "/client-keys", new_key(caller), approve=False)

    assert [each["key_id"] for each in before(proposal)["keys"]] == [key["key_id"]]


@pytest.mark.parametrize("act", ["key added", "key retired", "code sent", "contact changed", "enrolled anew"])
def test_whatever_it_is_let_in_with_since_makes_the_approval_void(act: str) -> None:
    client_id = registered(signed=True)["client_id"]
    enrolled(client_id)
    key = key_added(client_id)
    path, widen = f"/clients/{client_id}", {"bank_wide": True, **WHY}
    if act == "enrolled anew":
        ask("POST", f"{path}/enrolments", WHY)
    proposal = ask("PATCH", path, widen, approve=False)
    headers = {"approval-id": approved(proposal.json)}

    if act == "key added":
        key_added(client_id)
    elif act == "key retired":
        ask("POST", f"/client-keys/{key['key_id']}/retirement", {"client_id": client_id, **WHY})
    elif act == "code sent":
        ask("POST", f"{path}/enrolments", WHY)
    elif act == "contact changed":
        ask("PATCH", path, {"contact": OTHER_CONTACT, **WHY})
    else:
        enrolled(client_id)

    refused = ask("PATCH", path, widen, headers=headers)
    assert (refused.status, refused.json["code"]) == (409, "content_changed")
    assert ClientRow.get(client_id).bank_wide is False
    assert ask("PATCH", path, widen).json["bank_wide"] is True


# At once


def test_a_client_that_becomes_privileged_in_the_meantime_gets_no_key_that_two_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client_id = registered(signed=True)["client_id"]
    body = new_key(client_id)
    proposal = ask("POST", "/client-keys", body, approve=False)
    headers = {"approval-id": approved(proposal.json)}
    widen = {"bank_wide": True, **WHY}
    widened = meanwhile(monkeypatch, lambda: ask("PATCH", f"/clients/{client_id}", widen))

    refused = ask("POST", "/client-keys", body, headers=headers)

    assert widened[0].json["bank_wide"] is True
    # By then it takes another approval, of what the client has become.
    assert (refused.status, refused.json["code"]) == (409, "not_approved")
    assert ask("GET", "/client-keys", query={"client_id": client_id}).json["items"] == []


def test_no_change_of_a_client_overlooks_a_key_that_comes_in_the_meantime(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client_id = registered(signed=True)["client_id"]
    added = meanwhile(monkeypatch, lambda: key_added(client_id))

    registry.change(
        principal=KEEPER,
        actor=audit.Actor("stf_test", "staff"),
        client_id=client_id,
        changes={"bank_wide": True},
        contact=None,
        reason="x",
    )

    last = acts(client_id)[-1]
    assert last.action == "identity.client_changed"
    assert [each["key_id"] for each in (last.before or {})["keys"]] == [added[0]["key_id"]]


def test_a_client_is_not_made_privileged_past_a_key_that_comes_while_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client_id = registered(signed=True)["client_id"]
    path, widen = f"/clients/{client_id}", {"bank_wide": True, **WHY}
    proposal = ask("PATCH", path, widen, approve=False)
    headers = {"approval-id": approved(proposal.json)}
    added = meanwhile(monkeypatch, lambda: key_added(client_id))

    refused = ask("PATCH", path, widen, headers=headers)

    assert len(added) == 1
    assert (refused.status, refused.json["code"]) == (409, "content_changed")
    assert ClientRow.get(client_id).bank_wide is False


def test_ten_keys_count_at_most_and_of_two_at_once_for_the_last_place_one_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client_id = registered(signed=True)["client_id"]
    made = [
        operators.add_key(client_id=client_id, public_key=pem(), algorithm="ed25519") for _ in range(MOST - 1)
    ]
    body = new_key(client_id)
    headers = {"approval-id": approved(ask("POST", "/client-keys", body, approve=False).json)}

    def last_place() -> Any:
        return operators.add_key(client_id=client_id, public_key=pem(), algorithm="ed25519")

    taken = meanwhile(monkeypatch, last_place)

    refused = ask("POST", "/client-keys", body, headers=headers)

    assert (refused.status, refused.json["code"]) == (409, "too_many_keys")
    counting = [row for row in registry.keys_of(client_id) if row.counts(clock.instant())]
    assert {row.key_id for row in counting} == {*made, *taken}
    # One that has ended makes room.
    ask("POST", f"/client-keys/{made[0]}/retirement", {"client_id": client_id, **WHY})
    assert key_added(client_id)["not_after"] is None
    assert len((acts(client_id)[-1].after or {})["keys"]) == MOST
