"""Logging in: what is enough, what guessing hears, and what becomes of stolen refresh tokens."""

from typing import Any

import pyotp
import pytest

from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PHONE, In, Watch, log_in, problem


def login_code(watch: Watch, phone: str = PHONE) -> str:
    watch.pass_(seconds=61)
    assert desk.ask("login", phone).status == 202
    return desk.code(phone)


def refresh(token: str, client_id: str = desk.SHOP) -> desk.Reply:
    return desk.post_by_channel("/logins/refresh", {"refresh_token": token}, client_id)


def test_a_known_device_needs_the_password_alone(watch: Watch) -> None:
    customer = desk.register(watch)

    reply = log_in(password=PASSWORD, device_token=customer.answer["device_token"])

    assert reply.status == 201
    assert reply.json["device_id"] == customer.answer["device_id"]
    assert reply.json["device_token"] is None
    assert In(reply.json, watch).get("/me")["customer_id"] == customer.customer_id


def test_a_new_device_needs_a_code_besides_and_is_known_from_then_on(watch: Watch) -> None:
    customer = desk.register(watch)

    alone = log_in(password=PASSWORD)
    both = log_in(password=PASSWORD, code=login_code(watch))
    again = log_in(password=PASSWORD, device_token=both.json["device_token"])

    assert problem(alone) == (401, "second_factor_needed")
    assert alone.json["factors"] == ["code"]
    assert both.status == 201
    assert both.json["device_id"] != customer.answer["device_id"]
    assert again.status == 201


def test_a_code_alone_lets_in(watch: Watch) -> None:
    customer = desk.register(watch, password=None)

    reply = log_in(code=login_code(watch))

    assert (reply.status, reply.json["customer_id"]) == (201, customer.customer_id)


def test_a_device_s_id_is_no_proof(watch: Watch) -> None:
    device = desk.register(watch).answer["device_id"]

    reply = log_in(password=PASSWORD, device_token=f"{device}.{'A' * 43}")

    assert problem(reply) == (401, "second_factor_needed")


def test_a_device_of_somebody_else_is_no_proof(watch: Watch) -> None:
    desk.register(watch)
    other = desk.register(watch, OTHER_PHONE).answer["device_token"]

    assert problem(log_in(password=PASSWORD, device_token=other)) == (401, "second_factor_needed")


def test_a_forgotten_device_is_new_and_its_sessions_have_ended(watch: Watch) -> None:
    customer = desk.register(watch)
    device = customer.answer["device_id"]
    second = In(log_in(password=PASSWORD, code=login_code(watch)).json, watch)

    proof = {"current_password": PASSWORD}
    forgotten = second.call("POST", f"/me/devices/{device}/forget", proof)

    assert forgotten.status == 200
    reply = log_in(password=PASSWORD, device_token=customer.answer["device_token"])
    assert problem(reply) == (401, "second_factor_needed")
    assert problem(customer.call("GET", "/me")) == (401, "session_ended")
    assert [each["device_id"] for each in second.get("/me/devices")["items"]] == [second.answer["device_id"]]


def test_guessing_hears_the_same_of_a_phone_that_is_known_and_one_that_is_not(watch: Watch) -> None:
    desk.register(watch)

    for _ in range(8):
        known, unknown = log_in(PHONE, password="wrong-pass-1"), log_in(OTHER_PHONE, password="wrong-pass-1")
        said = [{**reply.json, "request_id": ""} for reply in (known, unknown)]
        assert said[0] == said[1]
        assert problem(known) == (401, "login_failed")


