"""A thief has the number for a while, and knows the id number: what they do not do before its owner is back.

The owner's way back is a card of the same number, and the id number (docs/proofs.md). It is open as long as
the number is the customer's, and nothing is asked for besides that the thief has and the owner has not.
"""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from tests.unit.customers import desk
from tests.unit.customers.desk import (
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
)
from tests.unit.customers.test_proofs import needed, reset

THEIRS = "thief-Otter-meadow-42"


@pytest.fixture(params=[PASSWORD, None], ids=["password", "no password"])
def owner(watch: Watch, request: pytest.FixtureRequest) -> In:
    """A verified customer, with a password or without one."""
    customer = desk.register(watch, password=request.param)
    customer.identify()
    customer.settle()
    return customer


@pytest.fixture
def thief(owner: In, watch: Watch) -> In:
    """Who is in on a device of their own, by the number and the id number alone."""
    if owner.get("/me")["has_password"]:
        body = {"password": THEIRS, "id_number": ID_NUMBER}
        watch.pass_(seconds=61)
        desk.ask("reset_password")
        again = desk.post_by_channel("/password-resets", {"phone": PHONE, "code": desk.code(), **body})
        assert again.status == 200
        return In(new_device(watch, password=THEIRS).json, watch)
    return In(new_device(watch, id_number=ID_NUMBER).json, watch)


def known_to(thief: In) -> dict[str, str]:
    """What the thief knows, as it is shown in a session."""
    return {"current_password": THEIRS} if thief.get("/me")["has_password"] else {"id_number": ID_NUMBER}


def change_phone(who: In, **proof: str) -> desk.Reply:
    body = {"phone": OTHER_PHONE, "new_code": who.code("new_phone", OTHER_PHONE)}
    return who.call("POST", "/me/phone", body | {"code": who.code("change_phone"), **proof})


def enrol(who: In, **proof: str) -> desk.Reply:
    secret = who.call("POST", "/me/totp").json["secret"]
    sent = who.code("totp")
    code = pyotp.TOTP(secret).at(who.watch.now)
    return who.call("POST", "/me/totp/confirm", {"totp": code, "code": sent, **proof})


def _moves(thief: In) -> desk.Reply:
    return change_phone(thief, **known_to(thief))


def _moves_by_id_number(thief: In) -> desk.Reply:
    return change_phone(thief, id_number=ID_NUMBER)


def _enrols(thief: In) -> desk.Reply:
    return enrol(thief, id_number=ID_NUMBER)


def _enrols_with_a_pin_of_theirs(thief: In) -> desk.Reply:
    """Which they set with the id number."""
    assert thief.set_pin(id_number=ID_NUMBER).status == 200
    return enrol(thief, current_payment_password=PIN)


@pytest.mark.parametrize("act", [_moves, _moves_by_id_number, _enrols, _enrols_with_a_pin_of_theirs])
def test_the_owner_comes_back_with_a_card_of_the_number(
    owner: In, thief: In, watch: Watch, act: Callable[[In], desk.Reply]
) -> None:
    """The number was another's, or an authenticator asked for, at once: staff alone could help."""
    done = act(thief)

    assert needed(done) == ("reverification_needed", ["device_token"])
    assert reset(watch, id_number=ID_NUMBER).status == 200
    back = In(new_device(watch, password="tulip-Harbour-77").json, watch)
    assert back.customer_id == owner.customer_id
    assert problem(thief.call("GET", "/me")) == (401, "session_ended")
    refreshing = {"refresh_token": thief.answer["refresh_token"]}
    assert problem(desk.post_by_channel("/logins/refresh", refreshing)) == (401, "refresh_refused")


def test_waiting_for_three_days_is_not_enough_on_a_device_that_is_not_used(owner: In, thief: In) -> None:
    thief.settle()

    assert needed(_moves(thief)) == ("reverification_needed", ["device_token"])


@pytest.mark.parametrize("owner", [PASSWORD], indirect=True)
def test_an_owner_waits_or_uses_the_device_of_before(owner: In, watch: Watch) -> None:
    other = In(new_device(watch, password=PASSWORD).json, watch)
    proof = {"current_password": PASSWORD}
    assert needed(change_phone(other, **proof)) == ("reverification_needed", ["device_token"])

    other.settle()
    refreshing = {"refresh_token": other.answer["refresh_token"]}
    assert desk.post_by_channel("/logins/refresh", refreshing).status == 200

    assert change_phone(other, **proof).status == 200
    assert log_in(OTHER_PHONE, password=PASSWORD, device_token=other.answer["device_token"]).status == 201


@pytest.mark.parametrize("owner", [PASSWORD], indirect=True)
def test_with_an_authenticator_the_phone_is_changed_from_a_new_device(owner: In, watch: Watch) -> None:
    owner.set_pin()
    authenticator, recovery = owner.enrol(current_payment_password=PIN)
    shown: dict[str, Any] = {"password": PASSWORD, "totp": authenticator.at(watch.now)}
    other = In(log_in(**shown).json, watch)
    made_up = change_phone(other, current_password=PASSWORD, recovery_code="11111-22222-33333-44444")

    assert problem(made_up) == (403, "factor_invalid")
    assert change_phone(other, current_password=PASSWORD, recovery_code=recovery[0]).status == 200


@pytest.mark.parametrize("owner", [PASSWORD], indirect=True)
def test_an_authenticator_that_nobody_has_moves_nobody(owner: In, thief: In) -> None:
    """It stands where a device is asked for, and is looked at then."""
    made_up = change_phone(thief, current_password=THEIRS, totp="000000")

    assert problem(made_up) == (403, "factor_invalid")
