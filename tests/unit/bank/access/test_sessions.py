"""Sessions: who is let in by one, and that its end counts from the next call on."""

from datetime import timedelta

import pytest

from bank import clock, store
from bank.access import sessions
from bank.access.principal import THE_BANK, Kind, Principal
from bank.access.sessions import SessionEnded, SessionNotFound, SessionRow
from bank.control import trail
from bank.control.audit import AuditEntryRow
from bank.store import Transaction
from tests.support.http import Reply, call, customer, staff
from tests.support.streams import Cloud
from tests.unit.bank.control.workshop import app

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)


def opened(subject: str = "stf_1", kind: Kind = Kind.STAFF) -> SessionRow:
    session = sessions.new(kind=kind, subject=subject, client_id="cli_test", absolute=HOUR, idle=HALF)
    transaction = Transaction()
    sessions.open_session(transaction, session)
    transaction.commit()
    return session


def ask(session_id: str, subject: str = "stf_1", kind: str = "staff", **more: str) -> Reply:
    principal = {"kind": kind, "subject": subject, "session": session_id, "bank_wide": "false", **more}
    return call(app, "GET", "/orders/1", scope="orders:read", principal=principal)


def revoke(session: SessionRow, *, subject: str = "stf_1", reason: str = "revoked") -> None:
    trail.end_session(
        subject=subject,
        session_id=session.session_id,
        reason=reason,
        action="staff.session_ended",
        ownership=THE_BANK,
    )


def assert_ended(reply: Reply) -> None:
    assert (reply.status, reply.json["code"]) == (401, "session_ended")


def test_a_session_that_was_opened_lets_its_person_in(cloud: Cloud) -> None:
    assert ask(opened().session_id).status == 200


def test_the_next_request_after_a_revocation_is_a_401(cloud: Cloud) -> None:
    session = opened()
    assert ask(session.session_id).status == 200

    revoke(session)

    (entry,) = AuditEntryRow.scan()
    assert (entry.actor, entry.action, entry.subject_id) == ("sessions", "staff.session_ended", "stf_1")
    assert entry.after == {"session_id": session.session_id, "ended": "revoked"}

    assert_ended(ask(session.session_id))


def test_another_person_or_kind_or_channel_is_not_let_in_by_it(cloud: Cloud) -> None:
    session_id = opened().session_id

    assert_ended(ask(session_id, subject="stf_2"))
    assert_ended(ask(session_id, kind="customer"))
    assert_ended(ask(session_id, client_id="cli_other"))


@pytest.mark.parametrize("session_id", ["", "ses_never"])
def test_staff_and_customers_without_a_session_are_not_let_in(cloud: Cloud, session_id: str) -> None:
    assert_ended(ask(session_id))
    assert_ended(ask(session_id, subject="", kind="customer"))


def test_a_session_ends_by_itself_unless_it_is_refreshed_and_then_for_good(cloud: Cloud) -> None:
    session, start = opened(), clock.now()
    assert session.live()

    with clock.source(lambda: start + HALF + timedelta(seconds=1)):
        assert_ended(ask(session.session_id))
        session.idle_until = clock.instant(start + 4 * HOUR)
        assert session.live()
    with clock.source(lambda: start + HOUR + timedelta(seconds=1)):
        assert not session.live()


def test_a_channel_is_asked_for_no_session_and_costs_no_read() -> None:
    """No `cloud`: a read would fail here."""
    assert call(app, "GET", "/orders/1", scope="orders:read").status == 200


def test_a_route_may_check_the_session_in_its_own_read(cloud: Cloud) -> None:
    claims = {"kind": "staff", "subject": "stf_1", "session": "ses_never", "bank_wide": "false"}

    unread = call(app, "GET", "/ledgers/1", scope="orders:read", principal=claims)
    principal = Principal("cli_test", frozenset(), Kind.STAFF, subject="stf_1", session="ses_never")

    assert unread.status == 200
    with pytest.raises(SessionEnded):
        sessions.require_live(store.get_many([sessions.key(principal)])[0], principal)
    sessions.require_live(None, Principal("cli_test", frozenset()))


def test_all_sessions_of_one_person_end_and_nobody_elses(cloud: Cloud) -> None:
    mine, kept, other = opened(), opened(), opened("stf_2")

    ended = sessions.revoke_all("stf_1", but=lambda session: session.session_id == kept.session_id)

    assert ended == 1
    assert_ended(ask(mine.session_id))
    assert ask(kept.session_id).status == 200
    assert ask(other.session_id, subject="stf_2").status == 200
    assert [each.session_id for each in sessions.live_of("stf_1")] == [kept.session_id]
    assert len(sessions.of("stf_1")) == 2


def test_ending_what_has_ended_changes_nothing_and_what_never_was_is_not_found(cloud: Cloud) -> None:
    session = opened()
    revoke(session, reason="first")
    first = sessions.of("stf_1")[0].revoked_at

    revoke(session, reason="second")

    row = sessions.of("stf_1")[0]
    assert (row.revoked_at, row.revoked_reason) == (first, "first")
    with pytest.raises(SessionNotFound):
        revoke(session, subject="stf_2")


def test_the_callers_of_other_tests_have_a_session(cloud: Cloud) -> None:
    assert call(app, "GET", "/orders/1", scope="orders:read", principal=staff("unit_hz")).status == 200
    assert call(app, "GET", "/orders/1", scope="orders:read", principal=customer("cus_1")).status == 200
