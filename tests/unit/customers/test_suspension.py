"""Staff stop a customer from logging in, at once and everywhere, and let them in again."""

import pytest

from bank import store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind
from customers.app import app
from customers.service import wallets
from customers.tables import CustomerRow, profile_key
from tests.support import http
from tests.unit.customers.desk import (
    EAST,
    PASSWORD,
    PHONE,
    WEST,
    In,
    Watch,
    ask,
    code,
    customer_of,
    entries,
    new_device,
    post_by_channel,
    problem,
    register,
    staff,
)

WHY = {"reason": "the phone was stolen"}


def suspended(person: In, unit: str = HEAD_OFFICE, deed: str = "suspension", **fields: str) -> http.Reply:
    return staff(unit, "POST", f"/customers/{person.customer_id}/{deed}", WHY | fields)


def reinstated(person: In, unit: str = HEAD_OFFICE, **fields: str) -> http.Reply:
    return suspended(person, unit, "reinstatement", **fields)


def try_to_log_in(watch: Watch) -> http.Reply:
    return new_device(watch, password=PASSWORD)


@pytest.fixture
def person(watch: Watch) -> In:
    return register(watch)


def test_a_suspended_customer_is_out_at_once_and_gets_in_by_no_door(person: In, watch: Watch) -> None:
    assert person.call("GET", "/me").status == 200

    assert suspended(person).json["status"] == "suspended"

    assert problem(person.call("GET", "/me")) == (401, "session_ended")
    assert problem(try_to_log_in(watch)) == (401, "login_failed")
    watch.pass_(seconds=61)
    refreshing = {"refresh_token": person.answer["refresh_token"]}
    assert problem(post_by_channel("/logins/refresh", refreshing))[0] == 401
    ask("reset_password")
    reset = {"phone": PHONE, "code": code(), "password": PASSWORD + "!"}
    assert problem(post_by_channel("/password-resets", reset)) == (403, "code_invalid")


def test_reinstated_they_log_in_as_before_with_what_was_decided_meanwhile(person: In, watch: Watch) -> None:
    suspended(person)
    assert wallets.apply_level(customer_id=person.customer_id, level=2, at="2999-01-01T00:00:00.000000Z")

    assert suspended(person, deed="reinstatement").json["status"] == "active"

    again = try_to_log_in(watch)
    assert again.status == 201
    assert In(again.json, watch).call("GET", "/me").json["level"] == 2


def test_asked_for_again_it_ends_what_sessions_are_left_and_is_one_act(person: In) -> None:
    assert suspended(person).status == 200
    assert suspended(person).status == 200

    assert suspended(person, deed="reinstatement").status == 200
    assert problem(suspended(person, deed="reinstatement")) == (409, "customer_state")


def test_a_closed_customer_is_neither_suspended_nor_reinstated(person: In, watch: Watch) -> None:
    closed = person.call("POST", "/me/closure", {"code": person.code("closure")})
    assert closed.status == 200, closed.body

    assert problem(suspended(person)) == (404, "customer_not_found")
    assert problem(suspended(person, deed="reinstatement")) == (404, "customer_not_found")


def test_another_branch_does_not_know_of_them(branches: Watch) -> None:
    person = customer_of(branches, EAST, PHONE)

    assert problem(suspended(person, WEST)) == (404, "customer_not_found")
    assert suspended(person, EAST).status == 200


def test_a_branch_lets_nobody_in_whom_the_head_office_has_stopped(branches: Watch) -> None:
    person = customer_of(branches, EAST, PHONE)
    assert suspended(person).json["suspended_by"] == ["head_office"]

    for fields in ({}, {"authority": "head_office"}, {"authority": "branch"}):
        assert problem(reinstated(person, EAST, **fields)) == (403, "higher_authority")

    assert problem(try_to_log_in(branches))[0] == 401
    assert reinstated(person).json["suspended_by"] == []


def test_they_are_out_until_the_last_of_several_suspensions_is_ended(branches: Watch) -> None:
    person = customer_of(branches, EAST, PHONE)
    suspended(person, EAST)
    assert suspended(person).json["suspended_by"] == ["branch", "head_office"]

    left = reinstated(person, EAST).json
    assert (left["status"], left["suspended_by"]) == ("suspended", ["head_office"])
    suspended(person, EAST)
    assert reinstated(person, authority="branch").json["suspended_by"] == ["head_office"]
    assert reinstated(person).json["status"] == "active"


def test_a_branch_s_own_suspension_is_the_branch_s_and_the_head_office_s_to_end(branches: Watch) -> None:
    person = customer_of(branches, EAST, PHONE)
    suspended(person, EAST)

    assert problem(reinstated(person, authority="head_office")) == (409, "customer_state")
    assert reinstated(person, EAST).json["status"] == "active"
    suspended(person, EAST)
    assert reinstated(person, authority="branch").json["status"] == "active"


def test_who_was_suspended_before_it_was_kept_by_whom_is_the_head_office_s_to_reinstate(
    branches: Watch,
) -> None:
    person = customer_of(branches, EAST, PHONE)
    suspended(person, EAST)
    [row] = store.get_many([profile_key(person.customer_id)])
    row.update([CustomerRow.suspensions.remove()])

    assert problem(reinstated(person, EAST)) == (403, "higher_authority")
    assert reinstated(person).json["status"] == "active"


@pytest.mark.parametrize("principal", [{}, http.CHANNEL, http.customer("cus_1")])
def test_no_channel_and_no_customer_suspends(person: In, principal: dict[str, str]) -> None:
    path = f"/customers/{person.customer_id}/suspension"

    assert problem(http.call(app, "POST", path, WHY, principal=principal)) == (403, "caller_kind")
    assert person.call("GET", "/me").status == 200


def test_who_did_it_and_why_is_in_the_trail(person: In) -> None:
    suspended(person)
    suspended(person, deed="reinstatement")

    told = [(entry.action, entry.actor_kind, entry.reason) for entry in entries("suspended", "reinstated")]
    assert sorted(told) == [
        ("customers.reinstated", Kind.STAFF, WHY["reason"]),
        ("customers.suspended", Kind.STAFF, WHY["reason"]),
    ]
    first, second = entries("suspended", "reinstated")
    assert {str(each.before) for each in (first, second)} == {str(each.after) for each in (first, second)}
    assert {"status": "suspended", "suspended_by": ["head_office"]} in (first.after, second.after)
