"""Who sees which customers: staff their units', a channel its own; masked, and unmasked for a reason."""

from typing import Any

from bank import store
from customers.app import app
from customers.tables import CustomerRow
from tests.support import http
from tests.support.http import Reply
from tests.unit.customers import desk
from tests.unit.customers.desk import (
    EAST,
    EAST_2,
    OTHER_PHONE,
    PHONE,
    WEST,
    Watch,
    customer_of,
    entries,
    problem,
    staff,
)


def listed(unit: str, **query: str) -> set[str]:
    found, cursor = [], {}
    while True:
        page = staff(unit, "GET", "/customers", **query, **cursor).json
        found += [item["customer_id"] for item in page["items"]]
        if not page["next_cursor"]:
            assert len(set(found)) == len(found)
            return set(found)
        cursor = {"cursor": page["next_cursor"]}


def test_staff_list_the_customers_of_their_own_subtree(branches: Watch) -> None:
    units = (EAST, EAST_2, WEST)
    east, east_2, west = (customer_of(branches, unit, f"+861380013800{n}") for n, unit in enumerate(units))

    assert listed("unit_head") == {east.customer_id, east_2.customer_id, west.customer_id}
    assert listed(EAST) == {east.customer_id, east_2.customer_id}
    assert listed(WEST) == {west.customer_id}
    assert listed("unit_head", unit_id=EAST_2) == {east_2.customer_id}
    assert problem(staff(WEST, "GET", "/customers", unit_id=EAST)) == (404, "unit_not_found")


def test_a_list_goes_on_where_its_page_ended(branches: Watch) -> None:
    known = {customer_of(branches, EAST, f"+861380013801{n}").customer_id for n in range(5)}

    assert listed(EAST, limit="2") == known
    assert listed("unit_head", limit="1") == known


def test_a_cursor_of_another_branch_is_refused(branches: Watch) -> None:
    for number in range(3):
        customer_of(branches, EAST, f"+861380013802{number}")
    cursor = staff(EAST, "GET", "/customers", limit="1").json["next_cursor"]

    page = staff(WEST, "GET", "/customers", cursor=cursor)

    assert (page.status, page.json["errors"][0]["field"]) == (422, "cursor")


def test_another_branch_s_customer_is_not_there(branches: Watch) -> None:
    east = customer_of(branches, EAST, PHONE)

    seen = staff(EAST, "GET", f"/customers/{east.customer_id}")
    hidden = staff(WEST, "GET", f"/customers/{east.customer_id}")
    missing = staff(WEST, "GET", "/customers/cus_nobody")

    assert (seen.status, seen.json["phone"]) == (200, "+86138****8000")
    assert problem(hidden) == problem(missing) == (404, "customer_not_found")
    assert hidden.json["detail"] == missing.json["detail"]


def test_one_channel_does_not_see_another_s(branches: Watch) -> None:
    mine = customer_of(branches, EAST, PHONE)
    path = f"/customers/{mine.customer_id}"

    def seen_by(client_id: str) -> Reply:
        return http.call(app, "GET", path, client_id=client_id, principal=http.CHANNEL)

    assert seen_by(desk.SHOP).status == 200
    assert problem(seen_by(desk.RIVAL)) == (404, "customer_not_found")


def look_up(phone: str, client_id: str = desk.SHOP) -> list[dict[str, Any]]:
    body = {"phone": phone}
    reply = http.call(app, "POST", "/customer-lookups", body, client_id=client_id, principal=http.CHANNEL)
    assert reply.status == 200, reply.body
    items: list[dict[str, Any]] = reply.json["items"]
    return items


def test_a_channel_finds_its_own_by_phone_and_no_others(watch: Watch) -> None:
    mine = desk.register(watch)

    assert [each["customer_id"] for each in look_up("138 0013 8000")] == [mine.customer_id]
    assert look_up(PHONE, desk.RIVAL) == []
    assert look_up(OTHER_PHONE) == []


def test_staff_find_by_phone_within_their_data_scope(branches: Watch) -> None:
    east = customer_of(branches, EAST, PHONE)
    body = {"phone": PHONE, "client_id": desk.SHOP}

    found, hidden = (staff(unit, "POST", "/customer-lookups", body).json["items"] for unit in (EAST, WEST))

    assert [each["customer_id"] for each in found] == [east.customer_id]
    assert hidden == []


def unmask(unit: str, customer_id: str) -> Reply:
    body = {"customer_id": customer_id, "field": "phone", "reason": "called about a dispute"}
    return staff(unit, "POST", "/unmaskings", body)


def test_unmasking_shows_the_phone_and_is_in_the_audit_trail(branches: Watch) -> None:
    east = customer_of(branches, EAST, PHONE)

    reply = unmask(EAST, east.customer_id)

    assert (reply.status, reply.json["value"]) == (200, PHONE)
    [entry] = entries("unmasked")
    assert (entry.actor, entry.action, entry.subject_id) == (
        "stf_test",
        "customers.unmasked",
        east.customer_id,
    )
    assert (entry.unit_id, entry.reason) == (EAST, "called about a dispute")
    assert PHONE[3:] not in str(entry.to_simple_dict())


def test_what_is_out_of_sight_is_not_unmasked(branches: Watch) -> None:
    east = customer_of(branches, EAST, PHONE)

    assert problem(unmask(WEST, east.customer_id)) == (404, "customer_not_found")
    assert entries("unmasked") == []


def test_only_staff_unmask_and_list(watch: Watch) -> None:
    customer = desk.register(watch)
    body = {"customer_id": customer.customer_id, "field": "phone", "reason": "x"}

    for method, path, given in (("POST", "/unmaskings", body), ("GET", "/customers", None)):
        reply = http.call(app, method, path, given, client_id=desk.SHOP, principal=http.CHANNEL)
        assert problem(reply) == (403, "caller_kind")


def test_unmasking_is_a_permission_of_its_own(watch: Watch) -> None:
    customer = desk.register(watch)
    body = {"customer_id": customer.customer_id, "field": "phone", "reason": "x"}

    reply = http.call(
        app, "POST", "/unmaskings", body, principal=http.staff(), scope="customers:read customers:lookup"
    )

    assert problem(reply) == (403, "insufficient_scope")


def test_a_customer_who_is_gone_has_nothing_to_unmask(branches: Watch) -> None:
    row = CustomerRow(
        customer_id="cus_gone",
        client_id=desk.SHOP,
        unit_id=EAST,
        status="closed",
        phone_key="k",
        level_at="2026-01-01T00:00:00.000000Z",
        registered_at="2026-01-01T00:00:00.000000Z",
        unit_shard=f"{EAST}#0",
    )
    store.put_many([row])

    assert problem(unmask(EAST, "cus_gone")) == (409, "personal_data_erased")
