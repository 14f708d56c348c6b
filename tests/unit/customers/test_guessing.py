"""Guessing at customers, and flooding their phones: bounded, and locking nobody out of what is their own."""

from dataclasses import replace
from typing import Any

import pytest

from customers.service import codes
from customers.settings import settings
from customers.tables import FailuresRow
from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PHONE, In, Watch, log_in, problem
from tests.unit.customers.test_login import login_code

WRONG = "wrong-pass-1"


@pytest.fixture(autouse=True)
def _noon(watch: Watch) -> None:
    """Well within a day of Shanghai, whenever the test runs."""
    watch.now = watch.now.replace(hour=3, minute=0, second=0)


def failed(reply: desk.Reply) -> str | None:
    """That a login failed; its `Retry-After`."""
    assert problem(reply) == (401, "login_failed")
    return reply.headers.get("Retry-After")


# Passwords ----------------------------------------------------------------------------------------


def test_strangers_who_guess_passwords_wait_and_hear_how_long(watch: Watch) -> None:
    desk.register(watch)

    assert [failed(log_in(password=WRONG)) for _ in range(5)] == [None] * 4 + ["60"]
    watch.pass_(seconds=20)
    assert failed(log_in(password=PASSWORD)) == "40"
    watch.pass_(seconds=41)
    assert failed(log_in(password=WRONG)) == "120"


def test_strangers_do_not_lock_a_known_device_out(watch: Watch) -> None:
    device = desk.register(watch).answer["device_token"]
    for _ in range(12):
        log_in(password=WRONG)

    assert log_in(password=PASSWORD, device_token=device).status == 201
    failed(log_in(password=PASSWORD))


def test_strangers_do_not_lock_out_who_has_the_password_and_the_phone(watch: Watch) -> None:
    desk.register(watch)
    for _ in range(12):
        log_in(password=WRONG)

    assert log_in(password=PASSWORD, code=login_code(watch)).status == 201


