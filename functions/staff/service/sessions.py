"""Sessions of staff: listed and ended."""

from bank import clock, store
from bank.access import sessions
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Ownership, Principal
from bank.access.sessions import SessionNotFound, SessionRow
from bank.control import audit
from bank.control.audit import Actor
from bank.store import Transaction
from staff.service.reading import StaffNotFound


def list_sessions(*, principal: Principal, staff_id: str | None) -> list[SessionRow]:
    """The caller's live sessions, newest first; for the head office, anybody's."""
    return sessions.live_of(_person(principal, staff_id))


def end(
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
