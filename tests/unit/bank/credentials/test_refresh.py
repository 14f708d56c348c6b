"""Refresh tokens: good once, and a second use ends the session for whoever holds it."""

from datetime import timedelta

import pytest

from bank import clock, errors, store
from bank.access import sessions
from bank.access.principal import THE_BANK, Kind
from bank.access.sessions import SessionRow
from bank.control import trail
from bank.credentials import refresh
from bank.credentials.refresh import RefreshRefused
from bank.store import Transaction
from tests.support.streams import Cloud

IDLE = timedelta(minutes=30)


@pytest.fixture
def token(cloud: Cloud) -> str:
    """The first token of a new session."""
    session = sessions.new(
        kind=Kind.STAFF, subject="stf_1", client_id="cli_1", absolute=timedelta(hours=2), idle=IDLE
    )
    made = refresh.first(session)
    transaction = Transaction()
    sessions.open_session(transaction, session)
    transaction.commit()
    return made


def use(token: str, client_id: str = "cli_1", **more: object) -> str:
    _, following = refresh.exchange(
        token=token, client_id=client_id, idle=IDLE, join=more.get("join", lambda *_: None), end=end
    )
    return following


def end(session: SessionRow, reason: str) -> None:
    trail.end_session(
        subject=session.subject,
        session_id=session.session_id,
        reason=reason,
        action="staff.session_ended",
        ownership=THE_BANK,
    )


def row() -> SessionRow:
    return sessions.of("stf_1")[0]


def test_each_token_gives_the_next(token: str) -> None:
    second = use(token)
    third = use(second)

    assert len({token, second, third}) == 3
    assert row().live()


def test_a_stolen_token_used_after_its_owner_ends_the_session_for_both(token: str) -> None:
    of_the_owner = use(token)

    with pytest.raises(RefreshRefused):
        use(token)

    assert (row().live(), row().revoked_reason) == (False, "refresh_reused")
    with pytest.raises(RefreshRefused):
        use(of_the_owner)


def test_two_uses_at_once_are_one_too_many(token: str) -> None:
    """The second has read the row before the first wrote."""
    used: list[str] = []

    def meanwhile(session: SessionRow, transaction: Transaction) -> None:
        if not used:
            used.append("first")
            used.append(use(token))

    with pytest.raises(RefreshRefused):
        use(token, join=meanwhile)

    assert not row().live()
    with pytest.raises(RefreshRefused):
        use(used[1])


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_never_was_is_refused_and_ends_nothing(token: str, part: int) -> None:
    parts = token.split(".")
    parts[part] = "A" * len(parts[part])

    with pytest.raises(RefreshRefused):
        use(".".join(parts))
    assert row().live()
    use(token)


@pytest.mark.parametrize("garbage", ["", ".", "...", "a.b.c", "a.b.c.d.e", "a.b.c.d", "x" * 600])
def test_garbage_is_refused(token: str, garbage: str) -> None:
    with pytest.raises(RefreshRefused):
        use(garbage)


def test_another_channel_cannot_use_it(token: str) -> None:
    with pytest.raises(RefreshRefused):
        use(token, client_id="cli_2")
    assert row().live()


def test_an_ended_session_gives_no_token(token: str) -> None:
    sessions.revoke_all("stf_1")

    with pytest.raises(RefreshRefused):
        use(token)


def test_a_session_that_ends_meanwhile_gives_no_token(token: str) -> None:
    with pytest.raises(RefreshRefused):
        use(token, join=lambda *_: sessions.revoke_all("stf_1") and None)

    assert row().revoked_reason == "revoked"


def test_it_runs_out_unless_used_and_then_with_the_session(token: str) -> None:
    start = clock.now()
    with clock.source(lambda: start + IDLE + timedelta(seconds=1)), pytest.raises(RefreshRefused):
        use(token)
    for minutes in range(25, 120, 25):
        with clock.source(lambda minutes=minutes: start + timedelta(minutes=minutes)):
            token = use(token)
    with clock.source(lambda: start + timedelta(minutes=121)), pytest.raises(RefreshRefused):
        use(token)


def test_what_must_hold_besides_is_in_the_same_transaction(token: str) -> None:
    def suspended(session: SessionRow, transaction: Transaction) -> None:
        gone = (SessionRow, "stf_1", "ses_gone")
        transaction.check(gone, SessionRow.subject.exists(), lambda _: errors.Forbidden("suspended"))

    with pytest.raises(errors.Forbidden):
        use(token, join=suspended)
    use(token)


def test_what_is_kept_gives_no_token(token: str) -> None:
    kept = str(row().serialize())

    assert not any(secret in kept for secret in token.split(".")[2:])
    assert store.get(SessionRow, "stf_1", row().session_id) is not None
