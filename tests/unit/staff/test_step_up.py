"""An act of weight takes a factor that was proven minutes ago, in each room."""

import re

import pytest

from bank.access.principal import Kind
from bank.access.sessions import FRESH
from bank.http import Operation
from infra.contract import rooms
from staff.app import app
from tests.support import http
from tests.support.organisation import BRANCH
from tests.unit.staff.people import Person, Time

WHY = {"reason": "left the bank"}
WEIGHTY = [
    operation
    for _, operation in rooms.operations()
    if operation.scope and operation.act and operation.act.fresh and Kind.STAFF in operation.callers
]


def test_what_shuts_somebody_out_for_longer_than_it_takes_takes_a_factor() -> None:
    """Whoever found a console open could suspend everybody else, or end a channel for good."""
    shutting = {"suspend_staff", "revoke_role", "suspend_client", "revoke_client", "retire_client_key"}

    assert shutting <= {operation.name for operation in WEIGHTY}


def stepped_up(person: Person, **changes: str) -> http.Reply:
    person.time.passes(seconds=30)
    return person.ask("POST", "/staff-sessions/step-up", {"code": person.code, **changes})


def refreshed(person: Person) -> Person:
    """The session goes on, as it does while somebody works."""
    body = {"refresh_token": person.tokens["refresh_token"]}
    answer = http.call(app, "POST", "/staff-sessions/refresh", body, client_id=None)
    assert answer.status == 201
    return Person(**{**vars(person), "tokens": answer.json})


def test_ten_minutes_after_the_login_an_act_of_weight_asks_for_the_authenticator_again(
    administrator: Person, time: Time
) -> None:
    clerk = administrator.enters("clerk", BRANCH)
    path = f"/staff/{clerk.staff_id}/credential-resets"
    time.passes(minutes=11)

    refused = administrator.ask("POST", path, WHY)

    assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_user_authentication", max_age=600'
    )
    assert stepped_up(administrator).status == 200
    assert administrator.ask("POST", path, WHY).status == 201


def test_reading_and_keeping_records_go_on_without(administrator: Person, time: Time) -> None:
    time.passes(minutes=11)

    assert administrator.ask("GET", "/units").status == 200
    assert administrator.ask("POST", "/units", {"name": "Ningbo"}).status in (201, 422)


def test_refreshing_a_session_proves_nothing(administrator: Person, time: Time) -> None:
    """A stolen refresh token keeps a session going; it is no authenticator."""
    clerk = administrator.enters("clerk", BRANCH)
    time.passes(minutes=11)

    answer = refreshed(administrator).ask("POST", f"/staff/{clerk.staff_id}/credential-resets", WHY)

    assert (answer.status, answer.json["code"]) == (401, "insufficient_user_authentication")


def test_a_code_steps_up_once_and_a_wrong_one_not_at_all(administrator: Person, time: Time) -> None:
    time.passes(minutes=11)
    code = administrator.code

    wrong = "000000" if code != "000000" else "000001"
    assert administrator.ask("POST", "/staff-sessions/step-up", {"code": wrong}).status == 401
    assert administrator.ask("POST", "/staff-sessions/step-up", {"code": code}).status == 200
    assert administrator.ask("POST", "/staff-sessions/step-up", {"code": code}).status == 401


def test_guesses_at_a_step_up_are_counted_as_those_at_a_login(administrator: Person) -> None:
    for _ in range(5):
        administrator.ask("POST", "/staff-sessions/step-up", {"code": "000000"})

    assert stepped_up(administrator).status == 401


@pytest.mark.parametrize("operation", WEIGHTY, ids=lambda operation: operation.name)
def test_each_room_asks_for_it_before_it_looks_at_anything_else(
    administrator: Person, operation: Operation
) -> None:
    administrator.time.passes(seconds=FRESH.total_seconds())

    path, api = re.sub(r"[{}]", "", operation.path), rooms.apis()[operation.tag]
    answer = http.call(api, operation.method, path, {}, principal=administrator.principal, key="key-1")

    assert (answer.status, answer.json["code"]) == (401, "insufficient_user_authentication")


def test_no_act_of_weight_for_staff_reads_its_session_by_itself() -> None:
    """Routes with `session_checked` read the row themselves, where nothing asks how fresh it is."""
    asked = [
        operation.name
        for _, operation in rooms.operations()
        if operation.act and operation.act.ever_fresh and Kind.STAFF in operation.callers
        if operation.session_checked
    ]
    assert asked == []
