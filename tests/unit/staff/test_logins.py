"""Logging in: what it takes, what it tells, and how guessing, replay and theft end."""

import io
from collections.abc import Callable

import pytest

from bank.access import sessions
from bank.access.sessions import SessionRow
from bank.credentials import refresh as refreshing
from bank.observability import logger
from staff.app import app
from staff.tables import MemberRow
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH, OTHER_BRANCH
from tests.unit.staff.people import (
    PASSWORD,
    Person,
    Time,
    bootstrapped,
)

pytestmark = pytest.mark.usefixtures("bank")


def refused(answer: Reply) -> bool:
    return (answer.status, answer.json["code"]) == (401, "login_refused")


def refresh(token: str) -> Reply:
    return call(app, "POST", "/staff-sessions/refresh", {"refresh_token": token}, client_id=None)


# What it takes


def test_password_and_code_together_open_a_session_that_calls_are_made_with(administrator: Person) -> None:
    assert administrator.tokens["unit_id"] == "unit_head"
    assert "units:write" in administrator.tokens["scope"].split()
    assert len(administrator.must("GET", "/units")["items"]) == 4


@pytest.mark.parametrize(
    "wrong",
    [{"password": "another one entirely"}, {"code": "000000"}, {"login": "nobody"}, {"login": "stf_x"}],
)
def test_anything_wrong_is_refused_in_the_same_words(time: Time, wrong: dict[str, str]) -> None:
    person = bootstrapped(time)

    answer = person.try_to_log_in(**wrong)

    assert refused(answer)
    assert answer.json["detail"] == bootstrap_refusal(person)


def bootstrap_refusal(person: Person) -> str:
    detail: str = person.try_to_log_in(password="something else").json["detail"]
    return detail


def test_a_staff_id_logs_in_as_a_login_name_does(administrator: Person) -> None:
    assert administrator.try_to_log_in(login=administrator.staff_id).status == 201


# Replay, theft (guessing: test_guessing.py)


def test_a_code_that_was_seen_is_worth_nothing(administrator: Person) -> None:
    seen = administrator.code
    body = {"login": administrator.login, "password": administrator.password, "code": seen}

    assert refused(call(app, "POST", "/staff-sessions", body, client_id=None))


