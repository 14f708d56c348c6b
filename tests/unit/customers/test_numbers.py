"""Phone numbers that carriers give to other people, and customers whose number is gone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from bank.credentials import passwords
from customers.app import on_customers
from customers.events import of_record
from customers.service import recovery
from tests.support import http
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import (
    ANOTHER_ID_NUMBER,
    ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    PIN,
    In,
    Watch,
    log_in,
    new_device,
    problem,
    staff,
)


def register_again(watch: Watch, **more: Any) -> desk.Reply:
    """Somebody registers with the number of a customer."""
    watch.pass_(seconds=61)
    desk.ask("register")
    return desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code(), **more})


def recover(watch: Watch, **proof: Any) -> desk.Reply:
    """Somebody who had the number takes another."""
    watch.pass_(seconds=61)
    desk.ask("recover_phone", OTHER_PHONE)
    body = {"former_phone": PHONE, "phone": OTHER_PHONE, "code": desk.code(OTHER_PHONE), **proof}
    return desk.post_by_channel("/phone-recoveries", body)


def shown_then(authenticator: pyotp.TOTP, watch: Watch) -> str:
    """What an authenticator shows once a recovery has waited for its code."""
    return authenticator.at(watch.now + timedelta(seconds=62))


@pytest.fixture
def former(watch: Watch) -> In:
    """A verified customer with a password, whose number was given to another person."""
    customer = desk.register(watch)
    customer.identify()
    customer.set_pin()
    watch.pass_(days=91)
    return customer


@pytest.fixture
def newcomer(former: In, watch: Watch) -> In:
    """Who has it now."""
    reply = register_again(watch, another_person=True)
    assert reply.status == 201, reply.body
    return In(reply.json, watch)


def test_a_number_in_use_is_not_another_person_s(watch: Watch) -> None:
    desk.register(watch)
    watch.pass_(days=89)

    for more in ({}, {"another_person": True}):
        reply = register_again(watch, **more)
        assert (problem(reply), reply.json["number_in_use"]) == ((409, "customer_exists"), True)


def test_who_forgot_that_they_are_a_customer_does_not_become_another(former: In, watch: Watch) -> None:
    """Unless they say that they are another person, they are told to log in."""
    reply = register_again(watch)

    assert (problem(reply), reply.json["number_in_use"]) == ((409, "customer_exists"), False)
    device = former.answer["device_token"]
    assert log_in(password=PASSWORD, device_token=device).status == 201


def test_whoever_has_the_number_now_sees_nothing_of_who_had_it(former: In, newcomer: In) -> None:
    me = newcomer.get("/me")

    assert newcomer.customer_id != former.customer_id
    assert (me["has_password"], me["has_payment_password"], me["level"]) == (False, False, 1)
    assert len(newcomer.get("/me/devices")["items"]) == 1


def test_who_had_the_number_keeps_all_but_it_and_is_let_in_by_none(former: In, newcomer: In) -> None:
    device = former.answer["device_token"]

    assert problem(log_in(password=PASSWORD, device_token=device)) == (401, "login_failed")
    refreshing = {"refresh_token": former.answer["refresh_token"]}
    assert desk.post_by_channel("/logins/refresh", refreshing).status == 401
    seen = staff("unit_head", "GET", f"/customers/{former.customer_id}").json
    assert (seen["status"], seen["phone"], seen["level"]) == ("active", None, 2)


@pytest.mark.parametrize("known", [{"password": PASSWORD}, {"id_number": ID_NUMBER}])
def test_they_come_back_with_something_known_and_a_device_of_theirs(
    former: In, newcomer: In, watch: Watch, known: dict[str, str]
) -> None:
    device = former.answer["device_token"]

    assert recover(watch, **known, device_token=device).status == 200

    entered = log_in(OTHER_PHONE, password=PASSWORD, device_token=device)
    back = In(entered.json, watch)
    assert back.customer_id == former.customer_id
    assert back.get("/me")["limits_lowered_until"] is not None
    assert back.token(payment_password=PIN).status == 201
    assert newcomer.get("/me")["phone"] == "+86138****8000"
    assert new_device(watch).json["customer_id"] == newcomer.customer_id


def test_so_does_each_of_many_who_had_the_number(former: In, newcomer: In, watch: Watch) -> None:
    watch.pass_(days=91)
    third = register_again(watch, another_person=True)
    assert third.status == 201

    device = former.answer["device_token"]
    assert recover(watch, password=PASSWORD, device_token=device).status == 200

    entered = log_in(OTHER_PHONE, password=PASSWORD, device_token=device)
    assert In(entered.json, watch).customer_id == former.customer_id
    assert new_device(watch).json["customer_id"] == third.json["customer_id"]


def test_the_latest_five_who_had_a_number_are_heard_and_cost_no_more_than_that(
    former: In, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = []
    for _ in range(recovery.MOST_FORMER + 1):
        later.append(In(register_again(watch, another_person=True, password=PASSWORD).json, watch))
        watch.pass_(days=91)
    compared: list[str] = []
    compare = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given: (compared.append(given[0]), compare(*given))[1])

    first = recover(watch, password=PASSWORD, device_token=former.answer["device_token"])

    assert problem(first) == (403, "factor_invalid")
    assert len(compared) == 1 + recovery.MOST_FORMER
    assert recover(watch, password=PASSWORD, device_token=later[0].answer["device_token"]).status == 200


def test_or_with_the_authenticator_which_is_asked_for_once_enrolled(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, recovery = customer.enrol()
    device = customer.answer["device_token"]

    assert problem(recover(watch, password=PASSWORD, device_token=device)) == (403, "factor_invalid")
    assert recover(watch, password=PASSWORD, recovery_code=recovery[0]).status == 200
    shown = {"password": PASSWORD, "totp": authenticator.at(watch.now)}
    assert log_in(OTHER_PHONE, **shown).json["customer_id"] == customer.customer_id
    assert desk.register(watch).customer_id != customer.customer_id


@pytest.mark.parametrize(
    "proof",
    [
        {"password": "wrong-pass-1"},
        {"id_number": ANOTHER_ID_NUMBER},
        {"password": PASSWORD, "device_token": f"dev_01.{'A' * 43}"},
    ],
)
def test_whoever_is_not_them_takes_nothing_over(former: In, watch: Watch, proof: dict[str, str]) -> None:
    device = former.answer["device_token"]

    assert problem(recover(watch, **{"device_token": device, **proof})) == (403, "factor_invalid")
    assert log_in(password=PASSWORD, device_token=device).status == 201


def test_a_device_that_is_new_takes_no_other_number(watch: Watch) -> None:
    desk.register(watch)
    device = new_device(watch, password=PASSWORD).json["device_token"]

    assert problem(recover(watch, password=PASSWORD, device_token=device)) == (403, "factor_invalid")


def test_two_things_of_one_kind_are_one(watch: Watch) -> None:
    known = recover(watch, password=PASSWORD, id_number=ID_NUMBER)
    held = recover(watch, totp="123456", device_token=f"dev_01.{'A' * 43}")

    assert problem(known) == problem(held) == (422, "invalid_request")


def test_of_a_number_that_nobody_has_the_same_is_heard(watch: Watch) -> None:
    proof = {"password": PASSWORD, "device_token": f"dev_01.{'A' * 43}"}

    assert problem(recover(watch, **proof)) == (403, "factor_invalid")
    same = {"former_phone": OTHER_PHONE, "phone": OTHER_PHONE, "code": "123456", **proof}
    assert problem(desk.post_by_channel("/phone-recoveries", same)) == (422, "invalid_request")


def test_guesses_are_counted_by_the_number_that_is_named(former: In, watch: Watch) -> None:
    """They do not slow down whoever has it now."""
    device = former.answer["device_token"]
    for _ in range(6):
        wrong = recover(watch, password="wrong-pass-1", device_token=device)
    too_soon = recover(watch, password=PASSWORD, device_token=device)

    assert problem(wrong) == problem(too_soon) == (403, "factor_invalid")
    assert log_in(password=PASSWORD, device_token=device).status == 201


def test_strangers_lock_nobody_out_of_a_recovery(former: In, watch: Watch) -> None:
    """All that it takes to guess is a phone of one's own."""
    unknown = f"dev_01.{'A' * 43}"
    for _ in range(6):
        stranger = recover(watch, password="wrong-pass-1", device_token=unknown)
    device = former.answer["device_token"]

    assert problem(stranger) == (403, "factor_invalid")
    assert recover(watch, password=PASSWORD, device_token=device).status == 200


