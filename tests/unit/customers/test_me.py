"""What customers change about themselves, and how they end it."""

from typing import Any

from bank import clock, ledger, retention, store
from bank.access import sessions
from bank.ledger import Limits
from bank.ledger.wallets import wallet_id
from customers import tables
from customers.events import of_record
from customers.service import wallets
from customers.tables import CustomerRow
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PHONE, In, Watch, log_in, problem


def level(customer: In, wanted: int, time: str = "") -> None:
    """kyc tells of a level."""
    desk.tell_level(customer.customer_id, wanted, time)


def test_a_nickname_is_changed_and_taken_away(watch: Watch) -> None:
    customer = desk.register(watch)

    assert customer.call("PATCH", "/me", {"nickname": "Xiao Ming"}).json["nickname"] == "Xiao Ming"
    assert customer.call("PATCH", "/me", {}).json["nickname"] == "Xiao Ming"
    assert customer.call("PATCH", "/me", {"nickname": None}).json["nickname"] is None


def test_what_is_no_birthday_is_refused(watch: Watch) -> None:
    customer = desk.register(watch)

    for birthday in ("1890-01-01", "2200-01-01", "1990-02-30", "17.5.1990"):
        assert problem(customer.call("PATCH", "/me", {"birthday": birthday})) == (422, "invalid_request")


def test_another_password_needs_the_one_before_and_ends_other_sessions(watch: Watch) -> None:
    customer = desk.register(watch)
    watch.pass_(seconds=61)
    desk.ask("login")
    other = In(log_in(password=PASSWORD, code=desk.code()).json, watch)
    new = {"password": "tulip-Harbour-77"}

    bare = customer.call("POST", "/me/password", new)
    wrong = customer.call("POST", "/me/password", new | {"current_password": "wrong-pass-1"})
    right = customer.call("POST", "/me/password", new | {"current_password": PASSWORD})

    assert problem(bare) == (403, "reverification_needed")
    assert problem(wrong) == (403, "factor_invalid")
    assert right.status == 200
    assert problem(other.call("GET", "/me")) == (401, "session_ended")
    device = customer.answer["device_token"]
    assert log_in(password="tulip-Harbour-77", device_token=device).status == 201


# Another phone --------------------------------------------------------------------------------------


def change_phone(customer: In, phone: str = OTHER_PHONE, **proof: str) -> desk.Reply:
    body = {"phone": phone, "new_code": customer.code("new_phone", phone), **proof}
    return customer.call("POST", "/me/phone", body)


def test_another_phone_shows_a_code_and_the_password_is_shown(watch: Watch) -> None:
    customer = desk.register(watch)

    reply = change_phone(customer, current_password=PASSWORD)

    assert reply.status == 200
    assert customer.get("/me")["phone"] == "+86139****2222"
    device = customer.answer["device_token"]
    assert problem(log_in(PHONE, password=PASSWORD, device_token=device)) == (401, "login_failed")
    assert log_in(OTHER_PHONE, password=PASSWORD, device_token=device).status == 201
    assert desk.register(watch, PHONE).customer_id != customer.customer_id


def test_a_session_alone_does_not_change_the_phone(watch: Watch) -> None:
    customer = desk.register(watch)

    assert problem(change_phone(customer)) == (403, "reverification_needed")
    assert problem(change_phone(customer, current_password="wrong-pass-1")) == (403, "factor_invalid")
    by_code = change_phone(customer, code=customer.code("change_phone"))
    assert (problem(by_code), by_code.json["any_of"]) == ((403, "reverification_needed"), ["password"])


def test_with_an_authenticator_the_phone_is_not_changed_without_it(watch: Watch) -> None:
    customer = desk.register(watch)
    authenticator, _ = customer.enrol()
    body = {"phone": OTHER_PHONE, "new_code": customer.code("new_phone", OTHER_PHONE)}
    body["current_password"] = PASSWORD

    without = customer.call("POST", "/me/phone", body)
    with_it = customer.call("POST", "/me/phone", body | {"totp": authenticator.at(watch.now)})

    assert problem(without) == (403, "totp_needed")
    assert with_it.status == 200


