"""Guessing at staff: strangers are bounded, and lock nobody out; a session's guesses are its own."""

import pytest

from bank.access import sessions
from bank.control.audit import AuditEntryRow
from bank.credentials import lockout
from staff.app import app
from staff.service import proofs
from staff.tables import DeviceRow, MemberRow, TriesRow
from tests.support import calls
from tests.support.http import Reply, call
from tests.support.organisation import BRANCH
from tests.unit.staff.people import Person, Time, bootstrapped, enrol, enrolled, initial_password

pytestmark = pytest.mark.usefixtures("bank")

WRONG = {"password": "wrong one again", "code": "000000"}


def refused(answer: Reply) -> bool:
    return (answer.status, answer.json["code"]) == (401, "login_refused")


def device_of(person: Person) -> str:
    token: str = person.tokens["device_token"]
    return token


def step_up(person: Person, code: str) -> Reply:
    return person.ask("POST", "/staff-sessions/step-up", {"code": code})


# Strangers


def test_strangers_who_know_nothing_lock_nobody_out(time: Time) -> None:
    """Five wrong passwords did, for up to a day at one request a day."""
    person = bootstrapped(time)
    for _ in range(20):
        assert refused(person.try_to_log_in(**WRONG))

    assert person.try_to_log_in().status == 201


def test_codes_cannot_be_guessed_with_a_stolen_password(time: Time) -> None:
    person = bootstrapped(time)
    tried = [person.try_to_log_in(code="000000") for _ in range(8)]

    assert all(refused(answer) for answer in [*tried, person.try_to_log_in()])
    # It is not told that there is something to wait for: the password is right.
    assert {answer.headers.get("Retry-After") for answer in tried} == {None}


def test_passwords_cannot_be_guessed_with_a_stolen_authenticator(time: Time) -> None:
    person = bootstrapped(time)
    for _ in range(8):
        assert refused(person.try_to_log_in(password="wrong one again"))

    assert refused(person.try_to_log_in())


def test_an_hour_s_tries_of_nothing_right_are_bounded_and_the_answer_says_until_when(time: Time) -> None:
    person = bootstrapped(time).logged_in()
    for _ in range(8):
        person.try_to_log_in(**WRONG)
    for row in TriesRow.scan(TriesRow.made.exists()):
        row.update([TriesRow.made.set(lockout.WHOLE_AN_HOUR)])

    answer = person.try_to_log_in()

    assert refused(answer)
    # Strangers' wait after the sixth in a row, 120 s, ends before the hour: one more counts then.
    assert answer.headers["Retry-After"] == "60"
    assert person.try_to_log_in(device_token=device_of(person)).status == 201