def test_strangers_lock_out_nobody_who_has_the_authenticator(watch: Watch) -> None:
    customer = desk.register(watch)
    _, recovery = customer.enrol()
    for _ in range(6):
        recover(watch, password="wrong-pass-1", totp="000000")

    assert recover(watch, password=PASSWORD, recovery_code=recovery[0]).status == 200


def test_an_authenticator_is_not_guessed_with_a_stolen_password(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, recovery = customer.enrol()
    for pause in range(9):
        watch.pass_(minutes=2**pause)
        recover(watch, password=PASSWORD, totp="000000")

    right = recover(watch, password=PASSWORD, totp=shown_then(authenticator, watch))
    assert problem(right) == (403, "factor_invalid")
    # A recovery code cannot be guessed, so that no guesses stand in its way.
    assert recover(watch, password=PASSWORD, recovery_code=recovery[0]).status == 200


def test_nor_on_a_device_of_somebody_else_s_who_had_the_number(watch: Watch) -> None:
    """It was counted by that device alone: the count of what was shown did not stop it."""
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    watch.pass_(days=91)
    other = In(register_again(watch, another_person=True).json, watch)
    for pause in range(9):
        watch.pass_(minutes=2**pause)
        recover(watch, password=PASSWORD, totp="000000")

    device = other.answer["device_token"]
    right = recover(watch, password=PASSWORD, totp=shown_then(authenticator, watch), device_token=device)

    assert problem(right) == (403, "factor_invalid")
    assert other.get("/me")["phone"] == "+86138****8000"


def test_whether_anybody_has_the_number_takes_as_many_comparisons(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    compare = passwords.matches

    def matches(password: str, hashes: Sequence[str]) -> bool:
        compared.append(password)
        return compare(password, hashes)

    monkeypatch.setattr(passwords, "matches", matches)
    counts = []
    for proof in ({"id_number": ANOTHER_ID_NUMBER}, {"password": "wrong-pass-1"}):
        compared.clear()
        recover(watch, **proof, device_token=f"dev_01.{'A' * 43}")
        counts.append(len(compared))
    desk.register(watch)
    for proof in ({"id_number": ANOTHER_ID_NUMBER}, {"password": "wrong-pass-1"}):
        compared.clear()
        recover(watch, **proof, device_token=f"dev_01.{'A' * 43}")
        counts.append(len(compared))

    assert counts == [0, 2, 0, 2]


def test_the_number_that_another_customer_has_is_not_taken(former: In, watch: Watch) -> None:
    desk.register(watch, OTHER_PHONE)
    device = former.answer["device_token"]

    assert problem(recover(watch, password=PASSWORD, device_token=device)) == (409, "customer_exists")


def test_that_a_number_was_given_away_is_an_event_and_no_message(
    former: In, watch: Watch, cloud: Cloud
) -> None:
    """A message would tell the newcomer about the one before."""
    cloud.records("customers")
    register_again(watch, another_person=True)
    sent = len(desk.inbox())
    recover(watch, password=PASSWORD, device_token=former.answer["device_token"])

    records = cloud.records("customers")
    on_customers({"Records": records}, http.context())

    told = [type(event).__name__ for record in records for event in of_record(record)]
    assert [name for name in told if name in ("PhoneReleased", "PhoneChanged")] == [
        "PhoneReleased",
        "PhoneChanged",
    ]
    assert len(desk.inbox()) == sent
