"""Registration by phone: codes that are good once, and answers that tell nothing of who is known."""

from dataclasses import replace

import pytest

from bank import ledger, store
from bank.store import table_name
from customers.app import app, on_customers
from customers.events import of_record
from tests.support import forging, http
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PHONE, Watch, problem


def test_a_phone_that_shows_its_code_is_a_customer_with_a_wallet_and_a_session(watch: Watch) -> None:
    customer = desk.register(watch)

    me = customer.get("/me")
    assert (me["phone"], me["level"], me["status"]) == ("+86138****8000", 1, "active")
    assert me["unit_id"] == "unit_head"
    assert customer.answer["device_token"].startswith(customer.answer["device_id"])
    [wallet] = customer.get("/me/wallets")["items"]
    assert (wallet["currency"], wallet["per_year"], wallet["free_limit"]) == ("CNY", 100_000, 100_000)


def test_the_access_token_names_the_device_of_the_session_and_so_does_the_next(watch: Watch) -> None:
    customer = desk.register(watch)
    again = desk.post_by_channel("/logins/refresh", {"refresh_token": customer.answer["refresh_token"]})

    for token in (customer.answer["access_token"], again.json["access_token"]):
        assert forging.parts(token)[1]["device"] == customer.answer["device_id"]


def test_the_wallet_says_whose_it_is_to_rooms_that_move_money(watch: Watch) -> None:
    customer = desk.register(watch)

    [wallet] = customer.get("/me/wallets")["items"]

    row = ledger.accounts.find(wallet["account_id"])
    assert row.ownership.customer_id == customer.customer_id
    assert (row.client_id, row.unit_id) == (desk.SHOP, "unit_head")
    assert row.metadata["customer"]["customer_id"] == customer.customer_id
    assert (row.metadata["customer"]["level"], row.metadata["customer"]["free_limit"]) == (1, 100_000)


def test_a_code_is_good_once(watch: Watch) -> None:
    desk.ask("register")
    body = {"phone": PHONE, "code": desk.code()}

    first, second = desk.post_by_channel("/registrations", body), desk.post_by_channel("/registrations", body)

    assert first.status == 201
    assert problem(second) == (403, "code_invalid")


def test_a_code_is_good_for_five_minutes(watch: Watch) -> None:
    desk.ask("register")
    watch.pass_(minutes=5)

    reply = desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code()})

    assert problem(reply) == (403, "code_invalid")


def test_after_five_wrong_tries_the_right_code_is_wrong_too(watch: Watch) -> None:
    desk.ask("register")
    right = desk.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(5):
        assert desk.post_by_channel("/registrations", {"phone": PHONE, "code": wrong}).status == 403

    reply = desk.post_by_channel("/registrations", {"phone": PHONE, "code": right})

    assert problem(reply) == (403, "code_invalid")


def test_four_wrong_tries_leave_one(watch: Watch) -> None:
    desk.ask("register")
    right = desk.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _ in range(4):
        desk.post_by_channel("/registrations", {"phone": PHONE, "code": wrong})

    assert desk.post_by_channel("/registrations", {"phone": PHONE, "code": right}).status == 201


def test_a_code_for_one_purpose_is_good_for_no_other(watch: Watch) -> None:
    desk.ask("login")

    reply = desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code()})

    assert problem(reply) == (403, "code_invalid")


def test_a_code_that_one_channel_asked_for_is_none_of_another_s(watch: Watch) -> None:
    desk.ask("register")

    reply = desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code()}, desk.RIVAL)

    assert problem(reply) == (403, "code_invalid")


def test_a_code_asked_for_again_replaces_the_one_before(watch: Watch) -> None:
    desk.ask("register")
    first = desk.code()
    watch.pass_(seconds=61)
    desk.ask("register")

    assert problem(desk.post_by_channel("/registrations", {"phone": PHONE, "code": first})) == (
        403,
        "code_invalid",
    )
    assert desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code()}).status == 201