def test_nobody_and_somebody_take_as_many_calls_of_kms(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    person = bootstrapped(time)

    def tried(login: str) -> None:
        body = {"login": login, "password": "wrong one again", "code": "000000"}
        assert refused(call(app, "POST", "/staff-sessions", body))

    made = [
        calls.of_kms(monkeypatch, lambda login=login: tried(login))
        for login in (person.login, person.staff_id, "nobody", "stf_nobody")
    ]

    assert made[0]["Decrypt"] == 1
    assert made == [made[0]] * 4


def test_who_is_nobody_hears_what_somebody_hears(time: Time) -> None:
    person = bootstrapped(time)
    told = []
    for login in (person.login, "nobody", "stf_nobody", person.staff_id):
        for row in TriesRow.scan():
            row.delete()
        answers = [person.try_to_log_in(**WRONG, login=login) for _ in range(8)]
        rows = [each.challenge.rpartition("#")[2] for each in TriesRow.scan()]
        told.append(
            (
                [(each.status, each.json["detail"], each.headers.get("Retry-After")) for each in answers],
                len(rows),
            )
        )

    assert told[0] == told[1] == told[2] == told[3]


def test_no_login_name_is_kept_of_who_is_nobody(time: Time) -> None:
    bootstrapped(time).try_to_log_in(**WRONG, login="wang.fang")

    assert not any("wang" in str(row.serialize()) for row in TriesRow.scan())


def test_each_failed_login_that_was_heard_is_told_of_also_while_strangers_wait(time: Time) -> None:
    person = bootstrapped(time)
    for _ in range(12):
        person.try_to_log_in(**WRONG)

    told = [row for row in AuditEntryRow.scan() if row.action == "staff.log_in_staff"]
    assert {row.subject_id for row in told} == {person.staff_id}
    assert len(told) == 12


def test_of_a_name_that_nobody_has_its_first_letter_is_told(time: Time) -> None:
    bootstrapped(time).try_to_log_in(**WRONG, login="Wang.Fang")

    assert [row.subject_id for row in AuditEntryRow.scan() if row.action == "staff.log_in_staff"] == [
        "nobody#w***"
    ]


def test_a_refresh_token_used_twice_ends_the_session_with_an_entry(administrator: Person) -> None:
    body = {"refresh_token": administrator.tokens["refresh_token"]}
    assert call(app, "POST", "/staff-sessions/refresh", body, client_id=None).status == 201
    assert call(app, "POST", "/staff-sessions/refresh", body, client_id=None).status == 401

    (entry,) = (row for row in AuditEntryRow.scan() if row.action == "staff.session_ended")
    assert (entry.subject_id, entry.source_ip) == (administrator.staff_id, "127.0.0.1")
    assert entry.after == {"session_id": administrator.tokens["session_id"], "ended": "refresh_reused"}


# Known devices


def test_a_known_device_is_let_in_whatever_strangers_know(time: Time) -> None:
    person = bootstrapped(time).logged_in()
    for _ in range(8):
        person.try_to_log_in(code="000000")

    assert refused(person.try_to_log_in())
    again = person.try_to_log_in(device_token=device_of(person))
    assert again.status == 201
    # The device keeps its token.
    assert again.json["device_token"] is None


def test_a_device_has_a_small_count_of_its_own(time: Time) -> None:
    person = bootstrapped(time).logged_in()
    device = device_of(person)
    told = [person.try_to_log_in(code="000000", device_token=device).headers for _ in range(5)]

    assert [each.get("Retry-After") for each in told] == [None] * 4 + ["60"]
    waits = person.try_to_log_in(device_token=device)
    assert refused(waits)
    assert waits.headers["Retry-After"] == "30"
    time.passes(seconds=30)
    assert person.try_to_log_in(device_token=device).status == 201


def test_a_token_proves_nothing_without_password_and_code(time: Time) -> None:
    person = bootstrapped(time).logged_in()

    assert refused(person.try_to_log_in(code="000000", device_token=device_of(person)))
    assert refused(person.try_to_log_in(password="wrong one again", device_token=device_of(person)))


@pytest.mark.parametrize("forged", ["{own}x", "dev_1.secret", "no token", "#", "{other}"])
def test_whose_token_is_not_theirs_is_a_stranger(administrator: Person, forged: str) -> None:
    clerk = administrator.enters("clerk", BRANCH).logged_in()
    token = forged.format(own=device_of(clerk), other=device_of(administrator))
    for _ in range(8):
        clerk.try_to_log_in(code="000000")

    assert refused(clerk.try_to_log_in(device_token=token))
    assert clerk.try_to_log_in(device_token=device_of(clerk)).status == 201


def test_a_device_is_known_for_ninety_days_after_its_last_login(time: Time) -> None:
    person = bootstrapped(time).logged_in()
    device = device_of(person)
    time.passes(days=89)
    assert person.try_to_log_in(device_token=device).json["device_token"] is None
    time.passes(days=89)
    assert person.try_to_log_in(device_token=device).json["device_token"] is None

    time.passes(days=90, seconds=1)

    assert person.try_to_log_in(device_token=device).json["device_token"] is not None


def test_a_device_is_known_no_longer_than_the_password(administrator: Person, time: Time) -> None:
    clerk = administrator.enters("clerk", BRANCH).logged_in()
    path = f"/staff/{clerk.staff_id}/credential-resets"
    administrator.must("POST", path, {"reason": "lost the phone"})
    answer = enrol("clerk", initial_password(), "Another-lantern-43-on-the-bridge")
    again = Person(
        clerk.staff_id, "clerk", "Another-lantern-43-on-the-bridge", answer.json["totp_secret"], time
    )

    assert again.try_to_log_in(device_token=device_of(clerk)).json["device_token"] is not None


def test_the_device_s_secret_is_kept_as_a_digest_and_purged(administrator: Person) -> None:
    device_id, _, secret = device_of(administrator).partition(".")
    rows = [row for row in DeviceRow.scan() if row.challenge.startswith("device#")]

    assert device_id in {row.device_id for row in rows}
    assert not any(secret in str(row.serialize()) for row in rows)
    assert all(row.purge_at for row in rows)


def test_a_reset_ends_what_strangers_have_guessed(administrator: Person, time: Time) -> None:
    """Whoever has lost the password to a guesser, and their devices, is not kept out by the guesses."""
    clerk = administrator.enters("clerk", BRANCH)
    for _ in range(8):
        clerk.try_to_log_in(code="000000")
    assert refused(clerk.try_to_log_in())

    path = f"/staff/{clerk.staff_id}/credential-resets"
    administrator.must("POST", path, {"reason": "the password is known"})

    again = enrolled("clerk", initial_password(), time)
    assert again.try_to_log_in().status == 201


# Sessions


def test_guesses_in_a_session_end_it_and_leave_the_login_alone(administrator: Person) -> None:
    """A stolen session cannot lock its owner out, nor guess more than five codes."""
    thief = administrator
    told = [step_up(thief, "000000") for _ in range(5)]

    assert [(each.status, each.json["code"]) for each in told] == [
        *[(401, "login_refused")] * 4,
        (401, "session_ended"),
    ]
    assert thief.ask("GET", "/units").json["code"] == "session_ended"
    assert administrator.try_to_log_in().status == 201
    ended = [each for each in sessions.of(administrator.staff_id) if each.revoked_at]
    assert [each.revoked_reason for each in ended] == ["step_up_guessed"]


def test_a_session_s_guess_too_many_ends_it_where_nobody_did(administrator: Person) -> None:
    """Whoever counted the fifth may have stopped before it ended the session."""
    for _ in range(5):
        lockout.take(TriesRow, f"step_up#{administrator.tokens['session_id']}")
    administrator.time.passes(seconds=30)

    assert step_up(administrator, administrator.code).json["code"] == "session_ended"


def test_the_right_code_in_a_session_forgives_the_wrong_ones(administrator: Person) -> None:
    for _ in range(3):
        assert [step_up(administrator, "000000").status for _ in range(4)] == [401] * 4
        administrator.time.passes(seconds=30)
        assert step_up(administrator, administrator.code).status == 200


def test_strangers_do_not_slow_a_session_down(administrator: Person) -> None:
    for _ in range(8):
        administrator.try_to_log_in(code="000000")

    assert step_up(administrator, administrator.code).status == 200
    assert MemberRow.get(administrator.staff_id).status == "active"


def test_codes_guessed_at_once_are_not_told_apart_by_what_is_refused_after_them(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that one has no role for is told of after the proof; not to who guesses a thousand at once."""
    person = bootstrapped(time)
    time.passes(seconds=30)
    body = {"login": person.login, "password": person.password, "unit_id": "unit_nowhere"}
    right, prove = person.code, proofs.proven
    others = [f"{number:06d}" for number in range(10)]

    def meanwhile(row: MemberRow | None, password: str, code: str) -> tuple[bool, int | None]:
        """Between the beginning of a guess and its judgement, the next one comes."""
        if others:
            assert refused(
                call(app, "POST", "/staff-sessions", {**body, "code": others.pop()}, client_id=None)
            )
        return prove(row, password, code)

    monkeypatch.setattr(proofs, "proven", meanwhile)

    assert refused(call(app, "POST", "/staff-sessions", {**body, "code": right}, client_id=None))
    alone = call(app, "POST", "/staff-sessions", {**body, "code": right}, client_id=None)
    assert alone.json["code"] == "no_role_there"
