"""The audit trail says whose a login, a code or a look-up was, and tells of what is refused, and of locks."""

from typing import Any

import pytest

from bank import store, vault
from bank.control.audit import AuditEntryRow
from bank.store import table_name
from tests.unit.customers import desk
from tests.unit.customers.desk import (
    EAST,
    ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    PIN,
    SHOP,
    WEST,
    In,
    Watch,
    customer_of,
    log_in,
    problem,
    staff,
)

MASKED, OTHER_MASKED = "nobody#+86138****8000", "nobody#+86139****2222"


def trail() -> list[AuditEntryRow]:
    """All entries, oldest first."""
    items = store.client().scan(TableName=table_name("audit-entries"))["Items"]
    return sorted((AuditEntryRow.from_item(item) for item in items), key=lambda row: row.at)


class Since:
    """What the trail tells from now on."""

    def __init__(self) -> None:
        self._known = {row.entry_id for row in trail()}

    def rows(self) -> list[AuditEntryRow]:
        return [row for row in trail() if row.entry_id not in self._known]

    def told(self) -> list[tuple[str, str, str]]:
        """Actor, action and subject of each."""
        return [(row.actor, row.action.removeprefix("customers."), row.subject_id) for row in self.rows()]


def is_of(customer: In, row: AuditEntryRow) -> bool:
    return (row.subject_id, row.customer_id, row.client_id) == (
        customer.customer_id,
        customer.customer_id,
        SHOP,
    )


# At the door ---------------------------------------------------------------------------------------


def test_a_registration_and_a_login_are_the_customer_s_own_acts(watch: Watch) -> None:
    customer = desk.register(watch)
    since = Since()
    device = {"device_token": customer.answer["device_token"]}

    again = log_in(password=PASSWORD, **device).json

    (registered,) = (row for row in trail() if row.action == "customers.registered")
    tried, logged_in = since.rows()
    assert [is_of(customer, row) for row in (registered, tried, logged_in)] == [True] * 3
    assert (tried.actor, tried.actor_kind, tried.action) == (SHOP, "channel", "customers.log_in")
    assert (logged_in.actor, logged_in.actor_kind) == (customer.customer_id, "customer")
    assert (logged_in.action, logged_in.session) == ("customers.logged_in", again["session_id"])
    assert (logged_in.actor_client, logged_in.source_ip) == (SHOP, "127.0.0.1")
    assert logged_in.after == {
        "session_id": again["session_id"],
        "device_id": customer.answer["device_id"],
        "shown": ["device_token", "password"],
    }
    assert (registered.after or {})["shown"] == ["code"]


def test_a_failed_login_says_who_was_tried_also_one_who_is_suspended(branches: Watch) -> None:
    customer = customer_of(branches, EAST, PHONE)
    since = Since()
    log_in(password="wrong-pass-1")
    log_in(code="000000")
    staff(EAST, "POST", f"/customers/{customer.customer_id}/suspension", {"reason": "a call"})
    log_in(password=PASSWORD)

    told = [row for row in since.rows() if row.action == "customers.log_in"]
    assert [(is_of(customer, row), row.unit_id, row.source_ip) for row in told] == [
        (True, EAST, "127.0.0.1")
    ] * len(told)
    assert len(told) >= 2


def test_of_a_number_that_nobody_has_the_mask_is_told_and_no_hash(watch: Watch) -> None:
    since = Since()
    log_in(OTHER_PHONE, password="wrong-pass-1")
    desk.ask("login", OTHER_PHONE)

    assert since.told() == [(SHOP, "log_in", OTHER_MASKED), (SHOP, "send_code", OTHER_MASKED)]
    fingerprint = vault.fingerprint("phone", OTHER_PHONE)
    assert not any(fingerprint in str(row.to_simple_dict()) for row in trail())


