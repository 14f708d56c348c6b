"""What authority rests on is compared with the acts that made it: what nobody did is named."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.service import chaining, verifying
from bank import clock, store
from bank.access.clients import ClientKeyRow, ClientRow
from bank.access.principal import THE_BANK, Kind, Principal
from bank.config import Config
from bank.control import approval, audit
from bank.control.approval.tables import ApprovalRow, RuleRow
from bank.credentials import passwords
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from identity.service import enrolment, keys, registry
from identity.service import operators as clients
from staff.service import operators
from staff.tables import MemberRow
from tests.support.funding import OPERATOR
from tests.support.streams import Cloud
from tests.unit.audit.given import CLERK, NOON
from tests.unit.staff.people import inbox

HEAD_OFFICE_STAFF = Principal(
    "staff-console", frozenset(), kind=Kind.STAFF, subject=CLERK.subject, unit="unit_head"
)


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


@pytest.fixture
def staffed(trail: Cloud) -> ClientRow:
    """A client that staff registered, and that enrolled with the code that its contact was sent."""
    row = enrolment.register(
        principal=HEAD_OFFICE_STAFF,
        actor=CLERK,
        name="Shop",
        scopes=["payments:read"],
        unit_id="unit_head",
        bank_wide=False,
        signed=True,
        contact="+8613800138001",
        reason="a channel of ours",
    )
    at(1, lambda: enrol(row.client_id))
    return ClientRow.get(row.client_id)


def enrol(client_id: str) -> None:
    found = re.search(r"登记码 ([A-Za-z0-9_\-]{22})", inbox("+8613800138001")[-1])
    assert found
    enrolment.enrol(client_id=client_id, code=found[1], origin=audit.Actor("anonymous", "channel"))


def test_clients_that_staff_keep_are_as_the_acts_say(staffed: ClientRow) -> None:
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    client_id = staffed.client_id
    assert named() == []

    # At one instant: the acts are in the order of their versions.
    changes = {"scopes": ["payments:write"], "unit_id": "unit_head"}
    sealed = enrolment.contact_of(client_id, "+8613800138001")
    at(2, lambda: registry.change(client_id=client_id, changes=changes, contact=sealed, **who))
    at(2, lambda: enrolment.send_code(client_id=client_id, overlap_hours=1, **who))
    at(2, lambda: registry.suspend(client_id=client_id, **who))
    at(2, lambda: registry.reinstate(client_id=client_id, **who))
    assert named() == []
    at(3, lambda: enrol(client_id))
    at(4, lambda: enrolment.send_code(client_id=client_id, overlap_hours=1, **who))
    assert named() == []
    at(5, lambda: registry.revoke(client_id=client_id, **who))
    assert named() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"contact": b"sealed for another phone"}, "contact_digest"),
        ({"enrolment_hash": "of a code of mine"}, "enrolment_digest"),
        ({"previous_secret_hash": "of a secret of mine"}, "secret_given, secrets"),
        ({"rotated_at": "2025-01-01T00:00:00.000000Z"}, "secret_given"),
        ({"secret_contact": "+86138****8002"}, "secret_given"),
        ({"previous_until": "2099-01-01T00:00:00.000000Z"}, "previous_until"),
        ({"status": "suspended"}, "status"),
    ],
)
def test_a_staffed_client_that_somebody_altered_is_named(staffed: ClientRow, changed: Any, what: str) -> None:
    put(staffed, **changed)

    assert named() == [(staffed.client_id, f"altered: {what}")]


def test_a_secret_for_a_code_that_nobody_sent_is_named_though_its_entry_is_true(staffed: ClientRow) -> None:
    """The insider puts the hash of a code into the row and enrols with it: the row fits its acts."""
    planted = {"enrolment_hash": passwords.hashed("mine"), "enrolment_until": "2099-01-01T00:00:00.000000Z"}
    put(staffed, **planted)
    origin = audit.Actor("anonymous", "channel")
    at(2, lambda: enrolment.enrol(client_id=staffed.client_id, code="mine", origin=origin))

    details = "altered: as the acts found it, enrolled by a code that was sent"
    assert named() == [(staffed.client_id, details)]


@pytest.mark.parametrize(
    "changed", [{"enrolment_until": "2099-01-01T00:00:00.000000Z"}, {"enrolment_overlap_hours": 99_999}]
)
def test_a_code_that_somebody_made_good_for_more_is_named_before_and_after_its_use(
    staffed: ClientRow, changed: Any
) -> None:
    """A code that is over counts again, or the secret before counts for years."""
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    at(2, lambda: enrolment.send_code(client_id=staffed.client_id, overlap_hours=1, **who))
    put(ClientRow.get(staffed.client_id), **changed)
    assert named() == [(staffed.client_id, "altered: enrolment_digest")]

    at(3, lambda: enrol(staffed.client_id))

    details = "altered: as the acts found it, enrolled by a code that was sent"
    assert named() == [(staffed.client_id, details)]


def test_an_act_done_just_before_each_run_hides_nothing(staffed: ClientRow) -> None:
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    put(staffed, scopes={"payments:read", "accounts:write"})
    at(15, lambda: enrolment.send_code(client_id=staffed.client_id, overlap_hours=1, **who))

    assert named() == [(staffed.client_id, "altered: as the acts found it")]


def test_a_row_that_was_read_before_an_act_of_now_is_not_named(
    staffed: ClientRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has read the row; then the client is changed twice, and the run reads the acts."""
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    read = ClientRow.get(staffed.client_id)
    at(15, lambda: registry.suspend(client_id=staffed.client_id, **who))
    between = ClientRow.get(staffed.client_id)
    at(16, lambda: registry.revoke(client_id=staffed.client_id, **who))

    for row in (read, between):
        monkeypatch.setattr(ClientRow, "scan", lambda row=row: iter([row]))
        assert named() == []