def in_between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have `act` done once, when a login has been proven and its session is not stored yet."""
    left, first = [act], refreshing.first

    def prepared(session: SessionRow) -> str:
        if left:
            left.pop()()
        return first(session)

    monkeypatch.setattr(refreshing, "first", prepared)


def test_a_code_that_is_sent_twice_at_once_opens_one_session(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = administrator.enters("clerk", BRANCH, "rol_auditor")
    body = {"login": clerk.login, "password": clerk.password, "code": clerk.code}
    answers: list[Reply] = []
    in_between(
        monkeypatch,
        lambda: answers.append(call(app, "POST", "/staff-sessions", body, client_id=None)),
    )

    answers.append(call(app, "POST", "/staff-sessions", body, client_id=None))

    assert [answer.status for answer in answers] == [201, 401]
    assert len(sessions.live_of(clerk.staff_id)) == 1


def test_who_is_suspended_while_logging_in_is_not_let_in(
    administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = administrator.enters("clerk", BRANCH, "rol_auditor").logged_in()
    path = f"/staff/{clerk.staff_id}/suspension"
    in_between(monkeypatch, lambda: administrator.must("POST", path, {"reason": "left the bank"}))

    assert refused(clerk.try_to_log_in())
    assert sessions.live_of(clerk.staff_id) == []


def test_the_code_before_the_one_that_was_taken_counts_no_more(time: Time) -> None:
    person = bootstrapped(time)
    before = person.code
    person.logged_in()

    assert refused(person.try_to_log_in(code=before))


def test_the_authenticator_s_secret_is_sealed(administrator: Person) -> None:
    row = MemberRow.get(administrator.staff_id)

    assert administrator.secret.encode() not in (row.totp_secret or b"")
    assert administrator.password not in str(row.serialize())


def test_refreshing_keeps_the_session_and_its_place(administrator: Person) -> None:
    renewed = refresh(administrator.tokens["refresh_token"])

    assert renewed.status == 201
    assert renewed.json["session_id"] == administrator.tokens["session_id"]
    assert renewed.json["scope"] == administrator.tokens["scope"]
    assert renewed.headers["Cache-Control"] == "no-store"


def test_a_stolen_refresh_token_ends_the_session_for_thief_and_owner(administrator: Person) -> None:
    stolen = administrator.tokens["refresh_token"]
    owners = refresh(stolen).json["refresh_token"]

    thief, owner = refresh(stolen), refresh(owners)

    assert (thief.status, owner.status) == (401, 401)
    assert administrator.ask("GET", "/units").json["code"] == "session_ended"


def test_a_session_ends_half_an_hour_after_its_last_refresh_and_after_twelve_hours(
    administrator: Person, time: Time
) -> None:
    token = administrator.tokens["refresh_token"]
    for _ in range(24):
        time.passes(minutes=29)
        answer = refresh(token)
        assert answer.status == 201
        token = answer.json["refresh_token"]
    time.passes(minutes=29)

    assert refresh(token).status == 401
    late = administrator.logged_in()
    time.passes(minutes=31)
    assert late.ask("GET", "/units").json["code"] == "session_ended"


# Sessions


def test_a_revoked_session_is_refused_from_the_next_request_on(administrator: Person) -> None:
    path = f"/staff-sessions/{administrator.tokens['session_id']}/revocation"

    administrator.must("POST", path, {})

    assert administrator.ask("GET", "/units").json["code"] == "session_ended"
    assert refresh(administrator.tokens["refresh_token"]).status == 401


def test_an_administrator_sees_and_ends_anybodys_sessions_and_a_branch_only_its_own(
    administrator: Person,
) -> None:
    clerk = administrator.enters("clerk", BRANCH, "rol_auditor").logged_in()
    other = administrator.enters("other", OTHER_BRANCH, "rol_auditor").logged_in()
    session_id = other.tokens["session_id"]
    path, body = f"/staff-sessions/{session_id}/revocation", {"staff_id": other.staff_id}

    spied = clerk.ask("GET", "/staff-sessions", query={"staff_id": other.staff_id})
    sabotaged = clerk.ask("POST", path, body)

    assert (spied.status, sabotaged.status) == (404, 404)
    assert clerk.ask("POST", path, {}).status == 404
    assert [each["staff_id"] for each in clerk.must("GET", "/staff-sessions")["items"]] == [clerk.staff_id]
    shown = administrator.must("GET", "/staff-sessions", query={"staff_id": other.staff_id})
    assert [each["session_id"] for each in shown["items"]] == [session_id]
    administrator.must("POST", path, body)
    assert other.ask("GET", "/units").status == 401


def test_a_seat_in_the_head_office_without_a_role_opens_nobody_else_s_sessions(
    administrator: Person,
) -> None:
    idle = administrator.enters("idle", "unit_head").logged_in()
    theirs = {"staff_id": administrator.staff_id}
    path = f"/staff-sessions/{administrator.tokens['session_id']}/revocation"

    for answer in (idle.ask("GET", "/staff-sessions", query=theirs), idle.ask("POST", path, theirs)):
        assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")
    assert administrator.ask("GET", "/units").status == 200


def test_who_keeps_staff_ends_no_session_of_somebody_who_holds_more(administrator: Person) -> None:
    made = administrator.must(
        "POST", "/roles", {"name": "Keeper", "permissions": ["staff:read", "staff:write"]}
    )
    keeper = administrator.enters("keeper", "unit_head", made["role_id"]).logged_in()
    path = f"/staff-sessions/{administrator.tokens['session_id']}/revocation"

    answer = keeper.ask("POST", path, {"staff_id": administrator.staff_id})

    assert (answer.status, answer.json["code"]) == (403, "beyond_own_permissions")
    clerk = administrator.enters("clerk", BRANCH).logged_in()
    ended = f"/staff-sessions/{clerk.tokens['session_id']}/revocation"
    keeper.must("POST", ended, {"staff_id": clerk.staff_id})
    assert clerk.ask("GET", "/units").status == 401


def test_a_customer_s_session_is_not_staff_s_to_end(administrator: Person) -> None:
    assert administrator.ask("POST", "/staff-sessions/ses_1/revocation", {"staff_id": "cus_1"}).status == 404


def test_nobody_has_more_than_twenty_sessions(administrator: Person, time: Time) -> None:
    people = [administrator.logged_in() for _ in range(19)]

    answer = administrator.try_to_log_in()

    assert (answer.status, answer.json["code"]) == (409, "too_many_sessions")
    people[0].must("POST", f"/staff-sessions/{people[0].tokens['session_id']}/revocation", {})
    assert administrator.try_to_log_in().status == 201


def test_a_login_for_a_unit_without_a_role_there_is_refused(administrator: Person) -> None:
    clerk = administrator.enters("clerk", BRANCH, "rol_auditor")
    administrator.gives(clerk.staff_id, "rol_customer_service", OTHER_BRANCH)

    elsewhere = clerk.try_to_log_in(unit_id="unit_head")
    home, other = clerk.logged_in(), clerk.logged_in(unit_id=OTHER_BRANCH)

    assert (elsewhere.status, elsewhere.json["code"]) == (403, "no_role_there")
    assert (home.tokens["unit_id"], other.tokens["unit_id"]) == (BRANCH, OTHER_BRANCH)
    assert "units:read" in home.tokens["scope"].split()
    assert "units:read" not in other.tokens["scope"].split()


def test_nothing_secret_or_personal_is_logged(administrator: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)

    clerk = administrator.enters("wang.fang", BRANCH, "rol_auditor").logged_in()
    clerk.try_to_log_in(password="wrong one again")
    last = refresh(clerk.tokens["refresh_token"]).json["refresh_token"]
    refresh(clerk.tokens["refresh_token"])

    said = written.getvalue()
    parts = [part for token in (clerk.tokens["refresh_token"], last) for part in token.split(".")[2:]]
    assert "refresh token used twice" in said
    assert [each for each in (PASSWORD, clerk.secret, "wang.fang", "N N", *parts) if each in said] == []
    assert sessions.live_of(clerk.staff_id) == []
