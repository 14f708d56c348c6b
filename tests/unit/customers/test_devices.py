"""Devices that a customer is known by: who takes them away, and which outlive a change of hands."""

from typing import Any

import pytest

from bank import store
from bank.access import sessions
from bank.credentials import passwords
from customers.service import codes, devices, issuance
from customers.tables import DeviceRow, PhoneRow
from tests.unit.customers import desk
from tests.unit.customers.desk import (
    ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    In,
    Watch,
    log_in,
    new_device,
    problem,
    staff,
)

ANOTHER_PASSWORD = "tulip-Harbour-77"


def forget(who: In, device_id: str, **proof: str) -> desk.Reply:
    return who.call("POST", f"/me/devices/{device_id}/forget", proof or None)


def reset(watch: Watch, **proof: Any) -> desk.Reply:
    watch.pass_(seconds=61)
    desk.ask("reset_password")
    body = {"phone": PHONE, "code": desk.code(), "password": ANOTHER_PASSWORD, **proof}
    return desk.post_by_channel("/password-resets", body)


def recover(watch: Watch, former: str = PHONE, phone: str = OTHER_PHONE, **proof: Any) -> desk.Reply:
    watch.pass_(seconds=61)
    desk.ask("recover_phone", phone)
    body = {"former_phone": former, "phone": phone, "code": desk.code(phone), **proof}
    return desk.post_by_channel("/phone-recoveries", body)


def refresh(who: In) -> desk.Reply:
    return desk.post_by_channel("/logins/refresh", {"refresh_token": who.answer["refresh_token"]})


def known(who: In) -> list[str]:
    """Ids of the devices that are shown."""
    return [each["device_id"] for each in who.get("/me/devices")["items"]]


# Forgetting -----------------------------------------------------------------------------------------


def test_a_session_alone_forgets_no_device_its_own_neither(watch: Watch) -> None:
    first = desk.register(watch)
    second = In(new_device(watch, password=PASSWORD).json, watch)
    device = first.answer["device_id"]

    own = second.answer["device_id"]

    alone, own_alone = forget(second, device), forget(second, own)
    by_code = forget(second, device, code=second.code("forget_device"))
    by_password = forget(second, device, current_password=PASSWORD)

    assert (problem(alone), alone.json["any_of"]) == ((403, "reverification_needed"), ["password"])
    assert problem(by_code) == problem(own_alone) == (403, "reverification_needed")
    assert by_password.status == 200
    assert known(second) == [own]
    assert forget(second, own, current_password=PASSWORD).status == 200
    assert problem(second.call("GET", "/me")) == (401, "session_ended")


def test_who_has_neither_password_nor_id_number_forgets_with_a_code_from_a_device_of_theirs(
    watch: Watch,
) -> None:
    first = desk.register(watch, password=None)
    thief = In(new_device(watch).json, watch)

    theirs = forget(thief, first.answer["device_id"], code=thief.code("forget_device"))
    mine = forget(first, thief.answer["device_id"], code=first.code("forget_device"))

    assert (problem(theirs), theirs.json["any_of"]) == ((403, "reverification_needed"), ["id_number"])
    assert mine.status == 200
    assert problem(refresh(thief)) == (401, "refresh_refused")


def test_who_forgets_the_only_device_comes_in_by_the_number_which_is_nobody_else_s(watch: Watch) -> None:
    """The device's use was forgotten with it: the number seemed unused since the registration."""
    customer = desk.register(watch, password=None)
    watch.pass_(days=91)
    assert log_in(code=login_code(watch), device_token=customer.answer["device_token"]).status == 201
    watch.pass_(minutes=5)
    device = customer.answer["device_id"]
    devices_session = In(log_in(code=login_code(watch), device_token=token(customer)).json, watch)
    assert forget(devices_session, device, code=devices_session.code("forget_device")).status == 200

    watch.pass_(seconds=61)
    desk.ask("register")
    body = {"phone": PHONE, "code": desk.code(), "another_person": True}
    taken = desk.post_by_channel("/registrations", body)
    back = new_device(watch)

    assert (problem(taken), taken.json["number_in_use"]) == ((409, "customer_exists"), True)
    assert (back.status, back.json["customer_id"]) == (201, customer.customer_id)


