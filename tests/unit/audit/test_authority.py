"""What authority rests on is compared with the acts that made it: what nobody did is named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.service import chaining, verifying
from bank import clock, store
from bank.access.clients import ClientRow
from bank.access.principal import THE_BANK
from bank.access.signatures import ClientKeyRow
from bank.control import approval, audit
from bank.control.approval.tables import ApprovalRow
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from identity.service import clients
from tests.support.streams import Cloud
from tests.unit.audit.given import CLERK, NOON


def named() -> list[tuple[str, str]]:
    """What verification says of authority, once the acts are no longer on their way."""
    with clock.source(lambda: NOON + timedelta(minutes=20)):
        differences = verifying.verify()["differences"]
    return [(each["id"], each["detail"]) for each in differences if each["what"] == "authority"]


def at(minutes: int, act: Callable[[], Any]) -> None:
    """Do it so many minutes after noon: acts of one millisecond are in no order."""
    with clock.source(lambda: NOON + timedelta(minutes=minutes)):
        act()


def put(row: Any, **changed: Any) -> None:
    """Write a row with other values, past all functions."""
    for name, value in changed.items():
        setattr(row, name, value)
    store.client().put_item(TableName=row.Meta.table_name, Item=row.serialize())


@pytest.fixture
def shop(trail: Cloud) -> ClientRow:
    """A client that was registered, and whose secret was rotated."""
    client_id, _ = clients.register_client(name="Shop", scopes=["payments:read"], signed=True)
    at(1, lambda: clients.rotate_secret(client_id=client_id))
    return ClientRow.get(client_id)


def test_clients_that_operators_made_are_as_the_acts_say(shop: ClientRow) -> None:
    other, _ = clients.register_client(name="Other", scopes=["payments:read"], bank_wide=True)
    clients.revoke(client_id=other)

    assert named() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"scopes": {"payments:read", "accounts:write"}}, "scopes"),
        ({"bank_wide": True}, "bank_wide"),
        ({"signed": False}, "signed"),
        ({"unit_id": "unit_b"}, "unit_id"),
        ({"secret_hash": "of another secret"}, "secrets"),
        ({"previous_secret_hash": "of another secret"}, "secrets"),
        ({"status": "revoked"}, "status"),
    ],
)
def test_a_client_that_somebody_altered_is_named(shop: ClientRow, changed: Any, what: str) -> None:
    put(shop, **changed)

    assert named() == [(shop.client_id, f"altered: {what}")]


def test_a_client_that_was_revoked_and_counts_again_is_named(shop: ClientRow) -> None:
    at(2, lambda: clients.revoke(client_id=shop.client_id))
    put(ClientRow.get(shop.client_id), status="active")

    assert named() == [(shop.client_id, "altered: status")]


def test_a_client_that_nobody_registered_is_named(shop: ClientRow) -> None:
    put(ClientRow.from_item(shop.serialize()), client_id="cli_forged")

    assert named() == [("cli_forged", "put in: no act made it")]


def test_a_key_that_nobody_added_or_that_counts_again_is_named(shop: ClientRow) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    first, second = (
        clients.add_key(client_id=shop.client_id, public_key=pem, algorithm="ed25519") for _ in range(2)
    )
    at(2, lambda: clients.retire_key(client_id=shop.client_id, key_id=first))
    assert named() == []

    put(ClientKeyRow.get(shop.client_id, first), not_after=None)
    put(ClientKeyRow.get(shop.client_id, second), key_id="key_forged")

    assert sorted(named()) == [
        (f"{shop.client_id}/{first}", "altered: not_after"),
        (f"{shop.client_id}/key_forged", "put in: no act made it"),
    ]


def submitted() -> ApprovalRow:
    transaction = store.Transaction()
    approval_id = approval.submit(
        transaction,
        kind="tests.release",
        subject_id="wdr_1",
        content_digest="d1",
        ownership=THE_BANK,
        actor=CLERK,
        summary={},
    )
    transaction.commit()
    return ApprovalRow.get(approval_id)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"status": "approved"}, "status"),
        ({"status": "approved", "checkers": ["stf_2"]}, "checkers, status"),
        ({"content_digest": "d2"}, "content_digest"),
        ({"subject_id": "wdr_2"}, "of"),
        ({"levels": []}, "levels"),
        ({"maker": "stf_2"}, "maker"),
    ],
)
def test_an_approval_that_somebody_gave_by_hand_is_named(trail: Cloud, changed: Any, what: str) -> None:
    row = submitted()
    assert named() == []

    put(row, **changed)

    assert named() == [(row.approval_id, f"altered: {what}")]


def test_an_approval_by_its_checkers_is_as_their_acts_say(trail: Cloud) -> None:
    row = submitted()
    checker = audit.Actor("stf_2", "staff")
    transaction = store.Transaction()
    after = {"status": "approved", "step": 1}
    audit.record(
        transaction,
        actor=checker,
        action="approvals.approved",
        subject_id=row.approval_id,
        ownership=THE_BANK,
        after=after,
    )
    transaction.commit()
    put(row, status="approved", checkers=["stf_2"])

    assert named() == []


def live_rules(trail: Cloud) -> None:
    """A rule set as the risk room makes it live."""
    content = {"nodes": []}
    digest = digest_of("payment", content, None, "decline")
    row = ContentRow(rules_key=content_key("rls_1"), content=content, digest=digest)
    pointer = LiveRow(
        rules_key=live_key("payment"), version="rls_1", posture="decline", changed_at=clock.instant()
    )
    store.put_many([row, pointer])
    transaction = store.Transaction()
    audit.record(
        transaction,
        actor=CLERK,
        action="risk.rule_set_activated",
        subject_id="rls_1",
        ownership=THE_BANK,
        after={"live": "rls_1", "digest": digest},
    )
    transaction.commit()


def test_rules_whose_content_caps_or_posture_somebody_altered_are_named(trail: Cloud) -> None:
    live_rules(trail)
    assert named() == []

    content = {"nodes": ["another"]}
    row = ContentRow.get(content_key("rls_1"))
    put(row, content=content, digest=digest_of("payment", content, None, "decline"))
    assert named() == [("live#payment", "altered: digest")]

    put(row, content={"nodes": []})
    put(LiveRow.get(live_key("payment")), posture="approve")
    assert named() == [("live#payment", "altered: digest")]

    put(LiveRow.get(live_key("payment")), version="rls_2", posture="decline")
    assert named() == [("live#payment", "put in: no act made it")]


def test_what_is_on_its_way_is_looked_at_later(trail: Cloud) -> None:
    put(
        ClientRow(
            client_id="cli_forged",
            name="x",
            scopes={"a"},
            status="active",
            secret_hash="h",
            created_at=clock.instant(),
        )
    )

    with clock.source(lambda: NOON + timedelta(minutes=9)):
        assert verifying.verify()["differences"] == []
    assert chaining.caught_up("2026-01-15").count == 0
    assert named() == [("cli_forged", "put in: no act made it")]
