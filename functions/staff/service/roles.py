"""Roles: those that are built in, and those that the head office makes of its own permissions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bank import clock, errors, ids, store
from bank.access.principal import THE_BANK, Principal
from bank.access.scopes import SCOPES
from bank.control import audit, gate
from bank.control.audit import Actor
from bank.store import Transaction
from staff.domain import duties
from staff.domain import roles as rules
from staff.domain.roles import Role
from staff.tables import ROLES, CustomRoleRow, MemberRow


class RoleNotFound(errors.NotFound):
    """404: there is no such role."""

    code, title = "role_not_found", "Role not found"


class BuiltIn(errors.Conflict):
    """409: a built-in role stays as it is."""

    code, title = "built_in_role", "Built-in role"


class DutiesConflict(errors.Conflict):
    """409: one person would have duties that are kept apart."""

    code, title = "duties_conflict", "Duties conflict"


class BeyondOwn(errors.Forbidden):
    """403: nobody makes, gives or takes a role that holds more than they do, or decides on who has one."""

    code, title = "beyond_own_permissions", "Beyond own permissions"


def list_roles() -> list[Role]:
    """The built-in roles, then the custom ones. One query: a bank has some dozens."""
    custom = [row.to_domain() for row in store.query(CustomRoleRow, ROLES)]
    return [*rules.built_in(SCOPES).values(), *custom]


def of_ids(role_ids: list[str]) -> dict[str, Role]:
    """Those of these roles that there are. One round trip, none where all are built in."""
    known = rules.built_in(SCOPES) | {rules.BREAK_GLASS: rules.break_glass(SCOPES)}
    asked = [(CustomRoleRow, ROLES, role_id) for role_id in role_ids if role_id not in known]
    rows = store.get_many(asked) if asked else []
    found = {role_id: known[role_id] for role_id in role_ids if role_id in known}
    return found | {row.role_id: row.to_domain() for row in rows if row}


def find(role_id: str) -> Role:
    """One role. Raises RoleNotFound."""
    found = of_ids([role_id]).get(role_id)
    if found is None or role_id == rules.BREAK_GLASS:
        raise RoleNotFound("there is no such role")
    return found


def require_within(role: Role, principal: Principal) -> None:
    """Raise BeyondOwn unless the caller holds all that the role does."""
    lacking = rules.beyond(role, principal.scopes)
    if lacking:
        raise BeyondOwn(f"you do not hold {', '.join(lacking)}")


def require_holds(row: MemberRow, principal: Principal) -> None:
    """Raise BeyondOwn unless the caller holds all that this member does."""
    for role in held_by(row):
        require_within(role, principal)


def find_given(role_id: str) -> Role:
    """The role of a grant, that of an emergency too. Raises RoleNotFound."""
    return of_ids([role_id]).get(role_id) or find(role_id)


def held_by(row: MemberRow) -> list[Role]:
    """The roles of a member."""
    return list(of_ids([grant.role_id for grant in row.roles]).values())


def require_apart(roles: Iterable[Role]) -> None:
    """Raise DutiesConflict where who has these roles would have duties that conflict."""
    held = {permission for role in roles for permission in role.permissions}
    found = duties.conflicts(held)
    if found:
        said = "; ".join(f"{each.one} and {each.other}: {each.why}" for each in found)
        raise DutiesConflict(f"one person does not do both: {said}")


def weigh(roles: Iterable[Role]) -> None:
    """Have two others approve the act at hand, where one of the roles that it is about is privileged."""
    if rules.privileged(roles):
        gate.twice()


def make(*, principal: Principal, actor: Actor, name: str, permissions: list[str]) -> Role:
    """Make a role of permissions that its maker holds."""
    principal.require_head_office()
    unknown = sorted(set(permissions) - rules.assignable(SCOPES))
    if unknown:
        message = f"no role can hold {', '.join(unknown)}"
        raise errors.Invalid(message, errors=[{"field": "permissions", "message": message}])
    row = CustomRoleRow(
        role_id=ids.new("rol"),
        name=name,
        permissions=set(permissions),
        created_at=clock.instant(),
        created_by=principal.subject,
    )
    role = row.to_domain()
    require_within(role, principal)
    require_apart([role])
    weigh([role])
    transaction = Transaction()
    transaction.create(row)
    after = {"name": name, "permissions": sorted(set(permissions))}
    _record(transaction, actor, "staff.role_made", row.role_id, None, after)
    transaction.commit()
    return row.to_domain()


def change(
    *, principal: Principal, actor: Actor, role_id: str, name: str | None, retired: bool | None
) -> Role:
    """Rename a role, or retire it: it is given to nobody any more, and those who have it keep it."""
    principal.require_head_office()

    def write() -> Role:
        role = find(role_id)
        if role.built_in:
            raise BuiltIn("a built-in role stays as it is")
        require_within(role, principal)
        weigh([role])
        new_name, ended = name or role.name, role.retired if retired is None else retired
        transaction = Transaction()
        transaction.update(
            (CustomRoleRow, ROLES, role_id),
            [CustomRoleRow.name.set(new_name), CustomRoleRow.retired.set(ended)],
            (CustomRoleRow.name == role.name) & (CustomRoleRow.retired == role.retired),
            store.stale,
        )
        before, after = {"name": role.name, "retired": role.retired}, {"name": new_name, "retired": ended}
        _record(transaction, actor, "staff.role_changed", role_id, before, after)
        transaction.commit()
        return replace(role, name=new_name, retired=ended)

    return store.retry_on_conflict(write)


def _record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    role_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=role_id,
        ownership=THE_BANK,
        before=before,
        after=after,
    )
