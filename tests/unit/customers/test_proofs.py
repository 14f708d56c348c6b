"""What proves a customer: a code by text message never takes one over who has anything else."""

from typing import Any

import pytest

from bank.access import sessions
from customers.app import on_customers
from customers.events import LimitsLowered, of_record
from customers.service import identity
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
)

ANOTHER_PASSWORD = "tulip-Harbour-77"


def needed(reply: desk.Reply) -> tuple[str, list[str]]:
    """The problem's code, and what it says to send: all of it, or one."""
    return reply.json["code"], reply.json.get("factors") or reply.json["any_of"]


def login_code(watch: Watch) -> str:
    """A code for a login."""
    watch.pass_(seconds=61)
    desk.ask("login")
    return desk.code()


def reset(watch: Watch, phone: str = PHONE, **proof: Any) -> desk.Reply:
    watch.pass_(seconds=61)
    desk.ask("reset_password", phone)
    wanted = {"phone": phone, "code": desk.code(phone), "password": ANOTHER_PASSWORD}
    return desk.post_by_channel("/password-resets", wanted | proof)


def lowered(customer: In) -> bool:
    """Whether the limits are lowered: of all wallets, and as the customer is told."""
    told = customer.get("/me")["limits_lowered_until"]
    ends = {each["lowered_until"] for each in customer.get("/me/wallets")["items"]}
    assert (told is not None) == (ends != {None})
    assert None not in ends or ends == {None}
    return told is not None


# A new device ---------------------------------------------------------------------------------------


def test_a_code_alone_opens_no_new_device_where_a_password_is_set(watch: Watch) -> None:
    desk.register(watch)

    assert needed(new_device(watch)) == ("second_factor_needed", ["password"])
    assert new_device(watch, password=PASSWORD).status == 201


def test_an_id_number_is_no_password(watch: Watch) -> None:
    desk.register(watch).identify()

    assert needed(new_device(watch, id_number=ID_NUMBER)) == ("second_factor_needed", ["password"])


def test_without_a_password_the_verified_id_number_stands_beside_the_code(watch: Watch) -> None:
    desk.register(watch, password=None).identify()

    alone = new_device(watch)
    wrong = new_device(watch, id_number=ANOTHER_ID_NUMBER)
    right = new_device(watch, id_number=ID_NUMBER)

    assert needed(alone) == ("second_factor_needed", ["id_number"])
    assert problem(wrong) == (401, "login_failed")
    assert right.status == 201


def test_who_has_nothing_but_the_phone_comes_in_by_it_with_lowered_limits(watch: Watch) -> None:
    first = desk.register(watch, password=None)
    assert not lowered(first)

    second = new_device(watch)

    assert lowered(In(second.json, watch))
    first.settle()
    assert not lowered(first)


def test_with_an_authenticator_a_code_still_does_not_stand_in_for_the_password(watch: Watch) -> None:
    authenticator, _ = desk.register(watch).enrol()

    assert needed(new_device(watch)) == ("second_factor_needed", ["totp", "password"])
    watch.pass_(seconds=61)
    desk.ask("login")
    without = log_in(code=desk.code(), totp=authenticator.at(watch.now))
    assert needed(without) == ("second_factor_needed", ["password"])


def test_guessing_at_the_id_number_says_nothing_and_slows_down(watch: Watch) -> None:
    """A phone that nobody has hears the same, and after guesses the right one has to wait."""
    desk.register(watch, password=None).identify()

    guesses = [new_device(watch, phone, id_number=ANOTHER_ID_NUMBER) for phone in (PHONE, OTHER_PHONE)]
    for _ in range(4):
        log_in(code=desk.code(), id_number=ANOTHER_ID_NUMBER)
    guesses.append(new_device(watch, id_number=ANOTHER_ID_NUMBER))
    too_soon = new_device(watch, id_number=ID_NUMBER)
    watch.pass_(minutes=2)

    assert {problem(each) for each in guesses} == {(401, "login_failed")}
    assert problem(too_soon) == (401, "login_failed")
    assert new_device(watch, id_number=ID_NUMBER).status == 201


def test_a_known_device_and_every_login_from_it_lowers_nothing(watch: Watch) -> None:
    customer = desk.register(watch)

    again = log_in(password=PASSWORD, device_token=customer.answer["device_token"])

    assert not lowered(In(again.json, watch))


