"""What is told of closing before and after it, and what goes once it is done."""

import pytest

from bank import retention, store
from bank.privacy import closures, laws
from customers import tables
from customers.service.devices import list_devices
from customers.tables import CustomerRow, DeviceRow
from tests.support import exported
from tests.unit.customers import desk
from tests.unit.customers.desk import PASSWORD, In, Watch, problem


@pytest.fixture(autouse=True)
def bucket(watch: Watch) -> None:
    """The bucket of exports."""
    exported.create_bucket()


def close(customer: In) -> desk.Reply:
    """Close, with a code."""
    return customer.call("POST", "/me/closure", {"code": customer.code("closure")})


def told(customer: In) -> list[dict[str, str]]:
    """The room hears its own event that the customer has left."""
    event = exported.event(
        customer.customer_id, type_=closures.CLOSED, client_id=desk.SHOP, unit_id="unit_head"
    )
    return exported.deliver("customers.app.on_customer_events", event)


def test_what_stays_why_and_until_when_is_told_before_and_with_the_answer(watch: Watch) -> None:
    customer = desk.register(watch)

    terms = customer.get("/me/closure")
    answer = close(customer).json

    assert answer == {"status": "done", **terms}
    assert [each["law"] for each in terms["kept"]] == [law.source for law in laws.ALL]
    assert terms["kept"][0]["last_day"] == retention.identity_until(watch.now).isoformat()
    assert terms["kept"][2]["last_day"] is None
    assert len(terms["erased"]) == len(closures.ERASED)


def test_what_is_kept_of_the_profile_is_deleted_after_its_day(watch: Watch) -> None:
    customer = desk.register(watch)
    close(customer)

    row = store.get(CustomerRow, customer.customer_id, tables.PROFILE)
    assert row is not None
    assert int(row.purge_at) == retention.purge_at(retention.identity_until(watch.now))


def test_devices_and_copies_go_and_again_nothing_happens(watch: Watch) -> None:
    customer = desk.register(watch)
    made = customer.call("POST", "/me/exports", {"current_password": PASSWORD}).json
    event = exported.event(customer.customer_id, made["export_id"])
    assert exported.deliver("customers.app.on_customer_events", event) == []
    [device] = list_devices(customer.customer_id)
    close(customer)

    assert exported.parts() != []
    assert told(customer) == told(customer) == []

    assert exported.parts() == []
    row = store.get(DeviceRow, customer.customer_id, device.record)
    assert row is not None
    assert (row.name, row.secret_digest) == (None, "")
    assert int(row.purge_at) <= watch.now.timestamp()
    [entry] = desk.entries("erased")
    assert (entry.subject_id, entry.after) == (
        customer.customer_id,
        {"erased": ["devices", "notices"], "kept": [], "until": None},
    )


def test_a_copy_that_comes_after_the_customer_has_left_holds_nothing_of_them(watch: Watch) -> None:
    """The part of a room that failed is redriven when they are gone."""
    customer = desk.register(watch)
    close(customer)

    assert exported.deliver("customers.app.on_customer_events", exported.event(customer.customer_id)) == []
    assert set(exported.part("exp_1", "customers")) == {"room", "made_at"}


def test_who_is_suspended_neither_closes_nor_takes_a_copy(watch: Watch) -> None:
    customer = desk.register(watch)
    code = customer.code("closure")
    reason = {"reason": "the phone was stolen"}
    assert (
        desk.staff("unit_head", "POST", f"/customers/{customer.customer_id}/suspension", reason).status == 200
    )

    for path, body in (("/me/closure", {"code": code}), ("/me/exports", {"current_password": PASSWORD})):
        assert problem(customer.call("POST", path, body)) == (401, "session_ended")
