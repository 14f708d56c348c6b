"""Customers over HTTP: they come in, and whoever is not them does not, however many try at once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from bank import clock
from bank.credentials.lockout import FREE
from infra import local
from infra.channel import Answer
from tests.e2e import customers, verified
from tests.e2e.customers import PASSWORD, PIN
from tests.e2e.deployed import Deployed, at_once, created, ok, problem

pytestmark = pytest.mark.rooms("customers", "kyc")

AT_ONCE = 8


def codes_of(answers: list[Answer]) -> dict[str, int]:
    """How often each problem code was answered; "" for what was no problem."""
    found = [answer.json.get("code", "") for answer in answers]
    return {code: found.count(code) for code in set(found)}


def refresh(deployed: Deployed, token: str) -> Answer:
    return deployed.channel.once(
        "POST",
        "/logins/refresh",
        {"refresh_token": token},
        {"Authorization": f"Bearer {deployed.token()}"},
    )


def test_a_customer_registers_with_the_code_in_the_inbox_and_logs_in(deployed: Deployed) -> None:
    """A known device needs the password, a new one a code besides; a tampered device is a new one."""
    customer = customers.register(deployed)
    login = {"phone": customer.phone, "password": PASSWORD}
    device = customer.entered["device_token"]

    me = ok(customer.call("GET", "/me"))
    known = deployed.post("/logins", login | {"device_token": device})
    unknown = deployed.post("/logins", login)
    both = deployed.post("/logins", login | {"code": customers.ask(deployed, customer.phone, "login")})

    assert me["phone"] == f"+86138****{customer.phone[-4:]}"
    assert customer.wallet()["per_year"] == 100_000
    assert created(known)["device_id"] == customer.entered["device_id"]
    problem(unknown, 401, "second_factor_needed")
    assert created(both)["device_id"] != customer.entered["device_id"]


def test_who_lost_phone_and_password_comes_back_by_the_id_number_and_is_told_of_it(
    deployed: Deployed,
) -> None:
    """A new card of the number, and what kyc has verified: limits are lowered, and a message says so."""
    customer = verified.register(deployed)
    facts = verified.facts(phone=customer.phone.removeprefix("+86"), card_number=verified.card(verified.ICBC))
    assert created(customer.verify(facts))["status"] == "matched"
    deployed.eventually(lambda: customer.wallet()["per_year"], 10_000_000)
    customers.settle(deployed, customer)
    reset = {"phone": customer.phone, "password": "tulip-Harbour-77", "id_number": facts["id_number"]}
    code = customers.ask(deployed, customer.phone, "reset_password")

    ok(deployed.post("/password-resets", reset | {"code": code}))
    login = {"phone": customer.phone, "password": reset["password"]}
    back = deployed.post("/logins", login | {"code": customers.ask(deployed, customer.phone, "login")})

    customer.entered = created(back)
    assert ok(customer.call("GET", "/me"))["limits_lowered_until"] > clock.instant()
    assert customer.wallet()["lowered_per_day"] == 100_000
    told = ("登录密码已重置", "新设备上登录")
    deployed.eventually(
        lambda: [each for each in told if each in inbox(deployed, customer.phone)], list(told)
    )


def inbox(deployed: Deployed, phone: str) -> str:
    """All text messages that were sent to a phone."""
    return " ".join(text for _, text in local.sent_messages(deployed.env.endpoint_url, phone))


def test_one_phone_becomes_one_customer_however_often_it_is_sent(deployed: Deployed) -> None:
    """The code is good once, and the phone is claimed once."""
    phone = customers.fresh_phone()
    body = {"phone": phone, "code": customers.ask(deployed, phone, "register")}

    answers = at_once([lambda: deployed.post("/registrations", body)] * 4, width=4)

    assert sorted(answer.status for answer in answers).count(201) == 1
    assert {answer.status for answer in answers} <= {201, 403, 409}


def test_a_stolen_refresh_token_ends_the_session(deployed: Deployed) -> None:
    """Used twice, one after the other: the owner's tokens count no more either, at once."""
    customer = customers.register(deployed)
    stolen = customer.entered["refresh_token"]

    owner = refresh(deployed, stolen)
    thief = refresh(deployed, stolen)

    assert owner.status == 200
    problem(thief, 401, "refresh_refused")
    problem(refresh(deployed, owner.json["refresh_token"]), 401, "refresh_refused")
    problem(customer.call("GET", "/me"), 401, "session_ended")


def test_a_refresh_token_is_good_once_under_any_concurrency(deployed: Deployed) -> None:
    """At most one of many is answered with tokens, and the session is over."""
    customer = customers.register(deployed)
    token = customer.entered["refresh_token"]

    answers = at_once([lambda: refresh(deployed, token)] * AT_ONCE, width=AT_ONCE)

    assert sum(answer.status == 200 for answer in answers) <= 1
    assert {answer.status for answer in answers} <= {200, 401}
    problem(customer.call("GET", "/me"), 401, "session_ended")


