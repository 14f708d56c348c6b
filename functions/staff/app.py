"""The staff room at the edge: the organisation, roles, members of staff, logins; the outbox of its tables."""

from typing import Any

from bank import clock, errors, store
from bank.access import organisation
from bank.access.principal import Kind
from bank.control import audit
from bank.credentials import totp
from bank.credentials.refresh import RefreshRefused
from bank.events import envelope_for_change, images, publish
from bank.http import Answer, Api, Call
from bank.observability import logger
from staff import events, rendering, schemas
from staff.service import logins, members, roles, units

app = Api("staff")

# Staff alone, whatever a channel's client may have been given.
READ: dict[str, Any] = {"callers": (Kind.STAFF,)}
WRITE: dict[str, Any] = {"callers": (Kind.STAFF,), "problems": [errors.NotFound, errors.Conflict]}
# RFC 6749, section 5.1.
NOT_KEPT = {"Cache-Control": "no-store"}


# The organisation ---------------------------------------------------------------------------------


@app.post("/units", scope="units:write", status=201, body=schemas.NewUnit, answer=schemas.UnitAnswer, **WRITE)
def add_unit(call: Call, body: schemas.NewUnit) -> schemas.UnitAnswer:
    """Add a unit below another one. For the head office."""
    row = units.add(
        principal=call.principal,
        actor=audit.actor(call),
        name=body.name,
        code=body.code,
        parent_id=body.parent_id,
    )
    return rendering.unit(row, {body.parent_id})


@app.get("/units", scope="units:read", query=schemas.UnitsQuery, answer=schemas.UnitPage, **READ)
def list_units(call: Call, query: schemas.UnitsQuery) -> schemas.UnitPage:
    """The caller's unit and all below it, each with its parent as it is, or as it was `as_of` an instant."""
    as_of = clock.instant(query.as_of) if query.as_of else None
    page = units.subtree(principal=call.principal, as_of=as_of, after=query.after, limit=query.limit)
    return schemas.UnitPage(
        items=[rendering.unit(row, page.seen, as_of) for row in page.units],
        next_cursor=store.encode_cursor(page.last) if page.last else None,
    )


@app.get(
    "/units/{unit_id}", scope="units:read", answer=schemas.UnitAnswer, problems=[errors.NotFound], **READ
)
def get_unit(call: Call, unit_id: str) -> schemas.UnitAnswer:
    """One unit, with where it was before."""
    return _unit(call, units.find(principal=call.principal, unit_id=unit_id))


@app.patch(
    "/units/{unit_id}", scope="units:write", body=schemas.ChangeUnit, answer=schemas.UnitAnswer, **WRITE
)
def change_unit(call: Call, unit_id: str, body: schemas.ChangeUnit) -> schemas.UnitAnswer:
    """Rename a unit, close it or open it again. For the head office."""
    row = units.change(
        principal=call.principal,
        actor=audit.actor(call),
        unit_id=unit_id,
        name=body.name,
        status=body.status,
    )
    return _unit(call, row)


@app.post(
    "/units/{unit_id}/moves",
    scope="units:write",
    status=201,
    body=schemas.NewMove,
    answer=schemas.UnitAnswer,
    **WRITE,
)
def move_unit(call: Call, unit_id: str, body: schemas.NewMove) -> schemas.UnitAnswer:
    """Put a unit, with all below it, below another one. For the head office."""
    row = units.move(
        principal=call.principal,
        actor=audit.actor(call),
        unit_id=unit_id,
        parent_id=body.parent_id,
        reason=body.reason,
    )
    return _unit(call, row)


# Roles --------------------------------------------------------------------------------------------


@app.post("/roles", scope="roles:write", status=201, body=schemas.NewRole, answer=schemas.RoleAnswer, **WRITE)
def make_role(call: Call, body: schemas.NewRole) -> schemas.RoleAnswer:
    """Make a role of permissions that the maker holds. For the head office."""
    made = roles.make(
        principal=call.principal,
        actor=audit.actor(call),
        name=body.name,
        permissions=body.permissions,
    )
    return rendering.role(made)


@app.get("/roles", scope="roles:read", answer=schemas.RoleList, **READ)
def list_roles(call: Call) -> schemas.RoleList:
    """All roles, the built-in ones first."""
    return schemas.RoleList(items=[rendering.role(known) for known in roles.all_of_them()])


