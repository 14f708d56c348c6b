"""Copies of one's own data: who gets one, how often, and what is told of it while it is made."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock, store
from bank.privacy import exports as parts
from customers.events import of_record
from customers.service import exports
from customers.service.people import require_active
from customers.settings import settings
from customers.tables import EXPORT, ExportRow
from tests.support import exported, http
from tests.support.http import Reply
from tests.support.streams import Cloud
from tests.unit.customers import desk
from tests.unit.customers.desk import OTHER_PHONE, PASSWORD, PIN, In, Watch, log_in, problem

ROOMS = ("customers", "payments")


@pytest.fixture(autouse=True)
def bucket(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket of exports; two rooms write into it."""
    exported.create_bucket()
    monkeypatch.setitem(vars(settings), "exporting_rooms", ROOMS)


def ask(customer: In, **factor: str) -> Reply:
    """Ask for an export."""
    return customer.call("POST", "/me/exports", factor or {"current_password": PASSWORD})


def write(customer: In, export_id: str, *rooms: str) -> None:
    """Let rooms write their parts."""
    for room in rooms:
        message = exported.event(customer.customer_id, export_id)
        answer = parts.process(message, http.context(), room=room, gather=lambda _: {})
        assert answer["batchItemFailures"] == []


def test_one_is_asked_for_with_the_password_the_payment_password_or_the_authenticator(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.set_pin()

    first = ask(customer)
    write(customer, first.json["export_id"], *ROOMS)
    second = ask(customer, payment_password=PIN)
    write(customer, second.json["export_id"], *ROOMS)
    authenticator, _ = customer.enrol(current_payment_password=PIN)
    bare = ask(customer)
    third = ask(customer, totp=authenticator.at(watch.now))

    assert [reply.status for reply in (first, second, third)] == [202] * 3
    assert problem(bare) == (403, "totp_needed")
    assert len({reply.json["export_id"] for reply in (first, second, third)}) == 3


def test_a_session_alone_a_code_and_a_wrong_factor_are_not_enough(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.set_pin()

    assert problem(customer.call("POST", "/me/exports", {})) == (422, "invalid_request")
    assert problem(ask(customer, code=customer.code("closure"))) == (422, "invalid_request")
    both = ask(customer, current_password=PASSWORD, payment_password=PIN)
    assert problem(both) == (422, "invalid_request")
    assert problem(ask(customer, current_password="not-the-password")) == (403, "factor_invalid")
    assert problem(ask(customer, payment_password="831460")) == (403, "payment_password_invalid")
    assert customer.get("/me/exports")["items"] == []


def test_the_parts_that_are_there_and_those_that_are_missing_are_told(watch: Watch) -> None:
    customer = desk.register(watch)
    made = ask(customer).json
    path = f"/me/exports/{made['export_id']}"

    assert (made["status"], {part["status"] for part in made["parts"]}) == ("preparing", {"missing"})
    write(customer, made["export_id"], "customers")
    half = customer.get(path)
    assert half["status"] == "preparing"
    assert {part["room"]: part["status"] for part in half["parts"]} == {
        "customers": "ready",
        "payments": "missing",
    }
    watch.pass_(hours=1, seconds=1)
    assert customer.get(path)["status"] == "incomplete"
    # The part that failed is given again.
    write(customer, made["export_id"], "payments")
    assert customer.get(path)["status"] == "ready"


def test_the_session_that_asked_alone_gets_addresses_and_for_a_week(watch: Watch) -> None:
    customer = desk.register(watch)
    made = ask(customer).json
    write(customer, made["export_id"], *ROOMS)
    path = f"/me/exports/{made['export_id']}"
    watch.pass_(seconds=61)
    desk.ask("login")
    token = customer.answer["device_token"]
    other = In(log_in(code=desk.code(), device_token=token).json, watch)

    mine, others = customer.get(path)["parts"], other.get(path)["parts"]
    assert all("X-Amz-Signature" in part["url"] and "X-Amz-Expires=300" in part["url"] for part in mine)
    assert [part["url"] for part in others] == [None, None]
    watch.pass_(days=7)
    renewed = In(log_in(password=PASSWORD, device_token=token).json, watch)
    assert renewed.get(path) | {"parts": []} == renewed.get(path)
    assert renewed.get(path)["status"] == "expired"


def test_one_is_gathered_at_a_time_and_three_a_day(watch: Watch) -> None:
    customer = desk.register(watch)
    made = ask(customer).json

    running = ask(customer)
    assert problem(running) == (409, "export_running")
    assert running.json["export_id"] == made["export_id"]
    for _ in range(2):
        newest = customer.get("/me/exports")["items"][0]["export_id"]
        write(customer, newest, *ROOMS)
        assert ask(customer).status == 202
    write(customer, customer.get("/me/exports")["items"][0]["export_id"], *ROOMS)
    refused = ask(customer)
    assert problem(refused) == (429, "too_many_exports")
    tomorrow = clock.midnight(clock.business_date(watch.now) + timedelta(days=1))
    assert int(refused.headers["Retry-After"]) == clock.seconds_until(tomorrow)
    assert len(customer.get("/me/exports")["items"]) == 3


def test_of_two_at_once_one_begins(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = desk.register(watch)
    between = iter([lambda: ask(customer)])

    def meanwhile(*arguments: Any) -> None:
        require_active(*arguments)
        if act := next(between, None):
            first.append(act())

    first: list[Reply] = []
    monkeypatch.setattr(exports, "require_active", meanwhile)
    second = ask(customer)

    assert first[0].status == 202
    assert problem(second) == (409, "export_running")
    assert len(customer.get("/me/exports")["items"]) == 1


def test_another_waits_for_an_hour_for_one_that_failed(watch: Watch) -> None:
    customer = desk.register(watch)
    ask(customer)

    watch.pass_(minutes=59)
    assert problem(ask(customer)) == (409, "export_running")
    watch.pass_(minutes=2)
    assert ask(customer).status == 202


def test_another_s_export_is_not_there(watch: Watch) -> None:
    customer, other = desk.register(watch), desk.register(watch, OTHER_PHONE)
    made = ask(customer).json

    assert problem(other.call("GET", f"/me/exports/{made['export_id']}")) == (404, "export_not_found")
    assert problem(other.call("GET", "/me/exports/exp_gone")) == (404, "export_not_found")
    assert other.get("/me/exports")["items"] == []


def test_it_leaves_an_entry_and_is_told_once(watch: Watch, cloud: Cloud) -> None:
    customer = desk.register(watch)
    cloud.records("customers")
    made = ask(customer).json

    assert [entry.actor for entry in desk.entries("start_export")] != []
    told = [event for record in cloud.records("customers") for event in of_record(record)]
    assert [(event.customer_id, event.model_dump()["export_id"]) for event in told] == [
        (customer.customer_id, made["export_id"])
    ]
    row = store.get(ExportRow, customer.customer_id, EXPORT + made["export_id"])
    assert row is not None
    assert row.method == "password"


def test_the_customers_part_is_not_masked_and_empty_for_who_is_not_there(watch: Watch) -> None:
    customer = desk.register(watch)
    customer.call("PATCH", "/me", {"nickname": "Xiao Ming", "birthday": "1990-05-17"})

    for customer_id, export_id in ((customer.customer_id, "exp_1"), ("cus_unknown", "exp_2")):
        assert (
            exported.deliver("customers.app.on_customer_events", exported.event(customer_id, export_id)) == []
        )
    part = exported.part("exp_1", "customers")

    [profile] = part["profile"]
    assert profile["phone"] == desk.PHONE
    assert (profile["nickname"], profile["birthday"]) == ("Xiao Ming", "1990-05-17")
    assert [device["name"] for device in part["devices"]] == ["Mate 70"]
    assert [session["session_id"] for session in part["sessions"]] == [customer.answer["session_id"]]
    assert set(exported.part("exp_2", "customers")) == {"room", "made_at"}


def test_one_that_is_over_by_now_is_not_written(watch: Watch) -> None:
    customer = desk.register(watch)
    late = exported.event(customer.customer_id, until="2020-01-01T00:00:00.000000Z")

    assert exported.deliver("customers.app.on_customer_events", late) == []
    assert exported.parts() == []


def test_another_event_in_the_queue_fails(watch: Watch) -> None:
    wrong = exported.event("cus_1", type_="perkbank.customers.PhoneChanged.v1")

    assert len(exported.deliver("customers.app.on_customer_events", wrong)) == 1
