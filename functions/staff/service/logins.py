"""Logging in: password and code together; refreshing.

Why nobody is let in is not told: unknown, wrong, used, locked and suspended sound alike. Each step of the
authenticator counts once. Strangers' failures lock out neither a device that the member has logged in from
nor who has both password and code.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from bank import errors, store
from bank.access import organisation, sessions, tokens
from bank.access.principal import THE_BANK, Kind
from bank.access.sessions import SessionRow
from bank.control import trail
from bank.control.audit import Actor
from bank.credentials import refresh, totp
from bank.store import Transaction
from staff.domain import roles as rules
from staff.service import proofs, roles
from staff.service.proofs import Tried
from staff.tables import ACTIVE, INVITED, MemberRow

IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)


# Live sessions of one person; one more has to wait until one of them ends.
MOST_SESSIONS = 20


class EnrolmentRequired(errors.Forbidden):
    """403: an enrolment secret opens nothing but enrolment: set a password and an authenticator first."""

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
    try, live sessions, transaction, signature; one more where the device is new, or custom roles are held.
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
        kind=Kind.STAFF,
        subject=row.staff_id,
        client_id=proofs.CONSOLE,
        unit=unit,
        absolute=ABSOLUTE,
        idle=IDLE,
    )
    token = refresh.first(session)
    device_token = _let_in(tried, row, step, session, origin)
    return replace(_logged_in(row, session, token), device_token=device_token)


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

    session, token = refresh.exchange(
        token=refresh_token, client_id=proofs.CONSOLE, idle=IDLE, join=still_active, end=_end
    )
    return _logged_in(rows[-1], session, token)


def _end(session: SessionRow, reason: str) -> None:
    """End the session of a token that was used twice, with its entry."""
    row = store.get(MemberRow, session.subject)
    trail.end_session(
        subject=session.subject,
        session_id=session.session_id,
        reason=reason,
        action=proofs.SESSION_ENDED,
        ownership=row.ownership if row else THE_BANK,
    )


def _let_in(tried: Tried, row: MemberRow, step: int, session: SessionRow, origin: Actor) -> str | None:
    """Take the step, forgive what failed before, open the session: all or nothing. The new device's token."""
    taken, once = totp.take(MemberRow, step)
    before = row.credentials_digest
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
        row.pending_hash = row.pending_totp = row.initial_hash = row.initial_until = None
    unchanged = (MemberRow.version == int(row.version)) & once
    transaction = Transaction()
    transaction.update((MemberRow, row.staff_id), actions, unchanged, proofs.overtaken)
    sessions.open_session(transaction, session)
    actor = replace(
        origin,
        subject=row.staff_id,
        kind=Kind.STAFF.value,
        client_id=proofs.CONSOLE,
        unit=session.unit,
        session=session.session_id,
    )
    proofs.record(transaction, actor, "staff.logged_in", row, before)
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
        client_id=proofs.CONSOLE,
        scopes=scopes,
        subject=row.staff_id,
        kind=Kind.STAFF,
        unit=session.unit,
        session=session.session_id,
    )
    return LoggedIn(row.staff_id, session.session_id, session.unit, scopes, access_token, refresh_token)