@app.get(
    "/roles/{role_id}", scope="roles:read", answer=schemas.RoleAnswer, problems=[errors.NotFound], **READ
)
def get_role(call: Call, role_id: str) -> schemas.RoleAnswer:
    """One role."""
    return rendering.role(roles.find(role_id))


@app.patch(
    "/roles/{role_id}", scope="roles:write", body=schemas.ChangeRole, answer=schemas.RoleAnswer, **WRITE
)
def change_role(call: Call, role_id: str, body: schemas.ChangeRole) -> schemas.RoleAnswer:
    """Rename a custom role, or retire it: nobody is given it any more. For the head office."""
    changed = roles.change(
        principal=call.principal,
        actor=audit.actor(call),
        role_id=role_id,
        name=body.name,
        retired=body.retired,
    )
    return rendering.role(changed)


# Staff --------------------------------------------------------------------------------------------


@app.post(
    "/staff", scope="staff:write", status=201, body=schemas.NewStaff, answer=schemas.InvitedAnswer, **WRITE
)
def enter_staff(call: Call, body: schemas.NewStaff) -> Answer:
    """Enter a member of staff; the initial password is in this answer alone. For the head office."""
    row, initial = members.enter(
        principal=call.principal,
        actor=audit.actor(call),
        login_name=body.login_name,
        display_name=body.display_name,
        unit_id=body.unit_id,
    )
    return Answer(rendering.invited(row, initial), headers=NOT_KEPT)


@app.get(
    "/staff",
    scope="staff:read",
    query=schemas.StaffQuery,
    answer=schemas.StaffPage,
    problems=[errors.NotFound],
    **READ,
)
def list_staff(call: Call, query: schemas.StaffQuery) -> schemas.StaffPage:
    """The members of one unit of the data scope."""
    rows, last = members.of_unit(
        principal=call.principal,
        unit_id=query.unit_id or call.principal.unit,
        after=query.after,
        limit=query.limit,
    )
    return schemas.StaffPage(
        items=[rendering.member(row) for row in rows],
        next_cursor=store.encode_cursor(last) if last else None,
    )


@app.get(
    "/staff/{staff_id}", scope="staff:read", answer=schemas.StaffAnswer, problems=[errors.NotFound], **READ
)
def get_staff(call: Call, staff_id: str) -> schemas.StaffAnswer:
    """One member of staff, with their roles."""
    return rendering.member(members.find(principal=call.principal, staff_id=staff_id))