def test_the_phone_of_another_customer_is_not_taken(watch: Watch) -> None:
    customer = desk.register(watch)
    desk.register(watch, OTHER_PHONE)

    reply = change_phone(customer, current_password=PASSWORD)

    assert problem(reply) == (409, "customer_exists")
    assert customer.get("/me")["phone"] == "+86138****8000"


def test_a_code_that_somebody_else_asked_for_the_new_phone_does_not_count(watch: Watch) -> None:
    thief, owner = desk.register(watch), desk.register(watch, OTHER_PHONE)
    third = "+8613700137000"
    sent = owner.code("new_phone", third, OTHER_PHONE)

    body = {"phone": third, "new_code": sent, "current_password": PASSWORD}

    assert problem(thief.call("POST", "/me/phone", body)) == (403, "code_invalid")
    assert owner.call("POST", "/me/phone", body).status == 200


# Wallets and levels ---------------------------------------------------------------------------------


def test_a_level_raises_the_limits_of_every_wallet(watch: Watch) -> None:
    customer = desk.register(watch)
    refused = customer.call("POST", "/me/wallets", {"currency": "USD"})
    level(customer, 2)
    opened = customer.call("POST", "/me/wallets", {"currency": "USD"})
    level(customer, 3)

    assert problem(refused) == (409, "level_too_low")
    assert opened.status == 201
    assert customer.get("/me")["level"] == 3
    found = {each["currency"]: each["per_year"] for each in customer.get("/me/wallets")["items"]}
    assert found == {"CNY": 20_000_000, "USD": 2_400_000}
    row = ledger.accounts.find(wallet_id(customer.customer_id, "CNY"))
    assert row.metadata["customer"]["level"] == 3
    assert row.metadata["customer"]["free_limit"] == 100_000


def test_what_was_spent_this_year_still_counts_on_a_higher_level(watch: Watch) -> None:
    customer = desk.register(watch)
    account_id = wallet_id(customer.customer_id, "CNY")
    this_year = clock.business_date().isoformat()[:4]
    row = ledger.accounts.find(account_id)
    row.year, row.year_left = this_year, 30_000
    store.put_many([row])

    level(customer, 2)

    [wallet] = customer.get("/me/wallets")["items"]
    assert (wallet["per_year"], wallet["per_year_left"]) == (10_000_000, 9_930_000)


def test_a_level_delivered_twice_or_late_changes_nothing(watch: Watch) -> None:
    customer = desk.register(watch)
    early = clock.instant()
    level(customer, 3)
    level(customer, 3)
    level(customer, 2, early)

    assert customer.get("/me")["level"] == 3
    [wallet] = customer.get("/me/wallets")["items"]
    assert wallet["per_year"] == 20_000_000


def test_a_level_reached_in_the_second_of_registration_counts(watch: Watch) -> None:
    watch.now = watch.now.replace(microsecond=500_000)
    customer = desk.register(watch)

    level(customer, 2, clock.instant(watch.now.replace(microsecond=0)))

    assert customer.get("/me")["level"] == 2


def test_of_two_levels_within_a_second_the_higher_counts(watch: Watch) -> None:
    customer = desk.register(watch)
    watch.pass_(seconds=1)
    same = clock.instant(watch.now.replace(microsecond=0))

    for wanted in (3, 2):
        level(customer, wanted, same)

    assert customer.get("/me")["level"] == 3


def test_a_wallet_opened_while_the_level_changes_has_the_new_limit(watch: Watch, monkeypatch: Any) -> None:
    """The level comes between the reading of the profile and the opening."""
    customer = desk.register(watch)
    level(customer, 2)
    real, published_events = wallets.new_row, []

    def new_row(row: CustomerRow, currency: str) -> ledger.AccountRow:
        if not published_events:
            published_events.append(currency)
            level(customer, 3)
        return real(row, currency)

    monkeypatch.setattr(wallets, "new_row", new_row)

    opened = customer.call("POST", "/me/wallets", {"currency": "USD"})

    assert opened.json["per_year"] == 2_400_000
    assert len(customer.get("/me/wallets")["items"]) == 2


