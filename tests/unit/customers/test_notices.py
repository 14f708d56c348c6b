"""What is done in a customer's name is told on every device that they have, and on the phone of before."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bank import clock, errors, store
from bank.access.acts import Effect
from bank.access.principal import Kind
from bank.privacy import closures
from customers.app import app, on_customers
from customers.domain.notices import LOWERING, TEXTS, Notice, message
from customers.service import notices
from customers.service.guard import Reason
from customers.service.notices import KEPT
from customers.tables import NOTICE, NoticeRow
from tests.support import exported, http, reach
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import ID_NUMBER, OTHER_PHONE, PASSWORD, PHONE, PIN, In, Watch, new_device

ANOTHER = "tulip-Harbour-77"
# Acts of weight that customers or channels do, and that are told of by no notice.
SILENT = {
    "register": "nobody was there before; whoever had the number is told",
    "refresh_login": "goes on with a session whose login was told",
    "send_code": "is a message itself",
    "send_my_code": "is a message itself",
    "offer_totp": "counts once it is confirmed",
    "issue_payment_token": "takes the payment password for one payment",
    "change_my_wallet": "takes the payment password, as what it allows does",
    "unfreeze_my_wallet": "takes the payment password, as what it allows does",
}


def told(customer: In) -> list[str]:
    """Kinds of the customer's notices, newest first."""
    return [each["kind"] for each in customer.get("/me/notices")["items"]]


def rows(customer: In) -> list[NoticeRow]:
    return list(store.query(NoticeRow, customer.customer_id, NoticeRow.record.startswith(NOTICE)))


def test_the_old_device_sees_that_a_new_one_came_in_and_which(watch: Watch, cloud: Cloud) -> None:
    """Whoever came in can read it too, and take it away by nothing."""
    owner = desk.register(watch)
    assert told(owner) == []
    before = clock.now()

    thief = In(new_device(watch, password=PASSWORD, device_name="Not mine").json, watch)

    (notice,) = owner.get("/me/notices")["items"]
    assert (notice["kind"], notice["device_name"]) == ("new_device", "Not mine")
    assert notice["device_id"] == thief.answer["device_id"]
    assert clock.parse(notice["at"]) > before
    proof = {"current_password": PASSWORD}
    assert owner.call("POST", f"/me/devices/{notice['device_id']}/forget", proof).status == 200
    assert thief.call("GET", "/me/notices").status == 401
    assert told(owner) == ["new_device"]


def test_the_device_that_one_registers_with_and_comes_back_on_is_none(watch: Watch) -> None:
    customer = desk.register(watch)

    desk.log_in(password=PASSWORD, device_token=customer.answer["device_token"])

    assert told(customer) == []


def _password(customer: In) -> Any:
    return customer.call("POST", "/me/password", {"password": ANOTHER, "current_password": PASSWORD})


def _pin(customer: In) -> Any:
    return customer.set_pin()


def _pin_replaced(customer: In) -> Any:
    customer.identify()
    customer.settle()
    customer.set_pin()
    return customer.set_pin("385017", id_number=ID_NUMBER)


def _unlocked(customer: In) -> Any:
    customer.set_pin()
    return customer.call("POST", "/me/payment-password/unlock", {"code": customer.code("payment_password")})


def _phone(customer: In) -> Any:
    body = {"phone": OTHER_PHONE, "new_code": customer.code("new_phone", OTHER_PHONE)}
    return customer.call("POST", "/me/phone", body | {"current_password": PASSWORD})


def _authenticator(customer: In) -> Any:
    customer.enrol()
    return None


def _no_authenticator(customer: In) -> Any:
    authenticator, _ = customer.enrol()
    body = {"code": customer.code("totp"), "totp": authenticator.at(customer.watch.now)}
    return customer.call("POST", "/me/totp/remove", body)


def _export(customer: In) -> Any:
    exported.create_bucket()
    return customer.call("POST", "/me/exports", {"current_password": PASSWORD})


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (_password, Notice.PASSWORD_CHANGED),
        (_pin, Notice.PAYMENT_PASSWORD_CHANGED),
        (_pin_replaced, Notice.PAYMENT_PASSWORD_RESET),
        (_unlocked, Notice.PAYMENT_PASSWORD_UNLOCKED),
        (_phone, Notice.PHONE_CHANGED),
        (_authenticator, Notice.TOTP_ENROLLED),
        (_no_authenticator, Notice.TOTP_REMOVED),
        (_export, Notice.EXPORT_STARTED),
    ],
)
def test_each_change_is_told_in_the_list_and_on_the_phone_of_before(
    watch: Watch, cloud: Cloud, act: Any, kind: Notice
) -> None:
    """Also of a password that was changed with the one before (ASVS V6.3.7)."""
    customer = desk.register(watch)

    done = act(customer)
    settled(cloud)

    assert done is None or done.status < 300, done.body
    assert told(customer)[0] == kind
    assert desk.inbox(PHONE)[-1] == message(kind)
    assert message(kind) not in desk.inbox(OTHER_PHONE)


def settled(cloud: Cloud) -> None:
    """The stream of what was done is delivered."""
    on_customers({"Records": cloud.records("customers")}, http.context())


def test_a_reset_ends_the_sessions_and_is_read_after_the_next_login(watch: Watch, cloud: Cloud) -> None:
    """Then the message is all that the owner hears at once."""
    customer = desk.register(watch)
    customer.settle()
    assert desk.ask("reset_password").status == 202
    token = {"device_token": customer.answer["device_token"]}
    body = {"phone": PHONE, "code": desk.code(), "password": ANOTHER, **token}
    assert desk.post_by_channel("/password-resets", body).status == 200
    settled(cloud)

    assert customer.call("GET", "/me/notices").status == 401
    assert desk.inbox()[-1] == message(Notice.PASSWORD_RESET)
    back = In(desk.log_in(password=ANOTHER, **token).json, watch)
    assert told(back) == ["password_reset"]