@app.patch(
    "/staff/{staff_id}", scope="staff:write", body=schemas.ChangeStaff, answer=schemas.StaffAnswer, **WRITE
)
def change_staff(call: Call, staff_id: str, body: schemas.ChangeStaff) -> schemas.StaffAnswer:
    """Correct a name, or move somebody to another unit, which ends their sessions. For the head office."""
    row = members.change(
        principal=call.principal,
        actor=audit.actor(call),
        staff_id=staff_id,
        display_name=body.display_name,
        unit_id=body.unit_id,
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/suspension", scope="staff:write", body=schemas.Why, answer=schemas.StaffAnswer, **WRITE
)
def suspend_staff(call: Call, staff_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Let somebody in no more and end their sessions at once. For the head office."""
    row = members.suspend(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/reinstatement",
    scope="staff:write",
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def reinstate_staff(call: Call, staff_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Let somebody in again, as they were. For the head office."""
    row = members.reinstate(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/credential-resets",
    scope="staff:write",
    status=201,
    body=schemas.Why,
    answer=schemas.InvitedAnswer,
    **WRITE,
)
def reset_credentials(call: Call, staff_id: str, body: schemas.Why) -> Answer:
    """Take password and authenticator away; the new initial password is in this answer alone."""
    row, initial = members.reset(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return Answer(rendering.invited(row, initial), headers=NOT_KEPT)


@app.post(
    "/staff/{staff_id}/roles",
    scope="staff:write",
    status=201,
    body=schemas.NewGrant,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def grant_role(call: Call, staff_id: str, body: schemas.NewGrant) -> schemas.StaffAnswer:
    """Give a role for a unit, both within the data scope and the permissions of who gives it."""
    row = members.grant(
        principal=call.principal,
        actor=audit.actor(call),
        staff_id=staff_id,
        role_id=body.role_id,
        unit_id=body.unit_id,
        reason=body.reason,
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/roles/{grant_id}/revocation",
    scope="staff:write",
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def revoke_role(call: Call, staff_id: str, grant_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Take a role away, which ends the sessions of who had it."""
    row = members.ungrant(
        principal=call.principal,
        actor=audit.actor(call),
        staff_id=staff_id,
        grant_id=grant_id,
        reason=body.reason,
    )
    return rendering.member(row)


# Logging in ---------------------------------------------------------------------------------------


@app.post(
    "/staff-enrolments",
    scope=None,
    status=201,
    body=schemas.Enrolment,
    answer=schemas.EnrolledAnswer,
    problems=[logins.LoginRefused],
)
def enrol_staff(call: Call, body: schemas.Enrolment) -> Answer:
    """Choose a password and get an authenticator's secret; the first login with both makes them count."""
    row, secret = logins.enrol(
        login=body.login,
        initial_password=body.initial_password.get_secret_value(),
        new_password=body.new_password.get_secret_value(),
        origin=audit.actor(call),
    )
    uri = totp.uri(secret, name=row.login_name)
    answer = schemas.EnrolledAnswer(staff_id=row.staff_id, totp_secret=secret, totp_uri=uri)
    return Answer(answer, headers=NOT_KEPT)


@app.post(
    "/staff-sessions",
    scope=None,
    status=201,
    body=schemas.NewStaffSession,
    answer=schemas.StaffLoginAnswer,
    problems=[logins.LoginRefused, logins.EnrolmentRequired, errors.Conflict],
)
def log_in_staff(call: Call, body: schemas.NewStaffSession) -> Answer:
    """Log in with password and code. After five failures each further try has to wait, ever longer."""
    made = logins.log_in(
        login=body.login,
        password=body.password.get_secret_value(),
        code=body.code,
        unit_id=body.unit_id,
        origin=audit.actor(call),
    )
    return Answer(rendering.logged_in(made), headers=NOT_KEPT)


@app.post(
    "/staff-sessions/refresh",
    scope=None,
    status=201,
    body=schemas.Renewal,
    answer=schemas.StaffLoginAnswer,
    problems=[RefreshRefused],
)
def refresh_staff_session(call: Call, body: schemas.Renewal) -> Answer:
    """The next tokens. A refresh token is good once: a second use of it ends the session."""
    made = logins.renew(refresh_token=body.refresh_token.get_secret_value())
    return Answer(rendering.logged_in(made), headers=NOT_KEPT)


@app.get(
    "/staff-sessions",
    scope="staff-sessions:read",
    query=schemas.StaffSessionsQuery,
    answer=schemas.StaffSessionList,
    problems=[errors.NotFound],
    **READ,
)
def list_staff_sessions(call: Call, query: schemas.StaffSessionsQuery) -> schemas.StaffSessionList:
    """One's own live sessions; for the head office, anybody's."""
    rows = logins.list_sessions(principal=call.principal, staff_id=query.staff_id)
    return schemas.StaffSessionList(items=[rendering.session(row) for row in rows])


@app.post(
    "/staff-sessions/{session_id}/revocation",
    scope="staff-sessions:write",
    body=schemas.EndStaffSession,
    answer=schemas.StaffSessionAnswer,
    **WRITE,
)
def revoke_staff_session(
    call: Call, session_id: str, body: schemas.EndStaffSession
) -> schemas.StaffSessionAnswer:
    """End a session at once, whatever tokens of it are still about."""
    row = logins.end_session(
        principal=call.principal,
        actor=audit.actor(call),
        session_id=session_id,
        staff_id=body.staff_id,
        reason=body.reason,
    )
    return rendering.session(row)


# Events -------------------------------------------------------------------------------------------


def on_units(event: dict[str, Any], context: Any) -> None:
    """The organisation's stream: tell what changed."""
    _tell(event, events.of_tree_change)


def on_staff(event: dict[str, Any], context: Any) -> None:
    """The members' stream: tell what changed."""
    _tell(event, events.of_member_change)


def _tell(event: dict[str, Any], of_change: Any) -> None:
    domain_events = [(record, each) for record in event["Records"] for each in of_change(*images(record))]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in domain_events)
    logger.info("published", events=len(domain_events))


def _unit(call: Call, row: organisation.UnitRow) -> schemas.UnitAnswer:
    seen = {unit_id for unit_id in _parents_of(row) if organisation.contains(call.principal.unit, unit_id)}
    return rendering.unit(row, seen)


def _parents_of(row: organisation.UnitRow) -> set[str]:
    former = {place["parent_id"] for place in row.history or ()}
    return {unit_id for unit_id in (row.parent_id, *former) if unit_id}