def test_a_currency_has_one_wallet(watch: Watch) -> None:
    customer = desk.register(watch)

    reply = customer.call("POST", "/me/wallets", {"currency": "CNY"})

    assert problem(reply) == (409, "wallet_exists")


# The end --------------------------------------------------------------------------------------------


def close(customer: In, **proof: str) -> desk.Reply:
    return customer.call("POST", "/me/closure", {"code": customer.code("closure"), **proof})


def test_a_closed_customer_is_gone_but_for_what_the_law_keeps(watch: Watch, cloud: Cloud) -> None:
    customer = desk.register(watch)
    customer.set_pin()
    customer.call("PATCH", "/me", {"nickname": "Xiao Ming", "birthday": "1990-05-17"})
    before = cloud.records("customers")

    assert close(customer).status == 200

    assert problem(customer.call("GET", "/me")) == (401, "session_ended")
    row = store.get(CustomerRow, customer.customer_id, tables.PROFILE)
    assert row is not None
    assert (row.status, row.phone_sealed, row.birthday_sealed, row.nickname) == ("closed", None, None, None)
    assert row.phone_key.startswith("cli_shop#")
    assert row.kept_until == retention.identity_until(watch.now).isoformat()
    secrets = store.get_many([tables.credentials_key(customer.customer_id)])[0]
    assert (secrets.password_hash, secrets.payment_hash, secrets.totp_sealed) == (None, None, None)
    assert sessions.live_of(customer.customer_id) == []
    published_events = [event for record in cloud.records("customers") for event in of_record(record)]
    assert before
    assert [type(event).__name__ for event in published_events] == ["CustomerClosed"]


def test_the_phone_of_a_closed_customer_registers_as_a_new_one(watch: Watch) -> None:
    customer = desk.register(watch)
    close(customer)

    again = desk.register(watch)

    assert again.customer_id != customer.customer_id
    assert again.get("/me")["status"] == "active"


def test_with_money_in_a_wallet_nobody_is_closed(watch: Watch) -> None:
    customer = desk.register(watch)
    row = ledger.accounts.find(wallet_id(customer.customer_id, "CNY"))
    row.balance = row.available = 1
    store.put_many([row])

    assert problem(close(customer)) == (409, "wallets_not_empty")
    assert customer.get("/me")["status"] == "active"
    [wallet] = customer.get("/me/wallets")["items"]
    assert wallet["status"] == "active"


def test_a_wallet_opened_meanwhile_is_closed_too(watch: Watch, monkeypatch: Any) -> None:
    customer = desk.register(watch)
    level(customer, 2)
    real, done = wallets.list_wallets, []

    def list_wallets(customer_id: str) -> list[ledger.AccountRow]:
        rows = real(customer_id)
        if not done:
            done.append(customer_id)
            wallets.open_wallet(customer_id=customer_id, currency="USD")
        return rows

    monkeypatch.setattr(wallets, "list_wallets", list_wallets)

    assert close(customer).status == 200

    for currency in ("CNY", "USD"):
        row = ledger.accounts.find(wallet_id(customer.customer_id, currency))
        assert row.status == "closed"


def test_a_closed_customer_logs_in_no_more(watch: Watch) -> None:
    customer = desk.register(watch)
    token, device = customer.answer["refresh_token"], customer.answer["device_token"]
    close(customer)

    assert problem(log_in(password=PASSWORD, device_token=device)) == (401, "login_failed")
    assert desk.post_by_channel("/logins/refresh", {"refresh_token": token}).status == 401


def test_a_level_that_comes_after_the_end_changes_nothing(watch: Watch) -> None:
    customer = desk.register(watch)
    close(customer)

    level(customer, 3)

    row = ledger.accounts.find(wallet_id(customer.customer_id, "CNY"))
    assert row.to_domain().limits == Limits(per_year=100_000)
