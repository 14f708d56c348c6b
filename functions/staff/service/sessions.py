"""Sessions of staff: listed and ended."""

from bank import clock, store
from bank.access import sessions
from bank.access.principal import Kind, Ownership, Principal
from bank.access.sessions import SessionNotFound, SessionRow
from bank.control import audit
from bank.control.audit import Actor
from bank.store import Transaction
from staff.service import reading, roles
from staff.tables import MemberRow


def list_sessions(*, principal: Principal, staff_id: str | None) -> list[SessionRow]:
    """The caller's live sessions, newest first; with `staff:read` those of who is in the data scope."""
    if staff_id and staff_id != principal.subject:
        _find(principal, staff_id, "staff:read")
    return sessions.live_of(staff_id or principal.subject)


def end(
    *, principal: Principal, actor: Actor, session_id: str, staff_id: str | None, reason: str
) -> SessionRow:
    """End a session of one's own, or with `staff:write` that of who holds no more. Its next call is a 401.

    Raises StaffNotFound, SessionNotFound, Forbidden, BeyondOwn.
    """
    person = staff_id or principal.subject
    if person != principal.subject:
        roles.require_holds(_find(principal, person, "staff:write"), principal)
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


def _find(principal: Principal, staff_id: str, permission: str) -> MemberRow:
    """Another member of the caller's data scope, for who has the permission to look after them."""
    row = reading.find(principal=principal, staff_id=staff_id)
    principal.require(permission)
    return row