def test_tries_at_a_reset_and_at_a_recovery_say_whose_number_it_is(watch: Watch) -> None:
    customer = desk.register(watch)
    desk.ask("recover_phone", OTHER_PHONE)
    watch.pass_(seconds=61)
    desk.ask("reset_password")
    since = Since()
    reset = {"phone": PHONE, "password": "another-Otter-meadow-1", "code": "000000"}
    recovery = {
        "former_phone": PHONE,
        "phone": OTHER_PHONE,
        "password": PASSWORD,
        "device_token": customer.answer["device_token"],
        "code": "000000",
    }

    assert problem(desk.post_by_channel("/password-resets", reset)) == (403, "code_invalid")
    assert problem(desk.post_by_channel("/phone-recoveries", recovery)) == (403, "code_invalid")

    assert since.told() == [
        (SHOP, "reset_password", customer.customer_id),
        (SHOP, "recover_phone", customer.customer_id),
    ]
    assert all(is_of(customer, row) for row in since.rows())


def test_whoever_asks_for_codes_is_told_of_with_whose_phone_it_is(watch: Watch) -> None:
    customer = desk.register(watch)
    watch.pass_(seconds=61)
    since = Since()
    desk.ask("login", source_ip="203.0.113.9")
    customer.code("change_password")

    by_channel, own = since.rows()
    assert (by_channel.action, by_channel.source_ip) == ("customers.send_code", "203.0.113.9")
    assert (own.action, own.actor) == ("customers.send_my_code", customer.customer_id)
    assert is_of(customer, by_channel)
    assert is_of(customer, own)


def test_a_code_that_may_not_be_sent_leaves_no_entry(watch: Watch) -> None:
    """What floods a phone does not flood the trail."""
    desk.ask("login", OTHER_PHONE)
    since = Since()

    assert [desk.ask("login", OTHER_PHONE).status for _ in range(3)] == [429] * 3
    assert since.rows() == []


def test_who_loses_their_number_to_another_person_has_an_entry(watch: Watch) -> None:
    former = desk.register(watch)
    watch.pass_(days=91)
    desk.ask("register")
    body = {"phone": PHONE, "code": desk.code(), "another_person": True}
    assert desk.post_by_channel("/registrations", body).status == 201

    (entry,) = desk.entries("phone_released")
    assert is_of(former, entry)


# Look-ups --------------------------------------------------------------------------------------------


def test_a_look_up_says_who_was_found_or_the_number_masked(branches: Watch) -> None:
    east = customer_of(branches, EAST, PHONE)
    since = Since()
    for unit, phone in ((EAST, PHONE), (EAST, OTHER_PHONE)):
        staff(unit, "POST", "/customer-lookups", {"phone": phone, "client_id": SHOP})

    assert since.told() == [
        ("stf_test", "look_up_customer", east.customer_id),
        ("stf_test", "look_up_customer", OTHER_MASKED),
    ]
    assert is_of(east, since.rows()[0])


def test_the_trail_does_not_tell_of_a_customer_who_is_out_of_sight(branches: Watch) -> None:
    """Who looks people up and reads the trail of their unit would learn whose customer somebody is."""
    customer_of(branches, EAST, PHONE)
    since = Since()
    staff(WEST, "POST", "/customer-lookups", {"phone": PHONE, "client_id": SHOP})

    (entry,) = since.rows()
    assert (entry.subject_id, entry.unit_id, entry.customer_id) == (MASKED, WEST, "")


# Payment tokens, sessions --------------------------------------------------------------------------------