def test_forgetting_devices_does_not_make_them_quiet(watch: Watch) -> None:
    """With the number besides, a password was reset by a code alone."""
    customer = desk.register(watch)
    watch.pass_(days=10)
    again = In(log_in(password=PASSWORD, device_token=token(customer)).json, watch)
    assert forget(again, customer.answer["device_id"], current_password=PASSWORD).status == 200

    assert problem(reset(watch)) == (403, "reverification_needed")


def test_however_many_devices_there_were_the_oldest_is_shown_and_its_use_counts(watch: Watch) -> None:
    customer = desk.register(watch)
    old = store.get_many([(DeviceRow, customer.customer_id, f"device#{customer.answer['device_id']}")])[0]
    others = [
        DeviceRow(**{**old.attribute_values, "record": f"device#dev_Z{n:03d}", "forgotten_at": old.seen_at})
        for n in range(60)
    ]
    store.put_many(others)
    watch.pass_(days=10)
    log_in(password=PASSWORD, device_token=token(customer))

    assert known(customer) == [customer.answer["device_id"]]
    assert problem(reset(watch)) == (403, "reverification_needed")


def test_a_device_whose_forgetting_broke_off_has_no_session_after_it_is_repeated(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = desk.register(watch)
    lost = In(new_device(watch, password=PASSWORD).json, watch)
    real, ends = sessions.revoke_all, []

    def dies(subject: str, **options: Any) -> int:
        ends.append(subject)
        if len(ends) == 1:
            return 0  # A login that comes in between: nothing was there to end yet.
        raise MemoryError

    monkeypatch.setattr(sessions, "revoke_all", dies)
    broken = forget(customer, lost.answer["device_id"], current_password=PASSWORD)
    monkeypatch.setattr(sessions, "revoke_all", real)

    assert broken.status == 500
    assert problem(refresh(lost)) == (401, "refresh_refused")
    again = forget(customer, lost.answer["device_id"], current_password=PASSWORD)
    assert problem(again) == (404, "device_not_found")
    assert problem(lost.call("GET", "/me")) == (401, "session_ended")


# A change of hands ----------------------------------------------------------------------------------


@pytest.fixture
def owner(watch: Watch) -> In:
    """A verified customer with a password, on the device that they registered with."""
    customer = desk.register(watch)
    customer.identify()
    customer.settle()
    return customer


@pytest.fixture
def thief(owner: In, watch: Watch) -> In:
    """Who had the number for a while, and knows the id number: logged in on a device of their own."""
    assert reset(watch, id_number=ID_NUMBER, device_token=token(owner)).status == 200
    return In(new_device(watch, password=ANOTHER_PASSWORD).json, watch)


def test_a_reset_makes_strangers_of_all_devices_but_the_one_that_proved_it(
    owner: In, thief: In, watch: Watch
) -> None:
    watch.pass_(hours=2)

    assert reset(watch, device_token=token(owner)).status == 200
    watch.pass_(hours=74)

    assert problem(recover(watch, id_number=ID_NUMBER, device_token=token(thief))) == (403, "factor_invalid")
    assert problem(log_in(code=login_code(watch), device_token=token(thief)))[0] == 401
    back = In(log_in(password=ANOTHER_PASSWORD, device_token=token(owner)).json, watch)
    assert known(back) == [owner.answer["device_id"]]


def test_a_device_that_comes_in_while_the_password_is_hashed_is_forgotten_too(
    owner: In, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which takes long enough for whoever knows the password of before."""
    real, came = passwords.hashed, []

    def meanwhile(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", real)
        came.append(In(new_device(watch, password=PASSWORD).json, watch))
        return real(password)

    watch.pass_(seconds=61)
    desk.ask("reset_password")
    body = {"phone": PHONE, "code": desk.code(), "password": ANOTHER_PASSWORD, "device_token": token(owner)}
    monkeypatch.setattr(passwords, "hashed", meanwhile)

    assert desk.post_by_channel("/password-resets", body).status == 200

    shown = {"password": ANOTHER_PASSWORD, "device_token": token(came[0])}
    assert problem(log_in(**shown)) == (401, "second_factor_needed")
    assert problem(refresh(came[0])) == (401, "refresh_refused")


@pytest.mark.parametrize("change", ["reset", "recovery", "phone"])
def test_a_device_that_comes_in_before_the_last_write_is_forgotten_too(
    owner: In, watch: Watch, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Bound after the instant since when devices count: it lowered the wallets, so that all is done anew."""
    mine = In(log_in(password=PASSWORD, device_token=token(owner)).json, watch)
    new_code = mine.code("new_phone", OTHER_PHONE) if change == "phone" else ""
    sent, real, came = login_code(watch), codes.use, []

    def meanwhile(*arguments: Any) -> None:
        monkeypatch.setattr(codes, "use", real)
        came.append(In(log_in(password=PASSWORD, code=sent).json, watch))
        real(*arguments)

    monkeypatch.setattr(codes, "use", meanwhile)
    if change == "reset":
        done = reset(watch, device_token=token(owner))
    elif change == "recovery":
        done = recover(watch, password=PASSWORD, device_token=token(owner))
    else:
        body = {"phone": OTHER_PHONE, "new_code": new_code, "current_password": PASSWORD}
        done = mine.call("POST", "/me/phone", body)

    assert done.status == 200
    password = ANOTHER_PASSWORD if change == "reset" else PASSWORD
    shown = {"password": password, "device_token": token(came[0])}
    phone = PHONE if change == "reset" else OTHER_PHONE
    assert problem(log_in(phone, **shown)) == (401, "second_factor_needed")
    assert problem(refresh(came[0])) == (401, "refresh_refused")


def test_a_device_that_is_locked_takes_the_password_that_it_has_reset(owner: In, watch: Watch) -> None:
    """Strangers began anew, and it did not."""
    for pause in range(9):
        watch.pass_(minutes=2**pause)
        assert log_in(password="wrong-pass-1", device_token=token(owner)).status == 401
    assert problem(log_in(password=PASSWORD, device_token=token(owner))) == (401, "login_failed")

    assert reset(watch, device_token=token(owner)).status == 200

    assert log_in(password=ANOTHER_PASSWORD, device_token=token(owner)).status == 201


def test_a_reset_without_a_device_leaves_none_known(owner: In, thief: In, watch: Watch) -> None:
    assert reset(watch, id_number=ID_NUMBER).status == 200

    for each in (owner, thief):
        assert problem(log_in(password=ANOTHER_PASSWORD, device_token=token(each))) == (
            401,
            "second_factor_needed",
        )
    back = In(new_device(watch, password=ANOTHER_PASSWORD).json, watch)
    assert known(back) == [back.answer["device_id"]]


def test_a_recovery_keeps_the_device_that_proved_it_alone(owner: In, thief: In, watch: Watch) -> None:
    assert recover(watch, id_number=ID_NUMBER, device_token=token(owner)).status == 200

    again = recover(watch, OTHER_PHONE, PHONE, id_number=ID_NUMBER, device_token=token(thief))
    assert problem(again) == (403, "factor_invalid")
    back = In(log_in(OTHER_PHONE, password=ANOTHER_PASSWORD, device_token=token(owner)).json, watch)
    assert known(back) == [owner.answer["device_id"]]


def test_another_phone_keeps_the_device_of_the_session_alone(owner: In, thief: In, watch: Watch) -> None:
    mine = In(log_in(password=ANOTHER_PASSWORD, device_token=token(owner)).json, watch)
    body = {"phone": OTHER_PHONE, "new_code": mine.code("new_phone", OTHER_PHONE)}
    body["current_password"] = ANOTHER_PASSWORD

    assert mine.call("POST", "/me/phone", body).status == 200

    assert known(mine) == [owner.answer["device_id"]]
    shown = {"password": ANOTHER_PASSWORD, "device_token": token(thief)}
    assert problem(log_in(OTHER_PHONE, **shown)) == (401, "second_factor_needed")


def test_a_login_that_a_reset_overtakes_does_not_come_in(
    owner: In, thief: In, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read while the device was known, written when it was no more; and no session of before is renewed."""
    sent, real = login_code(watch), devices.enter

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(devices, "enter", real)
        monkeypatch.setattr(issuance, "log_out_everywhere", lambda **_: 0)
        assert reset(watch, device_token=token(owner)).status == 200
        return real(*arguments)

    monkeypatch.setattr(devices, "enter", overtaken)

    assert problem(log_in(code=sent, device_token=token(thief))) == (401, "login_failed")
    assert problem(refresh(thief)) == (401, "refresh_refused")


def test_waiting_makes_no_device_trusted(owner: In, watch: Watch) -> None:
    other = In(new_device(watch, password=PASSWORD).json, watch)
    watch.pass_(hours=74)

    unused = recover(watch, id_number=ID_NUMBER, device_token=token(other))
    assert refresh(other).status == 200
    used = recover(watch, id_number=ID_NUMBER, device_token=token(other))

    assert problem(unused) == (403, "factor_invalid")
    assert used.status == 200


# The phones' table ----------------------------------------------------------------------------------


def test_a_number_that_only_its_own_row_gives_to_a_customer_is_not_theirs(watch: Watch) -> None:
    """An insider with that table alone: another number is made the victim's, and codes come to it."""
    victim = desk.register(watch, password=None)
    desk.register(watch, OTHER_PHONE)
    rows = {row.customer_id: row for row in PhoneRow.scan()}
    [mine] = [row for customer_id, row in rows.items() if customer_id != victim.customer_id]
    mine.update([PhoneRow.customer_id.set(victim.customer_id)])

    entered = new_device(watch, OTHER_PHONE)
    watch.pass_(seconds=61)
    desk.ask("reset_password", OTHER_PHONE)
    body = {"phone": OTHER_PHONE, "code": desk.code(OTHER_PHONE), "password": ANOTHER_PASSWORD}
    changed = desk.post_by_channel("/password-resets", body | {"device_token": token(victim)})
    moved = recover(watch, OTHER_PHONE, "+8613700137000", password=PASSWORD, device_token=token(victim))
    watch.pass_(days=91)
    desk.ask("register", OTHER_PHONE)
    newcomer = {"phone": OTHER_PHONE, "code": desk.code(OTHER_PHONE), "another_person": True}
    taken = desk.post_by_channel("/registrations", newcomer)
    found = desk.post_by_channel("/customer-lookups", {"phone": OTHER_PHONE})
    seen = staff("unit_head", "POST", "/customer-lookups", {"phone": OTHER_PHONE, "client_id": desk.SHOP})

    assert problem(entered) == (401, "login_failed")
    assert problem(changed) == (403, "code_invalid")
    assert problem(moved) == (403, "factor_invalid")
    assert problem(taken) == (409, "customer_exists")
    assert (found.json["items"], seen.json["items"]) == ([], [])
    assert new_device(watch).json["factors"] == ["device_token"]


def token(who: In) -> str:
    """What their device shows."""
    return str(who.answer["device_token"])


def login_code(watch: Watch) -> str:
    """A code for a login."""
    watch.pass_(seconds=61)
    assert desk.ask("login").status == 202
    return desk.code()