def test_what_an_operator_opened_alone_is_named_once_there_is_staff(
    trail: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command refuses; who runs it without its refusal leaves a true entry, which counts for nothing."""
    monkeypatch.setattr(Config, "simulated", property(lambda _: False))
    first, second = (clients.register_client(name="Shop", scopes=["payments:read"])[0] for _ in range(2))
    at(1, lambda: operators.bootstrap(actor=OPERATOR, login_name="first", display_name="First"))
    assert named() == []

    made: list[str] = []
    at(2, lambda: made.append(clients.register_client(name="Mine", scopes=["payments:read"])[0]))
    at(2, lambda: clients.rotate_secret(client_id=first))
    at(2, lambda: clients.revoke(client_id=second))

    assert sorted(named()) == sorted(
        [(made[0], "put in: no act made it"), (first, "altered: previous_until, secret_given, secrets")]
    )


def test_a_row_of_a_time_to_come_is_not_on_its_way_for_ever(shop: ClientRow) -> None:
    put(
        ClientRow.from_item(shop.serialize()),
        client_id="cli_forged",
        created_at="2099-01-01T00:00:00.000000Z",
    )

    assert named() == [("cli_forged", "put in: no act made it")]


def test_a_key_that_nobody_added_or_that_counts_again_is_named(shop: ClientRow) -> None:
    first, second = (
        clients.add_key(client_id=shop.client_id, public_key=pem(), algorithm="ed25519") for _ in range(2)
    )
    at(2, lambda: clients.retire_key(client_id=shop.client_id, key_id=first))
    assert named() == []

    put(ClientKeyRow.get(shop.client_id, first), not_after=None)
    put(ClientKeyRow.get(shop.client_id, second), key_id="key_forged")

    assert sorted(named()) == [
        (f"{shop.client_id}/{first}", "altered: not_after"),
        (f"{shop.client_id}/key_forged", "put in: no act made it"),
    ]


def test_clients_that_were_given_keys_are_as_the_acts_say(staffed: ClientRow) -> None:
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    client_id = staffed.client_id
    key: dict[str, Any] = {"client_id": client_id, "algorithm": "ed25519"}
    made: list[str] = []
    for minute in (2, 3):
        at(minute, lambda: made.append(keys.add(**key, public_key=pem(), **who).key_id))
    ends = {"after": timedelta(minutes=1), **who}
    at(4, lambda: keys.retire(client_id=client_id, key_id=made[0], **ends))
    at(6, lambda: registry.suspend(client_id=client_id, **who))
    at(7, lambda: made.append(keys.add(**key, public_key=pem(), **who).key_id))
    at(8, lambda: registry.reinstate(client_id=client_id, **who))

    assert named() == []
    put(ClientKeyRow.get(client_id, made[1]), added_by="stf_honest", created_at="2025-01-01T00:00:00.000000Z")
    assert named() == [(f"{client_id}/{made[1]}", "altered: added_at, added_by")]


def test_a_key_that_somebody_put_in_is_named_with_the_client_that_an_act_found_it_on(
    staffed: ClientRow,
) -> None:
    who: dict[str, Any] = {"principal": HEAD_OFFICE_STAFF, "actor": CLERK, "reason": "x"}
    forged = ClientKeyRow(client_id=staffed.client_id, key_id="key_forged", algorithm="ed25519")
    put(forged, public_key=pem(), created_at=clock.instant())
    at(2, lambda: registry.suspend(client_id=staffed.client_id, **who))

    assert sorted(named()) == [
        (staffed.client_id, "altered: as the acts found it"),
        (f"{staffed.client_id}/key_forged", "put in: no act made it"),
    ]


def pem() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


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
    assert chaining.newest(0) is None
    assert named() == [("cli_forged", "put in: no act made it")]


@pytest.fixture
def clerk(trail: Cloud) -> str:
    """A member of staff who was entered and given a role, as the staff room records it."""
    role = {"grant_id": "grt_1", "role_id": "rol_clerk", "unit_id": "unit_a", "until": ""}
    member(grants=[role])
    acted_on_staff("staff.entered", {"unit_id": "unit_a"})
    given = {"unit_id": "unit_a", "status": "active", "roles": ["rol_clerk for unit_a"]}
    at(1, lambda: acted_on_staff("staff.role_granted", given))
    return "stf_9"


def member(**changed: Any) -> None:
    facts = {"staff_id": "stf_9", "unit_id": "unit_a", "status": "active", "created_at": clock.instant(NOON)}
    facts |= {"login_name": "li", "display_name": "Li", **changed}
    put(MemberRow(**facts))


def acted_on_staff(action: str, after: dict[str, Any]) -> None:
    transaction = store.Transaction()
    audit.record(transaction, actor=CLERK, action=action, subject_id="stf_9", ownership=THE_BANK, after=after)
    transaction.commit()


def grant(role_id: str, until: str = "") -> dict[str, str]:
    return {"grant_id": "grt_1", "role_id": role_id, "unit_id": "unit_a", "until": until}


OVER = clock.instant(NOON + timedelta(minutes=5))


def test_a_member_s_grants_are_as_the_acts_say_also_once_one_is_over(clerk: str) -> None:
    assert named() == []

    ends = {"unit_id": "unit_a", "status": "active", "roles": [f"rol_clerk for unit_a until {OVER}"]}
    at(2, lambda: acted_on_staff("staff.role_granted", ends))
    member(grants=[grant("rol_clerk", OVER)])
    assert named() == []
    member(grants=[])
    assert named() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"grants": [grant("rol_clerk"), grant("rol_administrator")]}, "roles"),
        ({"grants": [grant("rol_administrator")]}, "roles"),
        ({"grants": []}, "roles"),
        ({"grants": [grant("rol_clerk")], "unit_id": "unit_head"}, "unit_id"),
        ({"grants": [grant("rol_clerk")], "status": "suspended"}, "suspended"),
    ],
)
def test_a_member_whom_somebody_altered_is_named(clerk: str, changed: Any, what: str) -> None:
    member(**changed)

    assert named() == [(clerk, f"altered: {what}")]


def test_a_member_who_was_suspended_and_counts_again_is_named(clerk: str) -> None:
    after = {"unit_id": "unit_a", "status": "suspended", "roles": ["rol_clerk for unit_a"]}
    at(2, lambda: acted_on_staff("staff.suspended", after))

    assert named() == [(clerk, "altered: suspended")]


def test_a_login_at_another_unit_moves_nobody(clerk: str) -> None:
    at(2, lambda: acted_on_staff("staff.logged_in", {"session_id": "ses_1", "unit_id": "unit_b"}))

    assert named() == []


def test_a_member_whom_nobody_entered_is_named(trail: Cloud) -> None:
    member(grants=[grant("rol_administrator")])

    assert named() == [("stf_9", "put in: no act made it")]


def test_approval_rules_that_somebody_altered_are_named(trail: Cloud) -> None:
    row = RuleRow(kind="tests.release", record="live", version="arv_1", content={"a": 1}, status="live")
    put(row, created_at=clock.instant(), activated_at=clock.instant())
    assert named() == [("approval-rules.tests.release", "put in: no act made it")]
    transaction = store.Transaction()
    audit.record(
        transaction,
        actor=CLERK,
        action="approvals.rule_changed",
        subject_id="approval-rules.tests.release",
        ownership=THE_BANK,
        after={"a": 1},
    )
    transaction.commit()
    assert named() == []

    put(row, content={"a": 2})
    assert named() == [("approval-rules.tests.release", "altered: content")]