def test_parallel_guesses_at_the_payment_password_are_five_at_most(deployed: Deployed) -> None:
    """Then it is locked for the right one too, until a code from the phone unlocks it."""
    customer = customers.register(deployed)
    customer.set_payment_password()
    guesses = [f"{guess:06d}" for guess in range(918273, 918273 + 24)]

    answers = at_once(
        [lambda pin=pin: customer.payment_token(100, "mer_1", payment_password=pin) for pin in guesses],
        width=AT_ONCE,
    )

    assert codes_of(answers) == {"payment_password_invalid": 5, "payment_password_locked": 19}
    problem(customer.payment_token(100, "mer_1"), 403, "payment_password_locked")
    ok(customer.call("POST", "/me/payment-password/unlock", {"code": customer.code("payment_password")}))
    token = created(customer.payment_token(100, "mer_1", payment_password=PIN))
    assert token["payment_token"].startswith("ptk_")


def test_parallel_guesses_at_a_code_are_five_at_most(deployed: Deployed) -> None:
    """However many come at once, the right code counts no more after five wrong ones."""
    phone = customers.fresh_phone()
    right = customers.ask(deployed, phone, "register")
    wrong = [f"{(int(right) + step) % 10**6:06d}" for step in range(1, 13)]

    at_once(
        [
            lambda guess=guess: deployed.post("/registrations", {"phone": phone, "code": guess})
            for guess in wrong
        ],
        width=AT_ONCE,
    )

    problem(deployed.post("/registrations", {"phone": phone, "code": right}), 403, "code_invalid")


def test_parallel_guesses_at_a_password_are_as_many_as_the_count_allows(deployed: Deployed) -> None:
    """After them the right password waits as well: what guesses were compared, they were five at most."""
    customer = customers.register(deployed)
    body = {"phone": customer.phone, "device_token": customer.entered["device_token"]}

    at_once(
        [lambda: deployed.post("/logins", body | {"password": "wrong-pass-1"})] * (FREE + 3), width=AT_ONCE
    )

    problem(deployed.post("/logins", body | {"password": PASSWORD}), 401, "login_failed")


def test_a_step_of_an_authenticator_gives_one_token(deployed: Deployed) -> None:
    """Eight payments at once with the same code on the screen: one token."""
    customer = customers.register(deployed)
    authenticator = pyotp.TOTP(created(customer.call("POST", "/me/totp"))["secret"])
    body = {"totp": authenticator.now(), "code": customer.code("totp")}
    ok(customer.call("POST", "/me/totp/confirm", body))
    # The code that enrolled it has been taken: the next step's counts already.
    following = authenticator.at(datetime.now(UTC) + timedelta(seconds=30))

    answers = at_once([lambda: customer.payment_token(100, "mer_1", totp=following)] * AT_ONCE, width=AT_ONCE)

    assert sum(answer.status == 201 for answer in answers) == 1


def test_the_right_payment_password_locks_nobody_out(deployed: Deployed) -> None:
    """Five times for what needs none: each was counted as a failure that nothing took back."""
    customer = customers.register(deployed)
    customer.set_payment_password()

    for limit in range(6, 0, -1):
        body = {"free_limit": limit * 1_000, "payment_password": customers.PIN}
        ok(customer.call("PATCH", "/me/wallets/CNY", body))
    for _ in range(6):
        unfrozen = {"payment_password": customers.PIN}
        problem(customer.call("POST", "/me/wallets/CNY/unfreeze", unfrozen), 409, "account_status")

    assert ok(customer.call("GET", "/me"))["payment_tries_left"] == 5
    created(customer.payment_token(100, "mer_1"))


def test_a_closed_customer_s_token_is_refused_at_once_and_the_phone_is_free(deployed: Deployed) -> None:
    """The wallet is at zero; the same phone becomes another customer."""
    customer = customers.register(deployed)

    ok(customer.call("POST", "/me/closure", {"code": customer.code("closure")}))

    problem(customer.call("GET", "/me"), 401, "session_ended")
    assert customers.register(deployed, customer.phone).customer_id != customer.customer_id


def test_parallel_payments_do_not_pass_the_yearly_limit_of_a_level(deployed: Deployed) -> None:
    """Class I: 1,000 yuan a year. Fifty payments of 100 at once, with money for all: ten at most."""
    customer, merchant = customers.register(deployed), deployed.merchant()
    wallet = customer.wallet()["account_id"]
    deployed.deposit(wallet, 500_000, currency="CNY")

    answers = at_once(
        [lambda: deployed.pay(wallet, merchant, 10_000, currency="CNY") for _ in range(50)], width=AT_ONCE
    )

    paid = sum(answer.json.get("status") == "succeeded" for answer in answers)
    after = customer.wallet()
    # Fewer, where the bank's risk rules hold one back.
    assert 0 < paid <= 10
    assert after["balance"] == 500_000 - paid * 10_000
    assert after["per_year_left"] == 100_000 - paid * 10_000
