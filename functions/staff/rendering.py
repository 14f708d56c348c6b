"""Rows of the staff room as its API shows them."""

from collections.abc import Collection

from bank import clock
from bank.access import tokens
from bank.access.organisation import UnitRow
from bank.access.sessions import SessionRow
from staff import schemas
from staff.domain.duties import Conflict
from staff.domain.roles import Role
from staff.domain.tree import parent_at
from staff.service.duties import Finding
from staff.service.logins import LoggedIn
from staff.tables import MemberRow


def unit(row: UnitRow, seen: Collection[str], as_of: str | None = None) -> schemas.UnitAnswer:
    """A unit, as it is or where it was; of its parents only those that the caller has `seen`."""
    history = row.history or []
    parent: str | None = row.parent_id
    if as_of:
        parent = parent_at(parent_id=parent, history=history, as_of=as_of)
        history = [place for place in history if place["until"] <= as_of]
    return schemas.UnitAnswer(
        unit_id=row.unit_id,
        parent_id=parent if parent in seen else None,
        name=row.name,
        code=row.code,
        status=schemas.UnitStatus(row.status),
        created_at=clock.parse(row.created_at) if row.created_at else None,
        history=[
            schemas.PlaceAnswer(
                parent_id=place["parent_id"] if place["parent_id"] in seen else None,
                until=clock.parse(place["until"]),
            )
            for place in history
        ],
    )


def role(known: Role) -> schemas.RoleAnswer:
    """A role."""
    return schemas.RoleAnswer(
        role_id=known.role_id,
        name=known.name,
        permissions=sorted(known.permissions),
        built_in=known.built_in,
        retired=known.retired,
    )


def member(row: MemberRow) -> schemas.StaffAnswer:
    """A member of staff, without anything that they log in with."""
    return schemas.StaffAnswer(
        staff_id=row.staff_id,
        login_name=row.login_name,
        display_name=row.display_name,
        unit_id=row.unit_id,
        status=schemas.StaffStatus(row.status),
        status_reason=row.status_reason,
        roles=[
            schemas.GrantAnswer(
                grant_id=grant.grant_id,
                role_id=grant.role_id,
                unit_id=grant.unit_id,
                granted_at=clock.parse(grant.granted_at),
                granted_by=grant.granted_by,
                until=clock.parse(grant.until) if grant.until else None,
            )
            for grant in row.roles
        ],
        created_at=clock.parse(row.created_at),
    )


def session(row: SessionRow) -> schemas.StaffSessionAnswer:
    """A session, without its tokens."""
    return schemas.StaffSessionAnswer(
        session_id=row.session_id,
        staff_id=row.subject,
        unit_id=row.unit,
        created_at=clock.parse(row.created_at),
        refreshed_at=clock.parse(row.refreshed_at),
        idle_until=clock.parse(row.idle_until),
        expires_at=clock.parse(row.expires_at),
        revoked_at=clock.parse(row.revoked_at),
    )


def logged_in(made: LoggedIn) -> schemas.StaffLoginAnswer:
    """Tokens of a session."""
    return schemas.StaffLoginAnswer(
        staff_id=made.staff_id,
        session_id=made.session_id,
        unit_id=made.unit_id,
        scope=" ".join(made.scopes),
        access_token=made.access_token,
        expires_in=int(tokens.LIFETIME.total_seconds()),
        refresh_token=made.refresh_token,
        device_token=made.device_token,
    )


def conflict(known: Conflict) -> schemas.ConflictAnswer:
    """Two duties that one person may not have."""
    return schemas.ConflictAnswer(one=known.one, other=known.other, why=known.why)


def finding(found: Finding) -> schemas.FindingAnswer:
    """A member in the report of conflicts: no name."""
    return schemas.FindingAnswer(
        staff_id=found.row.staff_id,
        unit_id=found.row.unit_id,
        roles=sorted({each.role_id for each in found.row.roles}),
        conflicts=[conflict(each) for each in found.conflicts],
    )
