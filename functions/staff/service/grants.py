"""Roles of members of staff: given for a unit, and taken away."""

from dataclasses import asdict
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from bank import clock, errors, ids
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.control.audit import Actor
from bank.observability import metrics
from bank.store import Transaction
from staff.domain.roles import BREAK_GLASS, Grant, Role
from staff.service import changes, roles, units
from staff.service.changes import StaffState
from staff.service.reading import StaffNotFound
from staff.tables import ROLES, CustomRoleRow, MemberRow

MOST_GRANTS = 20
# From one breaking of the glass to the next by the same person: approvals in hand are no way to go on.
GLASS_MENDS = timedelta(hours=24)


class GlassBroken(errors.Conflict):
    """409: they broke the glass within a day, whether what it gave them still stands or not."""

    code, title = "glass_broken", "Glass broken"


def grant(
    *, principal: Principal, actor: Actor, staff_id: str, role_id: str, unit_id: str, reason: str
) -> MemberRow:
    """Give a role for a unit and all below it, both within what the granter sees and holds."""
    units.find(principal=principal, unit_id=unit_id)
    role = roles.find(role_id)
    roles.require_within(role, principal)
    # What a role holds never changes: it weighs as much when it is given.
    roles.weigh([role])

    def granted(row: MemberRow, transaction: Transaction) -> list[Action]:
        given = row.roles
        _require_current(transaction, role)
        changes.require(len(given) < MOST_GRANTS, "nobody has that many roles")
        changes.require(
            (role_id, unit_id) not in [(each.role_id, each.unit_id) for each in given], "they have it"
        )
        roles.require_apart([role, *roles.held_by(row)])
        made = Grant(ids.new("grt"), role_id, unit_id, clock.instant(), principal.subject)
        row.grants = [*(row.grants or ()), asdict(made)]
        return [MemberRow.grants.set(row.grants)]

    return changes.changed(principal, actor, staff_id, granted, "staff.role_granted", reason)


def _require_current(transaction: Transaction, role: Role) -> None:
    """Let nothing happen once the role is retired."""
    changes.require(not role.retired, "the role is retired")
    if not role.built_in:
        where = (CustomRoleRow, ROLES, role.role_id)
        stands = CustomRoleRow.retired == role.retired
        transaction.check(where, stands, lambda _: StaffState("the role is retired"))


def revoke(*, principal: Principal, actor: Actor, staff_id: str, grant_id: str, reason: str) -> MemberRow:
    """Take a role away again; only who could give it can take it."""

    def taken(row: MemberRow, transaction: Transaction) -> list[Action]:
        found = next((each for each in row.roles if each.grant_id == grant_id), None)
        if found is None or not organisation.contains(principal.unit, found.unit_id):
            raise StaffNotFound("there is no such role of theirs")
        roles.require_within(roles.find_given(found.role_id), principal)
        row.grants = [each for each in row.grants or () if each["grant_id"] != grant_id]
        return [MemberRow.grants.set(row.grants)]

    return changes.changed(principal, actor, staff_id, taken, "staff.role_revoked", reason)


def break_glass(*, principal: Principal, actor: Actor, hours: int, reason: str) -> MemberRow:
    """Give the caller all permissions for some hours, in an emergency that others have agreed is one.

    Their sessions end: the next login has it. An alarm goes off. Raises GlassBroken within `GLASS_MENDS` of
    the last time.
    """
    principal.require_head_office()
    now = clock.now()
    until = clock.instant(now + timedelta(hours=hours))

    def broken(row: MemberRow, transaction: Transaction) -> list[Action]:
        standing = [asdict(each) for each in row.roles]
        _require_mended(row, now)
        changes.require(len(standing) < MOST_GRANTS, "nobody has that many roles")
        made = Grant(
            ids.new("grt"), BREAK_GLASS, HEAD_OFFICE, clock.instant(now), principal.subject, until=until
        )
        row.grants, row.glass_broken_at = [*standing, asdict(made)], clock.instant(now)
        return [MemberRow.grants.set(row.grants), MemberRow.glass_broken_at.set(row.glass_broken_at)]

    read = changes.reader(principal, principal.subject, own=True)
    row = changes.written(actor, read, broken, "staff.glass_broken", reason)
    metrics.add_metric(name="GlassBroken", unit="Count", value=1)
    metrics.flush_metrics()
    return row


def _require_mended(row: MemberRow, now: datetime) -> None:
    """Raise GlassBroken where they broke it lately; the write's condition on the row holds it so."""
    given = [each["granted_at"] for each in row.grants or () if each["role_id"] == BREAK_GLASS]
    last = max([*given, row.glass_broken_at or ""])
    if last and now < clock.parse(last) + GLASS_MENDS:
        again = clock.instant(clock.parse(last) + GLASS_MENDS)
        raise GlassBroken(f"they broke the glass at {last}: again from {again} on")