# A number given to another person -------------------------------------------------------------------


def test_a_code_to_a_number_that_was_not_used_for_long_opens_nothing(watch: Watch) -> None:
    """Carriers give numbers to other people."""
    customer = desk.register(watch, password=None)
    watch.pass_(days=91)

    assert needed(new_device(watch)) == ("second_factor_needed", ["device_token"])
    device = customer.answer["device_token"]
    watch.pass_(seconds=61)
    desk.ask("login")
    assert log_in(code=desk.code(), device_token=device).status == 201
    assert new_device(watch).status == 201


def test_a_session_in_use_keeps_the_number(watch: Watch) -> None:
    """It was the login that counted: who was logged in all the time had not been seen."""
    customer = desk.register(watch, password=None)
    token = customer.answer["refresh_token"]
    for _ in range(8):
        watch.pass_(days=11)
        token = desk.post_by_channel("/logins/refresh", {"refresh_token": token}).json["refresh_token"]

    watch.pass_(days=10)

    [device] = In(new_device(watch).json, watch).get("/me/devices")["items"][1:]
    assert device["seen_at"] > device["bound_at"]


def test_a_number_out_of_use_resets_no_password(watch: Watch) -> None:
    desk.register(watch)
    watch.pass_(days=91)

    assert needed(reset(watch)) == ("reverification_needed", ["device_token"])


# A lost password ------------------------------------------------------------------------------------