def test_whose_number_was_given_away_reads_it_once_they_are_back_and_the_other_person_does_not(
    watch: Watch, cloud: Cloud
) -> None:
    customer = desk.register(watch)
    watch.pass_(days=91)
    assert desk.ask("register").status == 202
    body = {"phone": PHONE, "code": desk.code(), "another_person": True}
    newcomer = In(desk.post_by_channel("/registrations", body).json, watch)
    settled(cloud)

    assert [row.kind for row in rows(customer)] == ["phone_released"]
    # After 90 days no session of theirs is left to read it.
    assert customer.call("GET", "/me/notices").status == 401
    assert told(newcomer) == []
    assert message(Notice.PHONE_RELEASED) not in desk.inbox()
    watch.pass_(seconds=61)
    desk.ask("recover_phone", OTHER_PHONE)
    body = {"former_phone": PHONE, "phone": OTHER_PHONE, "code": desk.code(OTHER_PHONE)}
    token = {"device_token": customer.answer["device_token"]}
    proof = {"password": PASSWORD, **token}
    assert desk.post_by_channel("/phone-recoveries", body | proof).status == 200
    back = In(desk.log_in(OTHER_PHONE, **proof).json, watch)
    assert told(back) == ["phone_changed", "phone_released"]


def test_what_was_refused_is_told_of_by_nothing(watch: Watch) -> None:
    customer = desk.register(watch)

    body = {"password": ANOTHER, "current_password": "wrong-Lantern-11"}
    assert customer.call("POST", "/me/password", body).status == 403
    assert new_device(watch, password="wrong-Lantern-11").status == 401

    assert rows(customer) == []


def test_the_list_goes_on_page_by_page_and_is_nobody_elses(watch: Watch) -> None:
    customer, other = desk.register(watch), desk.register(watch, OTHER_PHONE)
    for number in range(5):
        new_device(watch, password=PASSWORD, device_name=f"phone {number}")

    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        principal = http.customer(customer.customer_id) | {"session": customer.answer["session_id"]}
        page = http.call(
            app, "GET", "/me/notices", query=query, client_id=desk.SHOP, principal=principal
        ).json
        assert len(page["items"]) <= 2
        found += [each["device_name"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == [f"phone {number}" for number in (4, 3, 2, 1, 0)]
    assert told(other) == []


def test_the_table_lets_go_of_one_after_half_a_year(watch: Watch) -> None:
    customer = desk.register(watch)
    new_device(watch, password=PASSWORD)

    (row,) = rows(customer)

    assert timedelta(days=180) == KEPT
    assert int(row.purge_at) == pytest.approx((clock.now() + KEPT).timestamp(), abs=60)


def test_a_copy_of_their_data_has_them_and_leaving_erases_names_and_phones(
    watch: Watch, cloud: Cloud
) -> None:
    exported.create_bucket()
    customer = desk.register(watch)
    new_device(watch, password=PASSWORD, device_name="Mate 70 Pro")
    asked = customer.call("POST", "/me/exports", {"current_password": PASSWORD}).json
    event = exported.event(customer.customer_id, asked["export_id"])
    assert exported.deliver("customers.app.on_customer_events", event) == []
    part = exported.part(asked["export_id"], "customers")
    assert [each["kind"] for each in part["notices"]] == ["export_started", "new_device"]
    assert part["notices"][1]["device_name"] == "Mate 70 Pro"

    closed = customer.call("POST", "/me/closure", {"code": customer.code("closure")})
    assert closed.status == 200
    left = exported.event(customer.customer_id, type_=closures.CLOSED, client_id="c", unit_id="unit_head")
    for _ in range(2):
        assert exported.deliver("customers.app.on_customer_events", left) == []

    assert {(row.device_name, row.phone_sealed, row.phone_masked) for row in rows(customer)} == {
        (None, None, None)
    }
    assert all(int(row.purge_at) <= watch.now.timestamp() for row in rows(customer))


def test_every_act_of_weight_in_a_customers_name_is_told_or_says_why_not() -> None:
    weighty = {
        operation.name
        for operation in app.operations
        if operation.act and operation.act.effect is not Effect.RECORD
        if Kind.STAFF not in operation.callers
    }
    telling = {
        name for name in weighty if ("customers.service.notices", "add") in reach.of_view("customers", name)
    }

    assert weighty - telling <= set(SILENT)
    assert set(SILENT) <= weighty


def test_every_kind_has_its_words_and_what_lowers_limits_says_so() -> None:
    assert set(TEXTS) == set(Notice)
    assert {each.value for each in LOWERING} == {each.value for each in Reason}
    assert all(("限额" in message(kind)) == (kind in LOWERING) for kind in Notice)
    assert PIN not in "".join(TEXTS.values())


def test_a_message_that_was_not_sent_is_counted_for_an_alarm_and_stands_in_the_list(
    watch: Watch, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def down(phone: str, text: str) -> None:
        raise errors.Unavailable("the message could not be sent")

    customer = desk.register(watch)
    new_device(watch, password=PASSWORD)
    with monkeypatch.context() as broken:
        broken.setattr(notices, "send", down)
        settled(cloud)

    written = capsys.readouterr().out.splitlines()
    counted = [json.loads(line) for line in written if "NoticesNotSent" in line]
    assert [each["NoticesNotSent"] for each in counted] == [[1.0]]
    assert told(customer) == ["new_device"]
