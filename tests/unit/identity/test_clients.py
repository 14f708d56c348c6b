"""Clients as operators keep them: registered, given new secrets, revoked."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bank import clock, errors
from bank.access.clients import ClientKeyRow
from bank.access.signatures import UnusableKey
from bank.control.audit import AuditEntryRow
from bank.credentials import passwords
from identity import cli
from identity.domain import clients as domain
from identity.service import operators as clients
from identity.service import secret
from identity.tables import ClientRow
from tests.support import organisation
from tests.unit.identity.requests import Registered, ask, form, token_of


def test_a_client_gets_an_id_and_a_secret_of_256_bits(signing_key: str) -> None:
    first = clients.register_client(name="Shop", scopes=["payments:read"])
    second = clients.register_client(name="Shop", scopes=["payments:read"])

    assert first[0].startswith("cli_")
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert len(first[1]) == 43


def test_an_id_is_given_once(shop: Registered) -> None:
    with pytest.raises(domain.ClientExists):
        clients.register_client(name="Another", scopes=["payments:read"], client_id=shop.client_id)

    assert ask(form(shop)).status == 200


@pytest.mark.parametrize("scopes", [[], ["everything"], ["payments:read", "payments:admin"]])
def test_only_scopes_that_open_something_can_be_held(signing_key: str, scopes: list[str]) -> None:
    with pytest.raises(errors.Invalid):
        clients.register_client(name="Shop", scopes=scopes)


@pytest.mark.parametrize("client_id", ["", "a b", "x" * 65, "a#b", "a\n"])
def test_an_id_that_could_be_mistaken_is_refused(signing_key: str, client_id: str) -> None:
    with pytest.raises(errors.Invalid):
        clients.register_client(name="Shop", scopes=["payments:read"], client_id=client_id)


def test_after_a_rotation_both_secrets_count_for_a_day_and_then_the_new_one_alone(shop: Registered) -> None:
    rotated = Registered(shop.client_id, clients.rotate_secret(client_id=shop.client_id))
    now = clock.now()

    assert ask(form(shop)).status == 200
    assert ask(form(rotated)).status == 200
    with clock.source(lambda: now + timedelta(hours=24, minutes=1)):
        assert ask(form(shop)).status == 401
        assert ask(form(rotated)).status == 200


def test_a_leaked_secret_can_be_ended_at_once(shop: Registered) -> None:
    clients.rotate_secret(client_id=shop.client_id, overlap=timedelta(0))

    assert ask(form(shop)).status == 401


def test_no_more_than_two_secrets_ever_count(shop: Registered) -> None:
    second, third = (clients.rotate_secret(client_id=shop.client_id) for _ in range(2))

    assert [ask(form(Registered(shop.client_id, one))).status for one in (shop.secret, second, third)] == [
        401,
        200,
        200,
    ]


def test_revoking_is_for_good_and_can_be_said_again(shop: Registered) -> None:
    clients.revoke(client_id=shop.client_id)
    first = ClientRow.get(shop.client_id).revoked_at
    clients.revoke(client_id=shop.client_id)

    assert ClientRow.get(shop.client_id).revoked_at == first
    with pytest.raises(domain.ClientRevoked):
        clients.rotate_secret(client_id=shop.client_id)
    assert ask(form(shop)).status == 401


def test_what_is_not_there_is_neither_rotated_nor_revoked(signing_key: str) -> None:
    with pytest.raises(domain.ClientNotFound):
        clients.rotate_secret(client_id="cli_nobody")
    with pytest.raises(domain.ClientNotFound):
        clients.revoke(client_id="cli_nobody")


def test_the_hash_that_stands_for_nobody_costs_what_every_other_costs() -> None:
    assert not passwords._hasher().check_needs_rehash(passwords.NOBODY)
    assert not secret.matches("", [])


def test_the_command_line_registers_rotates_and_revokes(
    signing_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> dict[str, str]:
        assert cli.main(arguments) == 0
        said: dict[str, str] = json.loads(capsys.readouterr().out)
        return said

    made = run("register", "--name", "Shop", "--scope", "payments:read", "--scope", "payments:write")
    client = Registered(made["client_id"], made["client_secret"])
    rotated = Registered(*run("rotate", client.client_id).values())

    assert token_of(client)
    assert token_of(rotated)
    assert run("revoke", client.client_id) == {"client_id": client.client_id, "status": "revoked"}
    assert ask(form(rotated)).status == 401


def test_a_client_has_a_place_and_is_no_more_than_it_was_made(
    signing_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    organisation.units()
    plain, _ = clients.register_client(name="Shop", scopes=["payments:read"])
    arguments = ["--unit", organisation.BRANCH, "--bank-wide", "--signed"]
    assert cli.main(["register", "--name", "Core", "--scope", "payments:read", *arguments]) == 0
    core = json.loads(capsys.readouterr().out)["client_id"]

    rows = [ClientRow.get(client_id) for client_id in (plain, core)]

    assert [(row.unit_id, row.bank_wide, row.signed) for row in rows] == [
        ("unit_head", False, False),
        (organisation.BRANCH, True, True),
    ]
    with pytest.raises(errors.Invalid):
        clients.register_client(name="Shop", scopes=["payments:read"], unit_id="unit_gone")


def _public_key() -> bytes:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_keys_are_added_and_retired_and_both_count_while_they_overlap(
    shop: Registered, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "public.pem").write_bytes(_public_key())

    def run(*arguments: str) -> dict[str, str]:
        assert cli.main(arguments) == 0
        said: dict[str, str] = json.loads(capsys.readouterr().out)
        return said

    add = ["add-key", shop.client_id, "--file", str(tmp_path / "public.pem"), "--algorithm", "ed25519"]
    first, second = run(*add)["key_id"], run(*add)["key_id"]
    retired = run("retire-key", shop.client_id, first, "--after-hours", "24")

    rows = {key_id: ClientKeyRow.get(shop.client_id, key_id) for key_id in (first, second)}
    assert rows[first].not_after == retired["not_after"] > clock.instant()
    assert rows[second].not_after is None
    with pytest.raises(domain.KeyRetired):
        clients.retire_key(client_id=shop.client_id, key_id=first, after=timedelta(hours=48))
    ended = clients.retire_key(client_id=shop.client_id, key_id=first)
    assert ClientKeyRow.get(shop.client_id, first).not_after == ended <= clock.instant()
    with pytest.raises(domain.KeyNotFound):
        clients.retire_key(client_id=shop.client_id, key_id="key_nobody")


def test_a_key_is_only_for_a_client_that_is_there_and_fits(shop: Registered) -> None:
    pem = _public_key().decode()

    with pytest.raises(domain.ClientNotFound):
        clients.add_key(client_id="cli_nobody", public_key=pem, algorithm="ed25519")
    with pytest.raises(UnusableKey):
        clients.add_key(client_id=shop.client_id, public_key=pem, algorithm="rsa-pss-sha512")
    clients.revoke(client_id=shop.client_id)
    with pytest.raises(domain.ClientRevoked):
        clients.add_key(client_id=shop.client_id, public_key=pem, algorithm="ed25519")


def test_a_caller_of_another_issuer_gets_a_key_without_being_registered_here(signing_key: str) -> None:
    pem = _public_key().decode()
    caller = "https://issuer.example#shop-7"

    key_id = clients.add_key(client_id=caller, public_key=pem, algorithm="ed25519")

    assert ClientKeyRow.get(caller, key_id).public_key == pem


def test_the_command_line_says_why_it_did_not(signing_key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["revoke", "cli_nobody"]) == 1

    assert capsys.readouterr().err == "client_not_found: there is no such client\n"


def test_each_act_of_an_operator_on_a_client_leaves_an_entry_with_their_name(
    signing_key: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pem = tmp_path / "public.pem"
    pem.write_bytes(_public_key())

    def run(*arguments: str) -> dict[str, str]:
        assert cli.main(arguments) == 0
        said: dict[str, str] = json.loads(capsys.readouterr().out)
        return said

    made = run("register", "--name", "Shop", "--scope", "payments:read", "--signed")
    client_id = made["client_id"]
    rotated = run("rotate", client_id)
    key_id = run("add-key", client_id, "--file", str(pem), "--algorithm", "ed25519")["key_id"]
    run("retire-key", client_id, key_id)
    run("revoke", client_id)
    assert cli.main(["rotate", client_id]) == 1

    kept = [AuditEntryRow.get(each.entry_id) for each in AuditEntryRow.by_subject.query(client_id)]
    assert [row.action for row in kept] == [
        f"identity.{deed}"
        for deed in ("client_registered", "secret_rotated", "key_added", "key_retired", "client_revoked")
    ]
    assert {(row.actor_kind, row.actor.split(":")[0]) for row in kept} == {("operator", "operator")}
    facts = {"name": "Shop", "scopes": ["payments:read"], "bank_wide": False, "signed": True}
    assert facts.items() <= (kept[0].after or {}).items()
    told = json.dumps([row.attribute_values for row in kept], default=str)
    assert made["client_secret"] not in told
    assert rotated["client_secret"] not in told