def test_an_unknown_phone_s_guess_is_compared_like_a_known_one(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time goes into argon2: it is run once for each."""
    from bank.credentials import passwords

    compared: list[str] = []
    real = passwords._is_behind
    monkeypatch.setattr(
        passwords, "_is_behind", lambda hash_, secret: compared.append(hash_) or real(hash_, secret)
    )
    desk.register(watch)

    for phone in (PHONE, OTHER_PHONE):
        compared.clear()
        log_in(phone, password="wrong-pass-1")
        assert len(compared) == 1


def test_a_login_code_is_good_once(watch: Watch) -> None:
    desk.register(watch, password=None)
    code = login_code(watch)

    assert log_in(code=code).status == 201
    assert problem(log_in(code=code)) == (401, "login_failed")


def test_without_a_password_none_lets_in(watch: Watch) -> None:
    device = desk.register(watch, password=None).answer["device_token"]

    assert problem(log_in(password="", device_token=device)) == (422, "invalid_request")
    assert problem(log_in(password="None", device_token=device)) == (401, "login_failed")


def test_a_login_says_a_password_or_a_code(watch: Watch) -> None:
    assert problem(log_in(totp="123456")) == (422, "invalid_request")


# Authenticators -------------------------------------------------------------------------------------


def test_with_an_authenticator_each_login_needs_its_code(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    device = customer.answer["device_token"]

    by_password = log_in(password=PASSWORD, device_token=device)
    by_code = log_in(code=login_code(watch), device_token=device)
    both = log_in(password=PASSWORD, totp=authenticator.at(watch.now))

    assert problem(by_password) == problem(by_code) == (401, "second_factor_needed")
    assert by_password.json["factors"] == ["totp"]
    assert both.status == 201


def test_a_step_of_the_authenticator_counts_once(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    shown = authenticator.at(watch.now)

    assert log_in(password=PASSWORD, totp=shown).status == 201
    assert problem(log_in(password=PASSWORD, totp=shown)) == (401, "login_failed")
    watch.pass_(seconds=30)
    assert log_in(password=PASSWORD, totp=authenticator.at(watch.now)).status == 201


def test_the_code_that_enrolled_it_counts_no_more(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    watch.pass_(seconds=-30)

    reply = log_in(password=PASSWORD, totp=authenticator.at(watch.now))

    assert problem(reply) == (401, "login_failed")


def test_a_recovery_code_stands_in_once(watch: Watch) -> None:
    customer = desk.register(watch)
    _, recovery = customer.enrol()

    first = log_in(password=PASSWORD, recovery_code=recovery[0])
    second = log_in(password=PASSWORD, recovery_code=recovery[0])
    another = log_in(password=PASSWORD, recovery_code=recovery[1].upper().replace("-", " "))

    assert (first.status, another.status) == (201, 201)
    assert problem(second) == (401, "login_failed")
    assert In(another.json, watch).get("/me")["recovery_codes_left"] == 8


def test_an_authenticator_that_was_not_confirmed_is_none(watch: Watch) -> None:
    customer = desk.register(watch)
    secret = customer.call("POST", "/me/totp").json["secret"]

    reply = log_in(
        password=PASSWORD,
        totp=pyotp.TOTP(secret).at(watch.now),
        device_token=customer.answer["device_token"],
    )

    assert problem(reply) == (401, "login_failed")
    assert customer.get("/me")["has_totp"] is False


def test_an_authenticator_is_removed_with_its_code_and_the_phone_s(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    sent = customer.code("totp")

    without = customer.call("POST", "/me/totp/remove", {"code": sent})
    with_it = customer.call("POST", "/me/totp/remove", {"code": sent, "totp": authenticator.at(watch.now)})

    assert problem(without) == (403, "totp_needed")
    assert with_it.status == 200
    me = customer.get("/me")
    assert (me["has_totp"], me["recovery_codes_left"]) == (False, 0)
    assert customer.call("POST", "/me/totp").status == 201


# Sessions -------------------------------------------------------------------------------------------


def test_a_refresh_token_is_replaced_each_time(watch: Watch) -> None:
    customer = desk.register(watch)

    first = refresh(customer.answer["refresh_token"])
    second = refresh(first.json["refresh_token"])

    assert (first.status, second.status) == (200, 200)
    assert second.json["session_id"] == customer.answer["session_id"]
    assert (
        len({customer.answer["refresh_token"], first.json["refresh_token"], second.json["refresh_token"]})
        == 3
    )


def test_a_refresh_token_used_twice_ends_the_session_for_owner_and_thief(watch: Watch) -> None:
    customer = desk.register(watch)
    stolen = customer.answer["refresh_token"]
    owner = refresh(stolen)

    thief = refresh(stolen)

    assert problem(thief) == (401, "refresh_refused")
    assert problem(refresh(owner.json["refresh_token"])) == (401, "refresh_refused")
    assert problem(customer.call("GET", "/me")) == (401, "session_ended")


def test_a_refresh_token_is_of_no_use_through_another_channel(watch: Watch) -> None:
    customer = desk.register(watch)

    stolen = refresh(customer.answer["refresh_token"], desk.RIVAL)

    assert problem(stolen) == (401, "refresh_refused")
    assert refresh(customer.answer["refresh_token"]).status == 200


def test_logging_out_ends_this_session_and_no_other(watch: Watch) -> None:
    customer = desk.register(watch)
    other = In(log_in(password=PASSWORD, code=login_code(watch)).json, watch)

    assert customer.call("POST", "/me/logout").status == 200

    assert problem(customer.call("GET", "/me")) == (401, "session_ended")
    assert problem(refresh(customer.answer["refresh_token"])) == (401, "refresh_refused")
    assert other.get("/me")["customer_id"] == customer.customer_id


def test_logging_out_everywhere_ends_all(watch: Watch) -> None:
    customer = desk.register(watch)
    other = In(log_in(password=PASSWORD, code=login_code(watch)).json, watch)
    assert len(customer.get("/me/sessions")["items"]) == 2

    assert customer.call("POST", "/me/logout-everywhere").status == 200

    for each in (customer, other):
        assert problem(each.call("GET", "/me")) == (401, "session_ended")
        assert refresh(each.answer["refresh_token"]).status == 401


def test_a_session_of_another_device_can_be_ended_and_a_stranger_s_cannot(watch: Watch) -> None:
    customer, stranger = desk.register(watch), desk.register(watch, OTHER_PHONE)
    other = In(log_in(password=PASSWORD, code=login_code(watch)).json, watch)

    ended = customer.call("POST", f"/me/sessions/{other.answer['session_id']}/revoke")
    hidden = customer.call("POST", f"/me/sessions/{stranger.answer['session_id']}/revoke")

    assert ended.status == 200
    assert problem(other.call("GET", "/me")) == (401, "session_ended")
    assert problem(hidden) == (404, "session_not_found")
    assert stranger.get("/me")["status"] == "active"


# A lost password ------------------------------------------------------------------------------------


def reset(watch: Watch, phone: str = PHONE, **body: Any) -> desk.Reply:
    watch.pass_(seconds=61)
    desk.ask("reset_password", phone)
    wanted = {"phone": phone, "code": desk.code(phone), "password": "tulip-Harbour-77"}
    return desk.post_by_channel("/password-resets", wanted | body)


def test_a_lost_password_is_replaced_and_all_sessions_end(watch: Watch) -> None:
    customer = desk.register(watch)
    device = customer.answer["device_token"]

    assert reset(watch, device_token=device).status == 200

    assert problem(customer.call("GET", "/me")) == (401, "session_ended")
    assert problem(log_in(password=PASSWORD, device_token=device)) == (401, "login_failed")
    assert log_in(password="tulip-Harbour-77", device_token=device).status == 201


def test_resetting_the_password_of_an_unknown_phone_is_a_wrong_code(watch: Watch) -> None:
    assert problem(reset(watch, OTHER_PHONE)) == (403, "code_invalid")


def test_who_has_an_authenticator_shows_it_for_another_password(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()

    assert problem(reset(watch)) == (403, "totp_needed")
    watch.pass_(seconds=61)
    desk.ask("reset_password")
    body = {"phone": PHONE, "code": desk.code(), "password": "tulip-Harbour-77"}
    assert (
        desk.post_by_channel("/password-resets", {**body, "totp": authenticator.at(watch.now)}).status == 200
    )
