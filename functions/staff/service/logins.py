"""Logging in: enrolment, password and code together, refreshing.

Why nobody is let in is not told: unknown, wrong, used, locked and suspended sound alike. Each step of the
authenticator counts once. Strangers' failures lock out neither a device that the member has logged in from
nor who has both password and code; tries in a session count there alone.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bank import clock, errors, store, vault
from bank.access import organisation, sessions, tokens
from bank.access.principal import Kind, Principal
from bank.access.sessions import SessionRow
from bank.control import audit
from bank.control.audit import Actor
from bank.credentials import lockout, passwords, refresh, totp
from bank.credentials.lockout import Locked
from bank.store import Item, Transaction
from staff.domain import roles as rules
from staff.service import proofs, roles
from staff.service.proofs import LoginRefused, Tried
from staff.tables import ACTIVE, INVITED, MemberRow, TriesRow

# What the bank's own console is called in tokens and sessions: staff come through no channel's client.
CONSOLE = "staff-console"


IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


# Live sessions of one person; one more has to wait until one of them ends.
MOST_SESSIONS = 20


class EnrolmentRequired(errors.Forbidden):
    """403: an initial password opens nothing but enrolment: set a password and an authenticator first."""

    code, title = "enrolment_required", "Enrolment required"


class NoRoleThere(errors.Forbidden):
    """403: you have no role for this unit."""

    code, title = "no_role_there", "No role there"


@dataclass(frozen=True)
class LoggedIn:
    """A session with its first tokens, or its next."""

    staff_id: str
    session_id: str
    unit_id: str
    scopes: tuple[str, ...]
    access_token: str
    refresh_token: str
    # Of a device that was not known yet.
    device_token: str | None = None


@proofs.refusing()
def enrol(*, login: str, initial_password: str, new_password: str, origin: Actor) -> tuple[MemberRow, str]:
    """Choose a password and get an authenticator's secret; the first login with both makes them count.

    May be repeated until then, with another outcome each time. Raises LoginRefused, WeakPassword.
    """
    passwords.require_strong(new_password)
    tried = proofs.begin(login)
    row = tried.row
    proven = proofs.is_initial(row, initial_password)
    tried.attempt.judge(proven and row is not None and clock.instant() < (row.initial_until or ""))
    assert row is not None, "nothing is proven of nobody"
    passwords.require_strong(new_password, known=[row.login_name, *row.display_name.split()])
    secret = totp.new_secret()
    transaction = Transaction()
    transaction.update(
        (MemberRow, row.staff_id),
        [
            MemberRow.pending_hash.set(passwords.hashed(passwords.normalized(new_password))),
            MemberRow.pending_totp.set(vault.seal(secret, context=proofs.sealing_context(row.staff_id))),
            MemberRow.version.set(int(row.version) + 1),
        ],
        MemberRow.version == int(row.version),
        _conflict,
    )
    tried.attempt.succeed(transaction)
    actor = replace(origin, subject=row.staff_id, kind=Kind.STAFF.value, client_id=CONSOLE, unit=row.unit_id)
    _record(transaction, actor, "staff.enrolled", row)
    transaction.commit()
    return row, secret


@proofs.refusing()
def log_in(
    *,
    login: str,
    password: str,
    code: str,
    device_token: str | None,
    unit_id: str | None,
    origin: Actor,
) -> LoggedIn:
    """A session for who proves both password and code, at a unit they have a role for.

    Raises LoginRefused, EnrolmentRequired, NoRoleThere. Seven round trips: name, member and device, counts,
    try, live sessions, transaction, signature; one more where custom roles are held.
    """
    tried = proofs.begin(login, device_token)
    row = tried.row
    proven, step = proofs.proven(row, password, code)
    if not (proven and step) and proofs.is_initial(row, password):
        raise EnrolmentRequired("enrol first: set a password of your own and an authenticator")
    tried.attempt.judge(proven, step is not None)
    assert row is not None, "nothing is proven of nobody"
    assert step is not None, "an attempt without the code is judged wrong"
    unit = rules.place(row.roles, own_unit=row.unit_id, wanted=unit_id)
    if unit is None:
        raise NoRoleThere("you have no role for this unit")
    if len(sessions.live_of(row.staff_id)) >= MOST_SESSIONS:
        raise errors.Conflict("too many sessions at once: end one", code="too_many_sessions")
    session = sessions.new(
        kind=Kind.STAFF, subject=row.staff_id, client_id=CONSOLE, unit=unit, absolute=ABSOLUTE, idle=IDLE
    )
    token = refresh.first(session)
    device_token = _let_in(tried, row, step, session, origin)
    return replace(_logged_in(row, session, token), device_token=device_token)


def step_up(*, principal: Principal, actor: Actor, code: str) -> SessionRow:
    """The caller's session, with the authenticator proven in it now.

    Guesses count in the session alone, and the fifth in a row ends it: whoever has stolen it locks nobody
    out. Raises LoginRefused, SessionEnded, SessionNotFound.
    """
    tries, row = f"step_up#{principal.session}", store.get(MemberRow, principal.subject)
    try:
        failures = lockout.take(TriesRow, tries, subject=principal.subject)
    except Locked:
        raise _ended(principal) from None
    step = proofs.step(row, code)
    if row is None or step is None:
        if failures >= lockout.FREE:
            raise _ended(principal)
        raise LoginRefused("the code is wrong or used")
    taken, once = totp.take(MemberRow, step)
    transaction = Transaction()
    transaction.update((MemberRow, row.staff_id), [taken], once, _conflict)
    lockout.forgive(transaction, TriesRow, tries)
    sessions.prove(transaction, principal)
    _record(transaction, actor, "staff.stepped_up", row)
    transaction.commit()
    session: SessionRow | None = store.get(SessionRow, row.staff_id, principal.session)
    if session is None:
        raise sessions.SessionNotFound("there is no such session")
    return session


def _ended(principal: Principal) -> sessions.SessionEnded:
    """End a session in which codes are guessed."""
    sessions.revoke(subject=principal.subject, session_id=principal.session, reason="step_up_guessed")
    return sessions.SessionEnded("the code was wrong five times: log in again")


def renew(*, refresh_token: str) -> LoggedIn:
    """The next tokens of a session, with the permissions that its person has now. Raises RefreshRefused."""
    rows: list[MemberRow] = []

    def still_active(session: SessionRow, transaction: Transaction) -> None:
        row = store.get(MemberRow, session.subject)
        refused = refresh.RefreshRefused("this refresh token does not count")
        if row is None:
            raise refused
        rows.append(row)
        unchanged = (MemberRow.status == ACTIVE) & (MemberRow.version == int(row.version))
        transaction.check((MemberRow, row.staff_id), unchanged, lambda _: refused)

    session, token = refresh.exchange(token=refresh_token, client_id=CONSOLE, idle=IDLE, join=still_active)
    return _logged_in(rows[-1], session, token)


def _let_in(tried: Tried, row: MemberRow, step: int, session: SessionRow, origin: Actor) -> str | None:
    """Take the step, forgive what failed before, open the session: all or nothing. The new device's token."""
    taken, once = totp.take(MemberRow, step)
    actions = [taken, MemberRow.version.set(int(row.version) + 1)]
    if row.status == INVITED:
        row.password_hash, row.totp_secret = row.pending_hash, row.pending_totp
        gone = (
            MemberRow.pending_hash,
            MemberRow.pending_totp,
            MemberRow.initial_hash,
            MemberRow.initial_until,
        )
        actions += [
            MemberRow.status.set(ACTIVE),
            MemberRow.password_hash.set(row.pending_hash),
            MemberRow.totp_secret.set(row.pending_totp),
            *(each.remove() for each in gone),
        ]
    unchanged = (MemberRow.version == int(row.version)) & once
    transaction = Transaction()
    transaction.update((MemberRow, row.staff_id), actions, unchanged, _conflict)
    sessions.open_session(transaction, session)
    actor = replace(
        origin,
        subject=row.staff_id,
        kind=Kind.STAFF.value,
        client_id=CONSOLE,
        unit=session.unit,
        session=session.session_id,
    )
    _record(transaction, actor, "staff.logged_in", row)
    device_token = tried.succeed(transaction, row)
    transaction.commit()
    return device_token


def _logged_in(row: MemberRow, session: SessionRow, refresh_token: str) -> LoggedIn:
    held = [grant.role_id for grant in row.roles]
    above = organisation.tree().ancestors(session.unit) or organisation.tree(again=True).ancestors(
        session.unit
    )
    scopes = tuple(sorted(rules.permissions(row.roles, roles.of_ids(held), above)))
    access_token = tokens.issue(
        client_id=CONSOLE,
        scopes=scopes,
        subject=row.staff_id,
        kind=Kind.STAFF,
        unit=session.unit,
        session=session.session_id,
    )
    return LoggedIn(row.staff_id, session.session_id, session.unit, scopes, access_token, refresh_token)


def _record(transaction: Transaction, actor: Actor, action: str, row: MemberRow) -> None:
    after: dict[str, Any] = {"session_id": actor.session, "unit_id": actor.unit} if actor.session else {}
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=row.staff_id,
        ownership=row.ownership,
        after=after or None,
    )


def _conflict(_: Item | None) -> Exception:
    """Another login took the step, or the account was changed between."""
    return LoginRefused("the code was used, or the account has changed: try again")
