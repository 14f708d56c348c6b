"""Keys of clients: added by two or three of staff, retired by one; and what an operator may still do."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bank.access.clients import ClientKeyRow
from bank.config import Config
from bank.control import bootstrap
from bank.control.audit import AuditEntryRow
from identity import cli
from identity.app import app
from staff.service import operators as staff_operators
from tests.support import organisation
from tests.support.funding import OPERATOR
from tests.support.http import call, staff
from tests.unit.identity.requests import Registered
from tests.unit.identity.staffed import WHY, ask, registered

pytestmark = pytest.mark.usefixtures("signing_key")
ELSEWHERE = "https://issuer.example#shop-7"


def pem() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def new_key(whose: str, **changed: Any) -> dict[str, Any]:
    return {"client_id": whose, "algorithm": "ed25519", "public_key": pem(), **WHY, **changed}


def test_a_key_is_added_by_two_shown_and_retired_by_one() -> None:
    client_id = registered(signed=True)["client_id"]
    body = new_key(client_id)

    proposal = ask("POST", "/client-keys", body, approve=False)
    assert (proposal.status, proposal.json["levels"]) == (202, ["head_office"])
    assert ask("GET", "/client-keys", query={"client_id": client_id}).json["items"] == []
    made = ask("POST", "/client-keys", body).json
    (shown,) = ask("GET", "/client-keys", query={"client_id": client_id}).json["items"]
    assert shown == made
    assert (made["public_key"], made["not_after"]) == (body["public_key"], None)

    path = f"/client-keys/{made['key_id']}/retirement"
    later = ask("POST", path, {"client_id": client_id, "after_hours": 24, **WHY}, approve=False)
    assert later.status == 200
    at_once = ask("POST", path, {"client_id": client_id, **WHY}, approve=False).json
    assert at_once["not_after"] < later.json["not_after"]
    longer = ask("POST", path, {"client_id": client_id, "after_hours": 24, **WHY})
    assert (longer.status, longer.json["code"]) == (409, "key_retired")
    actions = [AuditEntryRow.get(each.entry_id).action for each in AuditEntryRow.by_subject.query(client_id)]
    assert actions[1:] == ["identity.key_added", "identity.key_retired", "identity.key_retired"]


def test_a_key_of_a_privileged_client_or_of_another_issuer_s_caller_takes_three() -> None:
    wide = registered(bank_wide=True)["client_id"]

    for client_id in (wide, ELSEWHERE):
        proposal = ask("POST", "/client-keys", new_key(client_id), approve=False)
        assert proposal.json["levels"] == ["head_office", "head_office"]
    made = ask("POST", "/client-keys", new_key(ELSEWHERE))
    assert made.status == 201
    assert ClientKeyRow.get(ELSEWHERE, made.json["key_id"]).not_after is None


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"public_key": "not a key"}, 422, "invalid_request"),
        ({"public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"}, 422, "unusable_key"),
        (
            {"public_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"},
            422,
            "invalid_request",
        ),
        ({"algorithm": "rsa-pss-sha512"}, 422, "unusable_key"),
        ({"algorithm": "hmac-sha256"}, 422, "invalid_request"),
        ({"client_id": "cli_never"}, 404, "client_not_found"),
    ],
)
def test_what_is_no_key_for_a_client_is_refused_before_anybody_is_asked(
    changed: dict[str, Any], status: int, code: str
) -> None:
    answer = ask("POST", "/client-keys", new_key(registered()["client_id"], **changed))

    assert (answer.status, answer.json["code"]) == (status, code)


def test_a_revoked_client_gets_no_key() -> None:
    client_id = registered()["client_id"]
    ask("POST", f"/clients/{client_id}/revocation", WHY)

    assert ask("POST", "/client-keys", new_key(client_id)).json["code"] == "client_revoked"


def test_a_branch_sees_its_own_clients_keys_and_changes_none() -> None:
    organisation.units()
    own, other = (
        registered(unit_id=unit)["client_id"] for unit in (organisation.BRANCH, organisation.OTHER_BRANCH)
    )
    key = ask("POST", "/client-keys", new_key(own)).json["key_id"]
    of_branch: dict[str, Any] = {"principal": staff(unit=organisation.BRANCH)}

    def keys(client_id: str) -> Any:
        return call(app, "GET", "/client-keys", query={"client_id": client_id}, **of_branch)

    assert [each["key_id"] for each in keys(own).json["items"]] == [key]
    assert [keys(each).json["code"] for each in (other, ELSEWHERE)] == ["client_not_found"] * 2
    for path, body in (
        ("/client-keys", new_key(own)),
        (f"/client-keys/{key}/retirement", {"client_id": own, **WHY}),
    ):
        assert call(app, "POST", path, body, **of_branch).json["code"] == "head_office_only"
    missing = ask("POST", "/client-keys/key_never/retirement", {"client_id": own, **WHY})
    assert (missing.status, missing.json["code"]) == (404, "key_not_found")


# Operators


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage with a bank to protect."""
    monkeypatch.setattr(Config, "simulated", property(lambda _: False))


@pytest.mark.usefixtures("production")
def test_an_operator_lets_nobody_in_once_there_are_administrators(
    shop: Registered, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    file = tmp_path / "public.pem"
    file.write_text(pem())
    commands_ = (
        (["register", "--name", "Shop", "--scope", "payments:read"], "POST /clients"),
        (["rotate", shop.client_id], "POST /clients/{client_id}/enrolments"),
        (["add-key", shop.client_id, "--file", str(file), "--algorithm", "ed25519"], "POST /client-keys"),
    )
    for arguments, _ in commands_:
        assert cli.main(arguments) == 0
    key_id = json.loads(capsys.readouterr().out.splitlines()[-1])["key_id"]
    staff_operators.bootstrap(actor=OPERATOR, login_name="first", display_name="First")
    assert bootstrap.first_administrator()

    for arguments, route in commands_:
        assert cli.main(arguments) == 1
        said = capsys.readouterr().err
        assert (
            said == f"staff_decides: the bank has administrators: two members of staff do this, by {route}\n"
        )
    # What closes a door is done at once, by whoever sees the fire.
    assert cli.main(["retire-key", shop.client_id, key_id]) == 0
    assert cli.main(["revoke", shop.client_id]) == 0
