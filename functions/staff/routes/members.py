"""Members of staff, and the roles they are given."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from staff import rendering, schemas
from staff.routes.api import READ, WRITE, app
from staff.service import grants, members, reading


@app.post(
    "/staff",
    act=acts.approved(acts.DOOR),
    scope="staff:write",
    status=201,
    body=schemas.NewStaff,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def enter_staff(call: Call, body: schemas.NewStaff) -> schemas.StaffAnswer:
    """Enter a member of staff; the enrolment secret goes to their phone alone. For the head office."""
    row = members.enter(
        principal=call.principal,
        actor=audit.actor(call),
        login_name=body.login_name,
        display_name=body.display_name,
        unit_id=body.unit_id,
        phone=body.phone,
    )
    return rendering.member(row)


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
    rows, last = reading.list_members(
        principal=call.principal,
        unit_id=query.unit_id or call.principal.unit,
        after=query.after,
        limit=query.limit,
    )
    return schemas.StaffPage(
        items=[rendering.member(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/staff/{staff_id}", scope="staff:read", answer=schemas.StaffAnswer, problems=[errors.NotFound], **READ
)
def get_staff(call: Call, staff_id: str) -> schemas.StaffAnswer:
    """One member of staff, with their roles."""
    return rendering.member(reading.find(principal=call.principal, staff_id=staff_id))


@app.patch(
    "/staff/{staff_id}",
    act=acts.approved(acts.DOOR),
    scope="staff:write",
    body=schemas.ChangeStaff,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def change_staff(call: Call, staff_id: str, body: schemas.ChangeStaff) -> schemas.StaffAnswer:
    """Correct a name, or move somebody or give another phone, which end their sessions. For the head office.

    The phone that they had is told of the other one.
    """
    row = members.change(
        principal=call.principal,
        actor=audit.actor(call),
        staff_id=staff_id,
        display_name=body.display_name,
        unit_id=body.unit_id,
        phone=body.phone,
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/suspension",
    act=acts.SHUT,
    scope="staff:write",
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def suspend_staff(call: Call, staff_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Let somebody in no more and end their sessions at once. For the head office."""
    row = members.suspend(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/reinstatement",
    act=acts.approved(acts.DOOR),
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
    act=acts.approved(acts.DOOR),
    scope="staff:write",
    status=201,
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def reset_credentials(call: Call, staff_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Take password and authenticator away; the new enrolment secret goes to their phone alone."""
    row = members.reset(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/invitations",
    act=acts.alone(acts.DOOR, "goes to the phone that two have agreed on"),
    scope="staff:write",
    status=201,
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def invite_again(call: Call, staff_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Send who has not enrolled yet another enrolment secret, to their phone: the first was lost."""
    row = members.invite_again(
        principal=call.principal, actor=audit.actor(call), staff_id=staff_id, reason=body.reason
    )
    return rendering.member(row)


@app.post(
    "/staff/{staff_id}/roles",
    act=acts.approved(acts.DOOR),
    scope="staff:write",
    status=201,
    body=schemas.NewGrant,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def grant_role(call: Call, staff_id: str, body: schemas.NewGrant) -> schemas.StaffAnswer:
    """Give a role for a unit, both within the data scope and the permissions of who gives it."""
    row = grants.grant(
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
    act=acts.SHUT,
    scope="staff:write",
    body=schemas.Why,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def revoke_role(call: Call, staff_id: str, grant_id: str, body: schemas.Why) -> schemas.StaffAnswer:
    """Take a role away, which ends the sessions of who had it."""
    row = grants.revoke(
        principal=call.principal,
        actor=audit.actor(call),
        staff_id=staff_id,
        grant_id=grant_id,
        reason=body.reason,
    )
    return rendering.member(row)


@app.post(
    "/break-glass",
    act=acts.approved(acts.DOOR),
    scope="approvals:write",
    status=201,
    body=schemas.BrokenGlass,
    answer=schemas.StaffAnswer,
    **WRITE,
)
def break_glass(call: Call, body: schemas.BrokenGlass) -> schemas.StaffAnswer:
    """In an emergency: all permissions for some hours, for the caller's next login. For the head office.

    An alarm goes off. Whatever takes two persons still does.
    """
    row = grants.break_glass(
        principal=call.principal, actor=audit.actor(call), hours=body.hours, reason=body.reason
    )
    return rendering.member(row)