def test_a_code_alone_resets_no_password_of_a_verified_customer(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.identify()
    customer.settle()

    alone, wrong = reset(watch), reset(watch, id_number=ANOTHER_ID_NUMBER)

    assert needed(alone) == ("reverification_needed", ["id_number", "device_token"])
    assert problem(wrong) == (403, "factor_invalid")
    assert customer.get("/me")["status"] == "active"


def test_a_customer_who_lost_phone_and_password_comes_back_with_the_id_number(watch: Watch) -> None:
    """The one way back: a new card of the same number, and what kyc has verified."""
    customer = desk.register(watch)
    customer.set_pin()
    customer.identify()
    customer.settle()

    assert reset(watch, id_number=ID_NUMBER.lower()).status == 200
    back = new_device(watch, password=ANOTHER_PASSWORD)

    assert problem(customer.call("GET", "/me")) == (401, "session_ended")
    assert lowered(In(back.json, watch))
    assert In(back.json, watch).token(payment_password=PIN).status == 201


def test_an_identity_that_was_verified_just_now_resets_nothing(watch: Watch) -> None:
    """Whoever has stolen a session could have verified themselves in it."""
    customer = desk.register(watch)
    customer.identify(ANOTHER_ID_NUMBER)

    early = reset(watch, id_number=ANOTHER_ID_NUMBER)

    assert needed(early) == ("reverification_needed", ["device_token"])
    customer.settle()
    assert reset(watch, id_number=ANOTHER_ID_NUMBER).status == 200


def test_on_a_device_of_theirs_a_customer_resets_without_more(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.identify()

    assert reset(watch, device_token=customer.answer["device_token"]).status == 200


def test_a_device_that_is_new_resets_nothing(watch: Watch) -> None:
    """A thief who came in by the phone alone would make the customer's password his."""
    customer = desk.register(watch, password=None)
    device = new_device(watch).json["device_token"]

    assert needed(reset(watch, device_token=device)) == ("reverification_needed", ["device_token"])
    watch.pass_(hours=73)
    assert log_in(code=login_code(watch), device_token=customer.answer["device_token"]).status == 201
    assert needed(reset(watch, device_token=device)) == ("reverification_needed", ["device_token"])
    assert log_in(code=login_code(watch), device_token=device).status == 201
    assert reset(watch, device_token=device).status == 200


def test_who_has_nothing_else_resets_by_code_once_their_devices_are_not_in_use(watch: Watch) -> None:
    customer = desk.register(watch)

    in_use = reset(watch)
    customer.settle()
    out_of_use = reset(watch)

    assert needed(in_use) == ("reverification_needed", ["device_token"])
    assert out_of_use.status == 200
    assert lowered(In(new_device(watch, password=ANOTHER_PASSWORD).json, watch))


# What customers pay with ----------------------------------------------------------------------------


@pytest.fixture
def payer(watch: Watch) -> In:
    customer = desk.register(watch)
    assert customer.set_pin().status == 200
    return customer


def test_the_payment_password_is_changed_with_the_one_before(payer: In) -> None:
    by_code, wrong = payer.set_pin("583920"), payer.set_pin("583920", current_payment_password="918273")
    right = payer.set_pin("583920", current_payment_password=PIN)

    assert needed(by_code) == ("reverification_needed", ["current_payment_password"])
    assert problem(wrong) == (403, "payment_password_invalid")
    assert right.status == 200
    assert not lowered(payer)
    assert payer.token(payment_password="583920").status == 201


def test_a_forgotten_one_is_set_anew_with_the_id_number_and_lowers_the_limits(payer: In) -> None:
    payer.identify()
    payer.settle()

    by_code = payer.set_pin("583920")
    wrong = payer.set_pin("583920", id_number=ANOTHER_ID_NUMBER)
    right = payer.set_pin("583920", id_number=ID_NUMBER)

    assert needed(by_code) == ("reverification_needed", ["current_payment_password", "id_number"])
    assert problem(wrong) == (403, "factor_invalid")
    assert right.status == 200
    assert lowered(payer)


def test_an_identity_that_was_verified_just_now_proves_nothing_to_pay_with(payer: In) -> None:
    """Whoever has the session of a customer who was not verified could bring their own."""
    payer.identify()

    assert needed(payer.set_pin("583920", id_number=ID_NUMBER))[0] == "reverification_needed"
    payer.settle()
    assert payer.set_pin("583920", id_number=ID_NUMBER).status == 200


def test_a_forgotten_one_is_set_anew_with_the_authenticator(payer: In) -> None:
    authenticator, _ = payer.enrol(current_payment_password=PIN)
    code = payer.code("payment_password")
    body = {"payment_password": "583920", "code": code, "totp": authenticator.at(payer.watch.now)}

    assert payer.call("POST", "/me/payment-password", body).status == 200
    assert lowered(payer)


def test_from_a_new_device_no_first_payment_password_is_set_by_a_code(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.identify()
    customer.settle()
    other = In(new_device(watch, password=PASSWORD).json, watch)

    assert needed(other.set_pin()) == ("reverification_needed", ["id_number"])
    assert other.set_pin(id_number=ID_NUMBER).status == 200
    customer.settle()
    assert customer.set_pin("583920", current_payment_password=PIN).status == 200


def test_once_a_device_is_new_no_more_a_first_payment_password_is_set_from_it(watch: Watch) -> None:
    desk.register(watch)
    other = In(new_device(watch, password=PASSWORD).json, watch)
    assert needed(other.set_pin()) == ("reverification_needed", ["id_number"])

    other.settle()
    assert needed(other.set_pin()) == ("reverification_needed", ["id_number"])
    refreshing = {"refresh_token": other.answer["refresh_token"]}
    assert desk.post_by_channel("/logins/refresh", refreshing).status == 200

    assert other.set_pin().status == 200


def test_an_authenticator_is_enrolled_with_what_a_payment_password_takes(payer: In) -> None:
    """Payments are confirmed with its codes: it was enrolled with a session and a text message."""
    offer = payer.call("POST", "/me/totp").json["secret"]
    assert offer
    body = {"totp": "123456", "code": payer.code("totp")}

    assert needed(payer.call("POST", "/me/totp/confirm", body))[0] == "reverification_needed"
    payer.enrol(current_payment_password=PIN)


def test_from_a_new_device_a_code_unlocks_nothing(payer: In, watch: Watch) -> None:
    payer.identify()
    payer.settle()
    other = In(new_device(watch, password=PASSWORD).json, watch)
    unlocking = {"code": other.code("payment_password")}

    assert needed(other.call("POST", "/me/payment-password/unlock", unlocking))[0] == "reverification_needed"
    unlocking["id_number"] = ID_NUMBER
    assert other.call("POST", "/me/payment-password/unlock", unlocking).status == 200


# What customers are known by ------------------------------------------------------------------------


def test_a_session_and_a_code_change_no_password(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.identify()
    customer.settle()
    body = {"password": ANOTHER_PASSWORD, "code": customer.code("change_password")}

    assert needed(customer.call("POST", "/me/password", body))[1] == ["password", "id_number"]
    assert customer.call("POST", "/me/password", body | {"id_number": ID_NUMBER}).status == 200


def test_a_first_password_is_chosen_with_a_code_but_not_from_a_new_device(watch: Watch) -> None:
    customer = desk.register(watch, password=None)
    thief = In(new_device(watch).json, watch)

    def choose(who: In) -> desk.Reply:
        body = {"password": ANOTHER_PASSWORD, "code": who.code("change_password")}
        return who.call("POST", "/me/password", body)

    assert needed(choose(thief)) == ("reverification_needed", ["id_number"])
    assert choose(customer).status == 200


def test_a_thief_with_a_customer_s_number_does_not_move_them_to_another(watch: Watch) -> None:
    desk.register(watch, password=None)
    thief = In(new_device(watch).json, watch)
    body = {"phone": OTHER_PHONE, "new_code": thief.code("new_phone", OTHER_PHONE)}
    body["code"] = thief.code("change_phone")

    assert problem(thief.call("POST", "/me/phone", body)) == (403, "reverification_needed")


def test_taking_the_authenticator_away_lowers_the_limits(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    sent = customer.code("totp")

    customer.call("POST", "/me/totp/remove", {"code": sent, "totp": authenticator.at(watch.now)})

    assert lowered(customer)


# What is told ---------------------------------------------------------------------------------------


def told(cloud: Cloud) -> list[str]:
    """Deliver the stream; the reasons that were published."""
    records = cloud.records("customers")
    on_customers({"Records": records}, http.context())
    found = [event for record in records for event in of_record(record)]
    return [event.reason for event in found if isinstance(event, LimitsLowered)]


def test_a_new_device_is_told_of_by_text_message_and_as_an_event(watch: Watch, cloud: Cloud) -> None:
    desk.register(watch)
    assert told(cloud) == []

    new_device(watch, password=PASSWORD)

    assert told(cloud) == ["new_device"]
    assert "新设备" in desk.inbox()[-1]


def test_another_phone_is_told_of_on_the_one_before(watch: Watch, cloud: Cloud) -> None:
    customer = desk.register(watch)
    body = {"phone": OTHER_PHONE, "new_code": customer.code("new_phone", OTHER_PHONE)}
    assert customer.call("POST", "/me/phone", body | {"current_password": PASSWORD}).status == 200

    assert told(cloud) == ["phone_changed"]

    assert "更换手机号" in desk.inbox(PHONE)[-1]
    assert "更换" not in desk.inbox(OTHER_PHONE)[-1]


def test_a_notice_that_cannot_be_sent_holds_up_nothing(
    watch: Watch, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bank import errors
    from customers.service import notices

    def down(phone: str, text: str) -> None:
        raise errors.Unavailable("the message could not be sent")

    monkeypatch.setattr(notices, "send", down)
    desk.register(watch)
    new_device(watch, password=PASSWORD)

    assert told(cloud) == ["new_device"]


# What is known of an identity -----------------------------------------------------------------------


def test_the_first_identity_stays_and_goes_with_the_customer(watch: Watch) -> None:
    customer = desk.register(watch, password=None)
    customer.identify()
    customer.identify(ANOTHER_ID_NUMBER, level=3)
    assert new_device(watch, id_number=ID_NUMBER).status == 201

    closed = customer.call("POST", "/me/closure", {"code": customer.code("closure")})

    assert closed.status == 200
    assert not identity.learn(customer_id=customer.customer_id, identity="f" * 64)


def test_a_reset_that_breaks_off_behind_its_write_leaves_no_session(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was to be thrown out is, also where the function dies before it has looked again."""
    customer = desk.register(watch)
    thief = log_in(password=PASSWORD, device_token=customer.answer["device_token"]).json
    customer.settle()
    revoke, called = sessions.revoke_all, []

    def once(subject: str, **options: Any) -> int:
        called.append(subject)
        if len(called) > 1:
            raise MemoryError
        return revoke(subject, **options)

    monkeypatch.setattr(sessions, "revoke_all", once)
    broken = reset(watch, device_token=customer.answer["device_token"])

    assert (broken.status, len(called)) == (500, 2)
    refreshed = desk.post_by_channel("/logins/refresh", {"refresh_token": thief["refresh_token"]})
    assert refreshed.status == 401
