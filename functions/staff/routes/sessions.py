"""Enrolment, logins and the sessions they make."""

from bank import errors
from bank.access import acts
from bank.access.principal import Kind
from bank.access.sessions import SessionEnded
from bank.control import audit
from bank.credentials import totp
from bank.credentials.refresh import RefreshRefused
from bank.http import Call
from staff import rendering, schemas
from staff.routes.api import READ, WRITE, app
from staff.service import enrolment, logins, sessions, step_up
from staff.service.proofs import LoginRefused


@app.post(
    "/staff-enrolments",
    act=acts.DOOR,
    scope=None,
    status=201,
    body=schemas.Enrolment,
    answer=schemas.EnrolledAnswer,
    problems=[LoginRefused],
)
def enrol_staff(call: Call, body: schemas.Enrolment) -> schemas.EnrolledAnswer:
    """Choose a password and get an authenticator's secret; the first login with both makes them count."""
    row, secret = enrolment.enrol(
        login=body.login,
        initial_password=body.initial_password.get_secret_value(),
        new_password=body.new_password.get_secret_value(),
        origin=audit.actor(call),
    )
    uri = totp.uri(secret, name=row.login_name)
    return schemas.EnrolledAnswer(staff_id=row.staff_id, totp_secret=secret, totp_uri=uri)


@app.post(
    "/staff-sessions",
    act=acts.DOOR,
    scope=None,
    status=201,
    body=schemas.NewStaffSession,
    answer=schemas.StaffLoginAnswer,
    problems=[LoginRefused, logins.EnrolmentRequired, errors.Conflict],
)
def log_in_staff(call: Call, body: schemas.NewStaffSession) -> schemas.StaffLoginAnswer:
    """Log in with password and code, and the device's token where it has one: failures count by source."""
    made = logins.log_in(
        login=body.login,
        password=body.password.get_secret_value(),
        code=body.code,
        device_token=body.device_token.get_secret_value() if body.device_token else None,
        unit_id=body.unit_id,
        origin=audit.actor(call),
    )
    return rendering.logged_in(made)


@app.post(
    "/staff-sessions/refresh",
    act=acts.Act(
        acts.Effect.DOOR,
        trace=acts.Trace.NONE,
        why="goes on with a session whose login has its entry; a token used twice ends it, with an entry",
    ),
    scope=None,
    status=201,
    body=schemas.Renewal,
    answer=schemas.StaffLoginAnswer,
    problems=[RefreshRefused],
)
def refresh_staff_session(call: Call, body: schemas.Renewal) -> schemas.StaffLoginAnswer:
    """The next tokens. A refresh token is good once: a second use of it ends the session."""
    made = logins.renew(refresh_token=body.refresh_token.get_secret_value())
    return rendering.logged_in(made)


@app.post(
    "/staff-sessions/step-up",
    act=acts.RECORD,
    scope="staff-sessions:write",
    body=schemas.StepUp,
    answer=schemas.StaffSessionAnswer,
    problems=[LoginRefused, SessionEnded, errors.NotFound],
    callers=(Kind.STAFF,),
)
def step_up_staff_session(call: Call, body: schemas.StepUp) -> schemas.StaffSessionAnswer:
    """Prove the authenticator again, for what needs a fresh factor; the fifth wrong code ends the session."""
    row = step_up.step_up(principal=call.principal, actor=audit.actor(call), code=body.code)
    return rendering.session(row)


@app.get(
    "/staff-sessions",
    scope="staff-sessions:read",
    query=schemas.StaffSessionsQuery,
    answer=schemas.StaffSessionList,
    problems=[errors.NotFound],
    **READ,
)
def list_staff_sessions(call: Call, query: schemas.StaffSessionsQuery) -> schemas.StaffSessionList:
    """One's own live sessions; with `staff:read` those of the data scope's members."""
    rows = sessions.list_sessions(principal=call.principal, staff_id=query.staff_id)
    return schemas.StaffSessionList(items=[rendering.session(row) for row in rows])


@app.post(
    "/staff-sessions/{session_id}/revocation",
    act=acts.RECORD,
    scope="staff-sessions:write",
    body=schemas.EndStaffSession,
    answer=schemas.StaffSessionAnswer,
    **WRITE,
)
def revoke_staff_session(
    call: Call, session_id: str, body: schemas.EndStaffSession
) -> schemas.StaffSessionAnswer:
    """End a session at once, whatever tokens of it are still about; others' with `staff:write`."""
    row = sessions.end(
        principal=call.principal,
        actor=audit.actor(call),
        session_id=session_id,
        staff_id=body.staff_id,
        reason=body.reason,
    )
    return rendering.session(row)