def test_wrong_payment_passwords_are_told_of_up_to_the_lock(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.set_pin()
    since = Since()
    wrong = [problem(customer.token(payment_password="111222")) for _ in range(6)]

    assert [code for _, code in wrong] == ["payment_password_invalid"] * 5 + ["payment_password_locked"]
    assert since.told() == [(customer.customer_id, "payment_password_tried", customer.customer_id)] * 5
    left = [row.after["tries_left"] for row in since.rows() if row.after]
    assert left == [4, 3, 2, 1, 0]


def test_a_payment_token_is_told_of_for_longer_than_its_own_row(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.set_pin()
    since = Since()

    assert customer.token(amount=150_000, payee="mer_1", payment_password=PIN).status == 201

    issued = since.rows()[-1]
    assert (issued.action, is_of(customer, issued)) == ("customers.payment_token_issued", True)
    assert issued.after == {
        "amount": 150_000,
        "currency": "CNY",
        "payee": "mer_1",
        "method": "payment_password",
    }


def test_wrong_codes_of_the_authenticator_and_the_end_of_the_session_are_told_of(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.enrol()
    since = Since()
    for _ in range(5):
        customer.token(totp="000000")

    *tries, ended = since.rows()
    assert [row.action for row in tries] == ["customers.issue_payment_token"] * 5
    assert [is_of(customer, row) for row in [*tries, ended]] == [True] * 6
    assert (ended.action, ended.after) == (
        "customers.session_ended",
        {"session_id": customer.answer["session_id"], "ended": "factor_guessed"},
    )


def test_a_refresh_token_used_twice_ends_the_session_with_an_entry(watch: Watch) -> None:
    customer = desk.register(watch)
    body = {"refresh_token": customer.answer["refresh_token"]}
    since = Since()
    assert desk.post_by_channel("/logins/refresh", body).status == 200
    assert since.rows() == []

    reused = desk.post_by_channel("/logins/refresh", body, source_ip="203.0.113.9")

    (ended,) = since.rows()
    assert problem(reused) == (401, "refresh_refused")
    assert (ended.action, is_of(customer, ended)) == ("customers.session_ended", True)
    assert (ended.actor, ended.source_ip) == (SHOP, "203.0.113.9")
    assert ended.after == {"session_id": customer.answer["session_id"], "ended": "refresh_reused"}


# What changes ----------------------------------------------------------------------------------------


def test_the_free_limit_is_told_before_and_after(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.set_pin()
    body = {"free_limit": 30_000}
    before = customer.get("/me/wallets")["items"][0]["free_limit"]

    assert customer.call("PATCH", "/me/wallets/CNY", body | {"payment_password": PIN}).status == 200

    (entry,) = desk.entries("free_limit_changed")
    assert (entry.before, entry.after) == ({"free_limit": before}, body)
    assert entry.customer_id == customer.customer_id


def test_what_kyc_tells_of_a_customer_is_told_of_once(watch: Watch) -> None:
    customer = desk.register(watch)
    watch.pass_(seconds=2)
    for _ in range(2):
        customer.identify(ID_NUMBER, level=2)

    (level,), (learned,) = desk.entries("level_changed"), desk.entries("identity_learned")
    assert (level.before, level.after) == ({"level": 1}, {"level": 2})
    assert [(row.actor, row.actor_kind) for row in (level, learned)] == [("customers-on-kyc", "system")] * 2
    assert is_of(customer, level)
    assert is_of(customer, learned)
    assert ID_NUMBER not in str(learned.to_simple_dict())


@pytest.mark.parametrize("path", ["/me/logout", "/me/sessions/{session_id}/revoke"])
def test_a_session_that_its_owner_ends_is_named(watch: Watch, path: str) -> None:
    customer = desk.register(watch)
    since = Since()
    reply = customer.call("POST", path.format(**customer.answer))
    assert reply.status == 200, reply.body

    (ended,) = since.rows()
    assert (ended.action, is_of(customer, ended)) == ("customers.session_ended", True)


def test_the_trail_of_a_customer_is_found_by_their_id(watch: Watch) -> None:
    customer = desk.register(watch)
    log_in(password="wrong-pass-1")
    found: list[Any] = list(AuditEntryRow.by_subject.query(customer.customer_id))

    # That they registered, and the try.
    assert len(found) == 2
