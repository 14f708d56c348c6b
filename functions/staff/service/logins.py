"""Logging in: enrolment, password and code together, refreshing, and ending sessions.

Why nobody is let in is not told: unknown, wrong, used, locked and suspended sound alike. Each try counts
before it is judged (`bank.credentials.lockout`), and each step of the authenticator once.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bank import clock, errors, store, vault
from bank.access import organisation, sessions, tokens
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Ownership, Principal
from bank.access.sessions import SessionNotFound, SessionRow
from bank.control import audit
from bank.control.audit import Actor
from bank.credentials import lockout, passwords, refresh, totp
from bank.credentials.lockout import Locked
from bank.store import Item, Transaction
from staff.domain import roles as rules
from staff.service import roles
from staff.service.members import StaffNotFound
from staff.tables import ACTIVE, INVITED, SUSPENDED, LoginNameRow, MemberRow

# What the bank's own console is called in tokens and sessions: staff come through no channel's client.
CONSOLE = "staff-console"
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
# Live sessions of one person; one more has to wait until one of them ends.
MOST_SESSIONS = 20


class LoginRefused(errors.Unauthorized):
    """401: the name, the password or the code is wrong or used, or the account is locked or suspended."""

    code, title = "login_refused", "Login refused"


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


def enrol(*, login: str, initial_password: str, new_password: str, origin: Actor) -> tuple[MemberRow, str]:
    """Choose a password and get an authenticator's secret; the first login with both makes them count.

    May be repeated until then, with another outcome each time. Raises LoginRefused, WeakPassword.
    """
    passwords.require_strong(new_password)
    row = _tried(login)
    hashes = [row.initial_hash] if row and row.initial_hash else []
    proven = passwords.matches(initial_password, hashes)
    if row is None or not proven or row.status != INVITED or clock.instant() >= (row.initial_until or ""):
        raise LoginRefused("the name or the initial password is wrong, or its time is over")
    passwords.require_strong(new_password, known=[row.login_name, *row.display_name.split()])
    secret = totp.new_secret()
    transaction = Transaction()
    transaction.update(
        (MemberRow, row.staff_id),
        [
            MemberRow.pending_hash.set(passwords.hashed(passwords.normalized(new_password))),
            MemberRow.pending_totp.set(vault.seal(secret, context=_place(row))),
            MemberRow.version.set(int(row.version) + 1),
            *lockout.forgiven(),
        ],
        MemberRow.version == int(row.version),
        _conflict,
    )
    actor = replace(origin, subject=row.staff_id, kind=Kind.STAFF.value, client_id=CONSOLE, unit=row.unit_id)
    _record(transaction, actor, "staff.enrolled", row)
    transaction.commit()
    return row, secret


def log_in(*, login: str, password: str, code: str, unit_id: str | None, origin: Actor) -> LoggedIn:
    """A session for who proves both password and code, at a unit they have a role for.

    Raises LoginRefused, EnrolmentRequired, NoRoleThere. Six round trips: name, member, try, live sessions,
    transaction, signature; one more where custom roles are held.
    """
    row = _tried(login)
    proven, step = _proven(row, password, code)
    if row is None or not proven or step is None:
        if row and row.status == INVITED and _is_initial(row, password):
            raise EnrolmentRequired("enrol first: set a password of your own and an authenticator")
        raise LoginRefused("the name, the password or the code is wrong, or the account is locked for now")
    unit = rules.place(row.roles, own_unit=row.unit_id, wanted=unit_id)
    if unit is None:
        raise NoRoleThere("you have no role for this unit")
    if len(sessions.live_of(row.staff_id)) >= MOST_SESSIONS:
        raise errors.Conflict("too many sessions at once: end one", code="too_many_sessions")
    session = sessions.new(
        kind=Kind.STAFF, subject=row.staff_id, client_id=CONSOLE, unit=unit, absolute=ABSOLUTE, idle=IDLE
    )
    token = refresh.first(session)
    _let_in(row, step, session, origin)
    return _logged_in(row, session, token)


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


def list_sessions(*, principal: Principal, staff_id: str | None) -> list[SessionRow]:
    """The caller's live sessions, newest first; for the head office, anybody's."""
    return sessions.live_of(_person(principal, staff_id))


def end_session(
    *, principal: Principal, actor: Actor, session_id: str, staff_id: str | None, reason: str
) -> SessionRow:
    """End a session of one's own, or as the head office anybody's. Its next request is a 401."""
    person = _person(principal, staff_id)
    session = store.get(SessionRow, person, session_id)
    if session is None or session.kind != Kind.STAFF.value:
        raise SessionNotFound("there is no such session")
    transaction = Transaction()
    sessions.end(transaction, session, reason="revoked")
    audit.record(
        transaction,
        actor=actor,
        action="staff.session_revoked",
        subject_id=person,
        ownership=Ownership(unit_id=session.unit),
        after={"session_id": session_id},
        reason=reason,
    )
    transaction.commit()
    session.revoked_at = session.revoked_at or clock.instant()
    return session


def _person(principal: Principal, staff_id: str | None) -> str:
    """Return the person whose sessions are meant. Others' are visible to the head office alone."""
    if staff_id not in (None, principal.subject) and principal.unit != HEAD_OFFICE:
        raise StaffNotFound("there is no such member of staff")
    return staff_id or principal.subject


# Proving ------------------------------------------------------------------------------------------


def _tried(login: str) -> MemberRow | None:
    """Return the member with this login name or id, a try counted; None for nobody, or while locked."""
    staff_id = login if login.startswith("stf_") else _id_of(login)

    def read() -> MemberRow:
        row = store.get(MemberRow, staff_id) if staff_id else None
        if row is None:
            raise Locked
        return row

    try:
        return lockout.take_try((MemberRow, staff_id or "-"), read)
    except Locked:
        return None


def _id_of(login_name: str) -> str | None:
    found = store.get(LoginNameRow, login_name.lower())
    return found.staff_id if found else None


def _proven(row: MemberRow | None, password: str, code: str) -> tuple[bool, int | None]:
    """Verify password and code, each whatever the other is; the code's step if it is right."""
    if row is None or row.status == SUSPENDED:
        return passwords.matches(password, []), None
    hashed, sealed = row.password_hash, row.totp_secret
    if row.status == INVITED:
        hashed, sealed = row.pending_hash, row.pending_totp
    proven = passwords.matches(passwords.normalized(password), [hashed] if hashed else [])
    if sealed is None:
        return proven, None
    secret = vault.unseal(sealed, context=_place(row))
    return proven, totp.step(secret, code, after=int(row.totp_step))


def _is_initial(row: MemberRow, password: str) -> bool:
    return bool(row.initial_hash) and passwords.matches(password, [row.initial_hash or ""])


def _let_in(row: MemberRow, step: int, session: SessionRow, origin: Actor) -> None:
    """Take the step, forgive what failed before, open the session: all or nothing."""
    taken, once = totp.take(MemberRow, step)
    actions = [taken, MemberRow.version.set(int(row.version) + 1), *lockout.forgiven()]
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
    transaction.commit()


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


def _place(row: MemberRow) -> dict[str, str]:
    """Return the context that an authenticator's secret is sealed for, pending or not."""
    return {"record": row.staff_id, "field": "totp_secret"}


def _conflict(_: Item | None) -> Exception:
    """Another login took the step, or the account was changed between."""
    return LoginRefused("the code was used, or the account has changed: try again")