def test_strangers_do_not_lock_out_who_has_the_password_and_the_authenticator(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    for _ in range(12):
        log_in(password=WRONG, totp="000000")

    assert log_in(password=PASSWORD, totp=authenticator.at(watch.now)).status == 201


def test_an_authenticator_cannot_be_guessed_with_a_stolen_password(watch: Watch) -> None:
    """On the sixth try it says no more than before, and a known device is let in."""
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    told = [failed(log_in(password=PASSWORD, totp="000000")) for _ in range(6)]

    assert set(told) == {None}
    failed(log_in(password=PASSWORD, totp=authenticator.at(watch.now)))
    device = customer.answer["device_token"]
    assert log_in(password=PASSWORD, totp=authenticator.at(watch.now), device_token=device).status == 201


def test_a_password_cannot_be_guessed_with_a_stolen_phone(watch: Watch) -> None:
    desk.register(watch)
    code = login_code(watch)
    for _ in range(4):
        failed(log_in(password=WRONG, code=code))
    code = login_code(watch)
    failed(log_in(password=WRONG, code=code))

    failed(log_in(password=PASSWORD, code=code))
    watch.pass_(seconds=61)
    assert log_in(password=PASSWORD, code=code).status == 201


def test_a_device_has_a_count_of_its_own(watch: Watch) -> None:
    device = desk.register(watch).answer["device_token"]
    for _ in range(4):
        failed(log_in(password=WRONG, device_token=device))

    assert failed(log_in(password=WRONG, device_token=device)) == "60"
    assert failed(log_in(password=PASSWORD, device_token=device)) == "60"
    watch.pass_(seconds=61)
    for _ in range(2):
        assert log_in(password=PASSWORD, device_token=device).status == 201
        assert failed(log_in(password=WRONG, device_token=device)) is None


def test_somebody_else_s_device_is_a_stranger(watch: Watch) -> None:
    desk.register(watch)
    device = desk.register(watch, OTHER_PHONE).answer["device_token"]
    for _ in range(5):
        log_in(password=WRONG)

    assert failed(log_in(password=PASSWORD, device_token=device)) == "60"


@pytest.mark.parametrize("proof", [{"password": WRONG}, {"password": WRONG, "totp": "000000"}])
def test_a_phone_that_nobody_has_is_counted_like_one_that_is_known(
    watch: Watch, proof: dict[str, str]
) -> None:
    desk.register(watch)
    heard = []
    for phone in (PHONE, OTHER_PHONE):
        for row in FailuresRow.scan(FailuresRow.challenge.startswith("guessing#")):
            row.delete()
        replies = [log_in(phone, **proof) for _ in range(8)]
        rows = [*FailuresRow.scan(FailuresRow.challenge.startswith("guessing#"))]
        heard.append(
            (
                [(each.status, each.json["detail"], each.headers.get("Retry-After")) for each in replies],
                sorted((each.challenge.split("#")[3:], int(each.failures or 0)) for each in rows),
            )
        )

    assert heard[0] == heard[1]


def test_a_new_password_ends_what_strangers_have_guessed(watch: Watch) -> None:
    device = desk.register(watch).answer["device_token"]
    for _ in range(9):
        log_in(password=WRONG)
    watch.pass_(seconds=61)
    desk.ask("reset_password")
    body = {"phone": PHONE, "code": desk.code(), "password": "another-Otter-meadow-43"}
    assert desk.post_by_channel("/password-resets", body | {"device_token": device}).status == 200
    assert problem(log_in(password="another-Otter-meadow-43")) == (401, "second_factor_needed")


# In a session -------------------------------------------------------------------------------------


def test_guesses_in_a_session_end_it_and_lock_nobody_out(watch: Watch) -> None:
    """A stolen session guesses five codes; the owner's other session, and logging in, go on."""
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    device = customer.answer["device_token"]
    thief = In(log_in(password=PASSWORD, totp=authenticator.at(watch.now), device_token=device).json, watch)
    watch.pass_(seconds=30)

    told = [problem(thief.token(totp="000000")) for _ in range(6)]

    assert told == [(403, "factor_invalid")] * 4 + [(401, "session_ended")] * 2
    assert customer.token(totp=authenticator.at(watch.now)).status == 201
    watch.pass_(seconds=30)
    again = log_in(password=PASSWORD, totp=authenticator.at(watch.now), device_token=device)
    assert again.status == 201


def test_the_right_code_in_a_session_forgives_the_wrong_ones(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    for _ in range(3):
        for _ in range(4):
            assert problem(customer.token(totp="000000")) == (403, "factor_invalid")
        assert customer.token(totp=authenticator.at(watch.now)).status == 201
        watch.pass_(seconds=30)


def test_a_payment_password_that_a_thief_has_locked_is_unlocked_with_what_they_do_not_have(
    watch: Watch,
) -> None:
    """No channel can lock it, nor anybody without a session."""
    customer = desk.register(watch)
    assert customer.set_pin().status == 200
    device = customer.answer["device_token"]
    thief = In(log_in(password=PASSWORD, device_token=device).json, watch)
    told = [problem(thief.token(payment_password="918273")) for _ in range(6)]

    assert told == [(403, "payment_password_invalid")] * 5 + [(403, "payment_password_locked")]
    locked = customer.token(payment_password=desk.PIN)
    assert problem(locked) == (403, "payment_password_locked")
    # Waiting does not unlock it.
    assert "Retry-After" not in locked.headers
    body = {"code": customer.code("payment_password")}
    assert customer.call("POST", "/me/payment-password/unlock", body).status == 200
    assert customer.token(payment_password=desk.PIN).status == 201


# Codes --------------------------------------------------------------------------------------------


def asked(watch: Watch, client_id: str = desk.SHOP, address: str = "203.0.113.1") -> desk.Reply:
    """A code asked for from somewhere, a minute after whatever was before."""
    watch.pass_(seconds=61)
    return desk.ask("register", PHONE, client_id, source_ip=address)


def sent(replies: list[desk.Reply]) -> int:
    return sum(reply.status == 202 for reply in replies)


def test_codes_are_a_minute_apart_for_who_asks(watch: Watch) -> None:
    asked(watch)
    watch.pass_(seconds=10)
    at_once = desk.ask("login", source_ip="203.0.113.1")

    assert problem(at_once) == (429, "too_many_codes")
    assert at_once.headers["Retry-After"] == "50"
    assert desk.ask("login", source_ip="203.0.113.2").status == 202


def test_an_address_gets_ten_codes_a_day_for_a_phone_and_hears_when_the_day_ends(watch: Watch) -> None:
    replies = [asked(watch) for _ in range(11)]

    assert sent(replies) == len(desk.inbox()) == 10
    assert problem(replies[-1]) == (429, "too_many_codes")
    # Thirteen hours of Shanghai's day were left at noon UTC+8, less eleven minutes.
    assert replies[-1].headers["Retry-After"] == str(13 * 3600 - 11 * 61)
    watch.pass_(hours=13)
    assert asked(watch).status == 202


def test_neither_an_address_nor_a_channel_exhausts_a_phone_for_others(watch: Watch) -> None:
    one = [asked(watch) for _ in range(12)]
    same_channel = [asked(watch, address="203.0.113.2") for _ in range(12)]
    another = [asked(watch, desk.RIVAL) for _ in range(12)]

    assert [sent(each) for each in (one, same_channel, another)] == [10, 5, 5]


def test_nobody_floods_a_phone(watch: Watch) -> None:
    """From ever so many addresses and channels."""
    replies = [
        asked(watch, client_id, f"203.0.113.{number}")
        for client_id in (desk.SHOP, desk.RIVAL, "cli_third")
        for number in range(12)
    ]

    assert sent(replies) == len(desk.inbox()) == 20


def test_who_cannot_get_a_code_today_gets_in_on_a_known_device(watch: Watch) -> None:
    device = desk.register(watch).answer["device_token"]
    for client_id in (desk.SHOP, desk.RIVAL, "cli_third"):
        for _ in range(12):
            asked(watch, client_id)

    assert asked(watch, address="203.0.113.9").status == 429
    assert log_in(password=PASSWORD, device_token=device).status == 201


def asked_on(watch: Watch, device: str, purpose: str = "login") -> desk.Reply:
    """The same on a device whose token is shown."""
    watch.pass_(seconds=61)
    body = {"phone": PHONE, "purpose": purpose, "device_token": device}
    return desk.post_by_channel("/verification-codes", body)


def flood(watch: Watch) -> None:
    """Strangers ask until the phone gets no more for any of them."""
    for client_id in (desk.SHOP, desk.RIVAL, "cli_third"):
        for number in range(12):
            asked(watch, client_id, f"203.0.113.{number}")
    assert asked(watch, address="203.0.113.99").status == 429


def another_device(watch: Watch) -> dict[str, Any]:
    entered: dict[str, Any] = log_in(password=PASSWORD, code=login_code(watch)).json
    return entered


def test_strangers_do_not_use_up_the_codes_of_a_known_device(watch: Watch) -> None:
    device = desk.register(watch).answer["device_token"]
    flood(watch)

    replies = [asked_on(watch, device) for _ in range(11)]

    assert (sent(replies[:10]), problem(replies[10])) == (10, (429, "too_many_codes"))
    assert log_in(code=desk.code(), password=PASSWORD).status == 201


def test_nor_those_of_a_session(watch: Watch) -> None:
    customer = desk.register(watch)
    flood(watch)

    assert customer.code("payment_password")


def test_a_known_device_uses_up_neither_what_others_have_nor_what_strangers_have(watch: Watch) -> None:
    """A thief's, say; however many sessions it opens, they are of one device."""
    stolen = desk.register(watch).answer["device_token"]
    own = another_device(watch)
    by_thief = [asked_on(watch, stolen) for _ in range(9)]
    for _ in range(3):
        session = In(log_in(password=PASSWORD, device_token=stolen).json, watch)
        watch.pass_(seconds=61)
        by_thief.append(session.call("POST", "/me/verification-codes", {"purpose": "totp"}))
    owner = In(own, watch)

    assert sent(by_thief) == 10
    assert sent([asked_on(watch, own["device_token"]) for _ in range(3)]) == 3
    assert owner.code("totp")
    assert owner.code("payment_password")
    assert asked(watch).status == 202


def test_nobody_floods_a_phone_on_however_many_devices(watch: Watch) -> None:
    watch.pass_(days=1)
    devices = [desk.register(watch).answer["device_token"]]
    devices += [another_device(watch)["device_token"] for _ in range(2)]
    watch.pass_(days=1)
    before = len(desk.inbox())
    flood(watch)
    for device in devices:
        for purpose in ("login", "reset_password", "register"):
            for _ in range(5):
                asked_on(watch, device, purpose)

    assert len(desk.inbox()) - before == 20 + 15


def test_a_device_that_is_not_the_customer_s_is_a_stranger_s(watch: Watch) -> None:
    customer, other = desk.register(watch), desk.register(watch, OTHER_PHONE)
    forgotten = another_device(watch)
    proof = {"current_password": PASSWORD}
    assert customer.call("POST", f"/me/devices/{forgotten['device_id']}/forget", proof).status == 200
    flood(watch)
    guessed = customer.answer["device_token"][:-1] + "-"

    for device in (guessed, other.answer["device_token"], forgotten["device_token"], f"dev_1.{'A' * 43}"):
        assert problem(asked_on(watch, device)) == (429, "too_many_codes")


def test_whoever_wants_another_s_phone_is_a_stranger_there(watch: Watch) -> None:
    """In a session, codes go to a new phone too: its customer's share is not used for that."""
    customer, victim = desk.register(watch, OTHER_PHONE), desk.register(watch)
    for _ in range(12):
        watch.pass_(seconds=61)
        body = {"purpose": "new_phone", "phone": PHONE}
        told = customer.call("POST", "/me/verification-codes", body)

    assert problem(told) == (429, "too_many_codes")
    assert sent([asked_on(watch, victim.answer["device_token"]) for _ in range(10)]) == 10


def test_what_known_devices_ask_for_is_not_counted_with_what_strangers_ask_for_from_an_address(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = desk.register(watch).answer["device_token"]
    monkeypatch.setattr(codes, "settings", replace(settings, codes_per_address=2))
    watch.pass_(hours=1)
    for phone in (OTHER_PHONE, "+8613922223333"):
        assert desk.ask("login", phone).status == 202
    assert desk.ask("login", "+8613933334444").status == 429

    body = {"phone": PHONE, "purpose": "login", "device_token": device}
    assert desk.post_by_channel("/verification-codes", body).status == 202


def test_strangers_do_not_slow_down_the_codes_of_who_is_logged_in(watch: Watch) -> None:
    customer = desk.register(watch)
    for _ in range(11):
        asked(watch)

    assert customer.code("totp")


def test_the_counts_keep_no_address_and_no_phone(watch: Watch) -> None:
    from customers.tables import SendLimitRow

    asked(watch, address="203.0.113.77")

    rows = [row for row in SendLimitRow.scan() if row.challenge.startswith("sent#")]
    assert len(rows) == 4
    assert not any("203.0.113" in row.challenge or PHONE[3:] in row.challenge for row in rows)
    assert all(row.purge_at > watch.now.timestamp() for row in rows)


def test_strangers_do_not_use_up_a_code_that_somebody_else_asked_for(watch: Watch) -> None:
    """Five wrong tries did, so that whoever kept trying kept its owner out."""
    desk.register(watch)
    watch.pass_(seconds=61)
    asked_for = desk.ask("login")
    code, reference = desk.code(), asked_for.json["reference"]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(6):
        failed(log_in(code=wrong))
        failed(log_in(code=wrong, code_reference="somebody else's"))

    failed(log_in(password=PASSWORD, code=code))
    entered = log_in(password=PASSWORD, code=code, code_reference=reference)
    assert entered.status == 201


def test_whoever_asked_for_a_code_has_five_tries_too(watch: Watch) -> None:
    desk.register(watch)
    watch.pass_(seconds=61)
    shown = {"code_reference": desk.ask("login").json["reference"]}
    code = desk.code()
    for _ in range(5):
        failed(log_in(code=f"{(int(code) + 1) % 10**6:06d}", **shown))

    failed(log_in(password=PASSWORD, code=code, **shown))


def test_a_reference_is_kept_as_a_digest_and_said_for_every_phone(watch: Watch) -> None:
    from customers.tables import CodeRow

    desk.register(watch)
    watch.pass_(seconds=61)
    known, unknown = desk.ask("login"), desk.ask("login", OTHER_PHONE)

    assert len(known.json["reference"]) == len(unknown.json["reference"]) == 22
    assert not any(
        known.json["reference"] in str(row.serialize()) for row in CodeRow.scan(CodeRow.code_mac.exists())
    )
