"""Staff, roles, units, live rules and clearing limits against the acts of the rooms that really made them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from accounts.service import clearing
from bank import clock, store
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.access.principal import THE_BANK, Kind, Principal
from bank.access.scopes import SCOPES
from bank.control import audit
from bank.credentials import passwords, totp
from bank.ledger import AccountRow
from bank.risk.rule_sets import digest_of
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from identity.service import operators as clients
from staff.service import enrolment, grants, logins, members, operators, roles, units
from staff.tables import CustomRoleRow, MemberRow
from tests.support.funding import OPERATOR
from tests.support.streams import Cloud
from tests.unit.audit.given import CLERK
from tests.unit.audit.test_authority import at, named, put
from tests.unit.staff.people import inbox

ORIGIN = audit.Actor("anonymous", "channel")
PHONE, PASSWORD = "+8613800138003", "Lantern-42-under-the-bridge"


def principal(staff_id: str) -> Principal:
    return Principal("staff-console", frozenset(SCOPES), kind=Kind.STAFF, subject=staff_id, unit=HEAD_OFFICE)


class Bank:
    """A role, two units and a member who has enrolled, each made by the staff room minutes apart."""

    def __init__(self) -> None:
        self.who: dict[str, Any] = {"principal": principal("stf_1"), "actor": CLERK}
        at(0, lambda: operators.bootstrap(actor=OPERATOR, login_name="first", display_name="First"))
        at(1, self._role)
        at(2, self._units)
        at(3, self._member)
        at(4, lambda: units.move(unit_id=self.below, parent_id=HEAD_OFFICE, reason="x", **self.who))
        at(4, lambda: units.change(unit_id=self.unit, name="West", status=None, **self.who))
        at(5, lambda: self.given(self.role))
        at(6, self.enrolled)

    def _role(self) -> None:
        self.role = roles.make(name="Reader", permissions=["audit:read"], **self.who).role_id

    def _units(self) -> None:
        self.unit = units.add(name="East", code=None, parent_id=HEAD_OFFICE, **self.who).unit_id
        self.below = units.add(name="South", code="S", parent_id=self.unit, **self.who).unit_id

    def _member(self) -> None:
        details = {"login_name": "li.wei", "display_name": "N N", "unit_id": HEAD_OFFICE, "phone": PHONE}
        self.member = members.enter(**details, **self.who).staff_id

    def given(self, role_id: str) -> None:
        grants.grant(staff_id=self.member, role_id=role_id, unit_id=HEAD_OFFICE, reason="x", **self.who)

    def enrolled(self) -> None:
        initial = re.findall(r"[A-Za-z0-9_\-]{22}", inbox(PHONE)[-1])[0]
        _, self.secret = enrolment.enrol(
            login="li.wei", initial_password=initial, new_password=PASSWORD, origin=ORIGIN
        )

    def logged_in(self, password: str = PASSWORD, secret: str = "") -> None:
        logins.log_in(
            login="li.wei",
            password=password,
            code=totp.code(secret or self.secret),
            device_token=None,
            unit_id=None,
            origin=ORIGIN,
        )

    @property
    def row(self) -> MemberRow:
        return MemberRow.get(self.member)


@pytest.fixture
def bank(trail: Cloud) -> Bank:
    """A bank whose staff, roles and units are as its acts say."""
    return Bank()


def test_what_the_staff_room_did_is_as_its_acts_say(bank: Bank) -> None:
    assert named() == []

    at(7, bank.logged_in)
    at(8, lambda: grants.break_glass(principal=principal(bank.member), actor=CLERK, hours=1, reason="x"))
    why = {"staff_id": bank.member, "reason": "x", **bank.who}
    at(9, lambda: members.suspend(**why))
    at(9, lambda: roles.change(role_id=bank.role, name="Reads", retired=True, **bank.who))
    assert named() == []
    at(9.5, lambda: members.reinstate(**why))
    at(9.6, lambda: members.reset(**why))
    at(9.7, lambda: members.invite_again(**why))

    assert named() == []


def test_a_role_that_holds_more_or_that_nobody_made_is_named(bank: Bank) -> None:
    row = CustomRoleRow.get("bank", bank.role)
    put(row, permissions={"audit:read", "payments:write"})
    assert named() == [(bank.role, "altered: permissions")]

    put(row, permissions={"audit:read"})
    put(row, role_id="rol_forged")
    assert named() == [("rol_forged", "put in: no act made it")]


@pytest.mark.parametrize(
    ("changed", "what"),
    [({"parent_id": "unit_x"}, "parent_id"), ({"status": "closed"}, "status"), ({"name": "N"}, "name")],
)
def test_a_unit_that_stands_elsewhere_is_named(bank: Bank, changed: dict[str, str], what: str) -> None:
    row = UnitRow.get("bank", bank.below)
    put(row, **changed)

    assert named() == [(bank.below, f"altered: {what}")]


def test_a_unit_that_nobody_added_is_named(bank: Bank) -> None:
    put(UnitRow(unit_id="unit_forged", parent_id=HEAD_OFFICE, name="x", created_at=clock.instant()))

    assert named() == [("unit_forged", "put in: no act made it")]


@pytest.mark.parametrize("until", ["2099-01-01T00:00:00.000000Z", "", "2026-01-01T00:00:00.000000Z"])
def test_a_role_that_ends_later_never_or_sooner_is_named(bank: Bank, until: str) -> None:
    at(7, lambda: grants.break_glass(principal=principal(bank.member), actor=CLERK, hours=1, reason="x"))
    assert named() == []
    given = bank.row.grants
    given[-1]["until"] = until

    put(bank.row, grants=given)

    assert named() == [(bank.member, "altered: roles")]


@pytest.mark.parametrize(
    "changed",
    [
        {"password_hash": "of mine"},
        {"pending_hash": "of mine"},
        {"initial_hash": "of mine"},
        {"totp_secret": b"mine"},
        {"pending_totp": b"mine"},
        {"phone": b"mine"},
    ],
)
def test_credentials_that_somebody_put_there_are_named(bank: Bank, changed: dict[str, Any]) -> None:
    put(bank.row, **changed)

    assert named() == [(bank.member, "altered: credentials")]


def _launder_by_logging_in(bank: Bank) -> None:
    """Another's password, a login with it, whose entry is true, and the old password back."""
    at(7, bank.logged_in)
    true = bank.row.password_hash
    put(bank.row, password_hash=passwords.hashed("Another-password-of-mine"))
    at(8, lambda: bank.logged_in("Another-password-of-mine"))
    put(bank.row, password_hash=true)


