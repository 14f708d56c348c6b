"""The authenticator proven again in a session, for what needs a fresh factor (RFC 9470)."""

from bank import store
from bank.access import sessions
from bank.access.principal import THE_BANK, Principal
from bank.access.sessions import SessionRow
from bank.control import trail
from bank.control.audit import Actor
from bank.credentials import lockout, totp
from bank.credentials.lockout import Locked
from bank.store import Transaction
from staff.service import proofs
from staff.service.proofs import LoginRefused
from staff.tables import MemberRow, TriesRow


def step_up(*, principal: Principal, actor: Actor, code: str) -> SessionRow:
    """The caller's session, with the authenticator proven in it now.

    Guesses count in the session alone, and the fifth in a row ends it: whoever has stolen it locks nobody
    out. Raises LoginRefused, SessionEnded, SessionNotFound.
    """
    tries, row = f"step_up#{principal.session}", store.get(MemberRow, principal.subject)
    proofs.tell_who_is_tried(principal.subject, row)
    try:
        failures = lockout.take(TriesRow, tries)
    except Locked:
        raise _ended(principal, row) from None
    step = proofs.step(row, code)
    if row is None or step is None:
        if failures >= lockout.FREE:
            raise _ended(principal, row)
        raise LoginRefused("the code is wrong or used")
    taken, once = totp.take(MemberRow, step)
    transaction = Transaction()
    transaction.update((MemberRow, row.staff_id), [taken], once, proofs.overtaken)
    lockout.forgive(transaction, TriesRow, tries)
    sessions.prove(transaction, principal)
    proofs.record(transaction, actor, "staff.stepped_up", row)
    transaction.commit()
    session: SessionRow | None = store.get(SessionRow, row.staff_id, principal.session)
    if session is None:
        raise sessions.SessionNotFound("there is no such session")
    return session


def _ended(principal: Principal, row: MemberRow | None) -> sessions.SessionEnded:
    """End a session in which codes are guessed."""
    trail.end_session(
        subject=principal.subject,
        session_id=principal.session,
        reason="step_up_guessed",
        action=proofs.SESSION_ENDED,
        ownership=row.ownership if row else THE_BANK,
    )
    return sessions.SessionEnded("the code was wrong five times: log in again")