def test_one_address_asks_for_so_many_codes_an_hour_and_no_more(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    from customers.service import codes

    monkeypatch.setattr(codes, "settings", replace(codes.settings, codes_per_address=3))
    watch.now = watch.now.replace(minute=0)

    answers = [desk.ask("register", f"+86138001380{number:02d}").status for number in range(5)]
    watch.pass_(hours=1)

    assert answers == [202, 202, 202, 429, 429]
    assert desk.ask("register", "+8613800138099").status == 202


def test_asking_for_a_code_tells_nothing_of_whether_a_phone_is_known(watch: Watch) -> None:
    desk.register(watch)
    watch.pass_(seconds=61)

    for purpose in ("register", "login", "reset_password"):
        known, unknown = desk.ask(purpose, PHONE), desk.ask(purpose, OTHER_PHONE)
        said = [{**reply.json, "reference": len(reply.json["reference"])} for reply in (known, unknown)]
        assert (known.status, said[0]) == (unknown.status, said[1]) == (202, said[0])
        watch.pass_(seconds=61)
    assert len(desk.inbox(OTHER_PHONE)) == 3


def test_who_is_a_customer_hears_so_only_after_showing_the_code(watch: Watch) -> None:
    desk.register(watch)
    watch.pass_(seconds=61)
    desk.ask("register")
    wrong = f"{(int(desk.code()) + 1) % 10**6:06d}"

    blind = desk.post_by_channel("/registrations", {"phone": PHONE, "code": wrong})
    shown = desk.post_by_channel("/registrations", {"phone": PHONE, "code": desk.code()})

    assert problem(blind) == (403, "code_invalid")
    assert problem(shown) == (409, "customer_exists")


def test_two_channels_may_have_the_same_person_as_two_customers(watch: Watch) -> None:
    first, second = desk.register(watch), desk.register(watch, client_id=desk.RIVAL)

    assert first.customer_id != second.customer_id


def test_the_customers_of_all_the_bank_s_own_channels_are_one(watch: Watch) -> None:
    own = {"bank_wide": "true"}
    body = {"phone": PHONE, "purpose": "register"}
    http.call(app, "POST", "/verification-codes", body, client_id="cli_app", principal=own)
    register = {"phone": PHONE, "code": desk.code()}
    customer = http.call(app, "POST", "/registrations", register, client_id="cli_app", principal=own)
    watch.pass_(seconds=61)
    asked = body | {"purpose": "login"}
    http.call(app, "POST", "/verification-codes", asked, client_id="cli_h5", principal=own)

    login = {"phone": PHONE, "code": desk.code()}
    entered = http.call(app, "POST", "/logins", login, client_id="cli_h5", principal=own)

    assert (customer.status, entered.status) == (201, 201)
    assert entered.json["customer_id"] == customer.json["customer_id"]
    assert entered.json["device_id"] != customer.json["device_id"]


@pytest.mark.parametrize(
    "phone", ["13800138000", "+86 138 0013 8000", "+86-138-0013-8000", "008613800138000"]
)
def test_a_phone_is_the_same_however_it_is_written(watch: Watch, phone: str) -> None:
    assert desk.ask("register", phone).status == 202

    assert desk.inbox(PHONE)


@pytest.mark.parametrize("phone", ["12345", "+861380013800", "02112345678", "+14155552671", "+442071838750"])
def test_what_is_no_mobile_that_is_served_gets_no_code(watch: Watch, phone: str) -> None:
    reply = desk.ask("register", phone)

    assert problem(reply) == (422, "invalid_request")
    assert reply.json["errors"][0]["field"] == "phone"


@pytest.mark.parametrize(
    "password", ["short-1", "password1", "qwertyuiop", "x13800138000y", "a 138-0013-8000 b"]
)
def test_a_password_that_others_would_try_is_refused(watch: Watch, password: str) -> None:
    desk.ask("register")

    reply = desk.post_by_channel(
        "/registrations", {"phone": PHONE, "code": desk.code(), "password": password}
    )

    assert problem(reply) == (422, "weak_password")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/verification-codes", {"phone": PHONE, "purpose": "register"}),
        ("/registrations", {"phone": PHONE, "code": "123456"}),
        ("/logins", {"phone": PHONE, "password": PASSWORD}),
        ("/logins/refresh", {"refresh_token": "x"}),
        ("/password-resets", {"phone": PHONE, "code": "123456", "password": PASSWORD}),
    ],
)
def test_only_a_channel_lets_people_in(watch: Watch, path: str, body: dict[str, str]) -> None:
    reply = http.call(app, "POST", path, body, client_id=desk.SHOP, principal=http.customer("cus_1"))

    assert problem(reply) == (403, "caller_kind")


def test_nothing_stored_is_a_code_a_password_or_a_phone(watch: Watch, cloud: Cloud) -> None:
    customer = desk.register(watch)
    customer.set_pin()
    tokens = [customer.answer["refresh_token"].split(".")[-1], customer.answer["device_token"].split(".")[-1]]
    secrets = [PHONE, PHONE[3:], PASSWORD, desk.PIN, desk.code(), *tokens]

    for table in ("customers", "customer-phones", "customer-challenges", "sessions", "ledger-accounts"):
        items = store.client().scan(TableName=table_name(table))["Items"]
        assert items, table
        for item in items:
            assert not [secret for secret in secrets if said(item, secret)], (table, item)


def said(item: dict[str, dict[str, object]], secret: str) -> bool:
    """Whether an attribute's text holds it. Numbers of six digits stand in times too: whole values count."""
    values = [value for attribute in item.values() for value in attribute.values()]
    texts = [value for value in values if isinstance(value, str)]
    sealed = [bytes(value) for value in values if isinstance(value, bytes)]
    inside = any(secret in text for text in texts) if len(secret) > 6 else secret in texts
    return inside or any(secret.encode() in value for value in sealed)


def test_registering_is_published_without_personal_data(watch: Watch, cloud: Cloud) -> None:
    customer = desk.register(watch)
    records = [
        record
        for record in cloud.records("customers")
        if record["dynamodb"]["Keys"]["customer_id"]["S"] == customer.customer_id
    ]

    published_events = [event for record in records for event in of_record(record)]
    on_customers({"Records": records}, http.context())
    assert {type(event).__name__ for event in published_events} == {"CustomerRegistered", "DeviceBound"}
    assert {event.customer_id for event in published_events} == {customer.customer_id}
    assert not [event for event in published_events if PHONE[3:] in event.model_dump_json()]
