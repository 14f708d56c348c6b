"""Enrolling: a secret that is good once, for a day and one person, and what overtakes it."""

import pytest

from staff.app import app
from staff.tables import MemberRow
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH
from tests.unit.staff.people import Person, Time, enrol, enrolled, entered, inbox, initial_password

pytestmark = pytest.mark.usefixtures("bank")

LOGIN = "wang.fang"


def refused(answer: Reply) -> bool:
    return (answer.status, answer.json["code"]) == (401, "login_refused")


@pytest.fixture
def secret(administrator: Person) -> str:
    """The enrolment secret of somebody who has not enrolled."""
    administrator.must("POST", "/staff", entered(LOGIN, BRANCH) | {"display_name": "Wang Fang"})
    return initial_password()


def invite_again(administrator: Person) -> str:
    """Send them another; it."""
    staff_id = next(row.staff_id for row in MemberRow.scan() if row.login_name == LOGIN)
    administrator.must("POST", f"/staff/{staff_id}/invitations", {"reason": "lost the message"})
    return initial_password()


def log_in_with(secret: str) -> Reply:
    body = {"login": LOGIN, "password": secret, "code": "123456"}
    return call(app, "POST", "/staff-sessions", body, client_id=None)


def test_it_opens_nothing_but_enrolment(secret: str) -> None:
    answer = log_in_with(secret)

    assert (answer.status, answer.json["code"]) == (403, "enrolment_required")


def test_it_is_good_once_and_what_it_enrolled_counts_with_the_first_login(secret: str, time: Time) -> None:
    person = enrolled(LOGIN, secret, time)

    assert refused(enrol(LOGIN, secret))
    assert refused(log_in_with(secret))
    assert person.logged_in().tokens["scope"] == "staff-sessions:read staff-sessions:write"
    assert refused(enrol(LOGIN, secret))


def test_a_password_that_is_too_weak_does_not_use_it_up(secret: str) -> None:
    for weak in ("short", "Passw0rd1234!", "Wang-under-the-bridge-42"):
        assert enrol(LOGIN, secret, weak).json["code"] == "weak_password"

    assert enrol(LOGIN, secret).status == 201


def test_it_is_good_for_a_day(secret: str, time: Time) -> None:
    time.passes(hours=24, seconds=1)

    assert refused(enrol(LOGIN, secret))
    assert refused(log_in_with(secret))
    assert "24小时" in inbox()[-1]


def test_the_first_login_follows_within_that_day(secret: str, time: Time) -> None:
    person = enrolled(LOGIN, secret, time)
    time.passes(hours=24)

    assert refused(person.try_to_log_in())


def test_the_next_one_makes_it_void_and_what_was_enrolled_with_it(
    administrator: Person, secret: str, time: Time
) -> None:
    """Whoever read the message first is overtaken: the owner finds it used and asks for another."""
    thief = enrolled(LOGIN, secret, time)
    assert refused(enrol(LOGIN, secret))

    owner = enrolled(LOGIN, invite_again(administrator), time)

    assert refused(thief.try_to_log_in())
    assert owner.try_to_log_in().status == 201


def test_it_is_nobody_else_s(administrator: Person, secret: str) -> None:
    administrator.must("POST", "/staff", entered("clerk", BRANCH))

    assert refused(enrol("clerk", secret))
    assert refused(enrol("nobody", secret))
    assert enrol(LOGIN, secret).status == 201


def test_tries_at_it_are_bounded_and_lock_nobody_out(secret: str) -> None:
    for _ in range(12):
        assert refused(enrol(LOGIN, "not the enrolment secret"))

    assert enrol(LOGIN, secret).status == 201