def _launder_by_an_act_of_staff(bank: Bank) -> None:
    """Another phone in the row; then somebody is asked for an act that tells what it finds there."""
    put(bank.row, phone=MemberRow.get(bank.member).totp_secret or b"of mine")
    at(8, lambda: members.suspend(staff_id=bank.member, reason="x", **bank.who))


@pytest.mark.parametrize("launder", [_launder_by_logging_in, _launder_by_an_act_of_staff])
def test_an_act_that_found_other_credentials_than_were_left_is_named(
    bank: Bank, launder: Callable[[Bank], None]
) -> None:
    launder(bank)

    ((name, detail),) = named()
    assert name == bank.member
    assert "credentials as the acts found them" in detail


def test_a_client_that_an_act_found_otherwise_is_named(trail: Cloud) -> None:
    """Its scopes were wider for a while, and are again what the acts say."""
    from identity.service import registry
    from identity.tables import ClientRow

    client_id, _ = clients.register_client(name="Shop", scopes=["payments:read"])
    put(ClientRow.get(client_id), scopes={"payments:read", "funding:write"})
    who: dict[str, Any] = {"principal": principal("stf_1"), "actor": CLERK, "reason": "x"}
    at(1, lambda: registry.change(client_id=client_id, changes={"name": "S"}, contact=None, **who))
    at(
        2,
        lambda: registry.change(
            client_id=client_id, changes={"scopes": ["payments:read"]}, contact=None, **who
        ),
    )

    assert named() == [(client_id, "altered: as the acts found it")]


# What clients may owe


def allowed(credit_limit: int) -> str:
    details: dict[str, Any] = {"client_id": "cli_shop", "currency": "CNY", "per_day": 100, "per_deposit": 100}
    return clearing.allow(actor=CLERK, credit_limit=credit_limit, **details).account_id


def test_a_credit_limit_that_nobody_set_is_named_though_the_ledger_agrees(trail: Cloud) -> None:
    clients.register_client(name="Shop", scopes=["funding:write"], client_id="cli_shop")
    account_id = allowed(500)
    at(1, lambda: allowed(700))
    assert named() == []
    row = AccountRow.get(account_id)

    put(row, credit_limit=10**9, available=10**9)
    assert named() == [(account_id, "altered: credit_limit")]
    put(row, credit_limit=700, available=700, limit_per_day=10**9)
    assert named() == [(account_id, "altered: per_day")]


# Live rules


def activated(version: str, before: str | None) -> None:
    """A version as the risk room makes it live."""
    content = {"nodes": [version]}
    digest = digest_of("payment", content, None, "decline")
    store.put_many(
        [
            ContentRow(rules_key=content_key(version), content=content, digest=digest),
            LiveRow(
                rules_key=live_key("payment"), version=version, posture="decline", changed_at=clock.instant()
            ),
        ]
    )
    transaction = store.Transaction()
    live = {"live": version, "digest": digest}
    for action, subject, after in (
        ("risk.rule_set_activated", version, live),
        ("risk.live_changed", live_key("payment"), {**live, "shadows": []}),
    ):
        audit.record(
            transaction,
            actor=CLERK,
            action=action,
            subject_id=subject,
            ownership=THE_BANK,
            before={"live": before},
            after=after,
        )
    transaction.commit()


def test_rules_that_were_live_once_and_are_again_past_everybody_are_named(trail: Cloud) -> None:
    activated("rls_1", None)
    at(1, lambda: activated("rls_2", "rls_1"))
    assert named() == []
    row = LiveRow.get(live_key("payment"))

    put(row, version="rls_1")
    assert named() == [("live#payment", "altered: digest, live")]

    put(row, version="rls_2", shadows=["rls_9"])
    assert named() == [("live#payment", "altered: shadows")]
