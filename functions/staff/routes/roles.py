"""Roles, built-in and custom."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from staff import rendering, schemas
from staff.routes.api import READ, WRITE, app
from staff.service import roles


@app.post(
    "/roles",
    act=acts.approved(acts.DOOR),
    scope="roles:write",
    status=201,
    body=schemas.NewRole,
    answer=schemas.RoleAnswer,
    **WRITE,
)
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
    return schemas.RoleList(items=[rendering.role(known) for known in roles.list_roles()])


@app.get(
    "/roles/{role_id}", scope="roles:read", answer=schemas.RoleAnswer, problems=[errors.NotFound], **READ
)
def get_role(call: Call, role_id: str) -> schemas.RoleAnswer:
    """One role."""
    return rendering.role(roles.find(role_id))


@app.patch(
    "/roles/{role_id}",
    act=acts.approved(acts.DOOR),
    scope="roles:write",
    body=schemas.ChangeRole,
    answer=schemas.RoleAnswer,
    **WRITE,
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
