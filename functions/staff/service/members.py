"""Members of staff: entered and kept by the head office, listed by unit, suspended, reinstated, given roles.

Whatever takes something from somebody ends their sessions in the same transaction. That transaction is
conditioned on the version of the member's row, which a login raises too: no login slips in between.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ids, store
from bank.access import organisation, sessions
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.credentials import passwords
from bank.store import Transaction
from staff.domain.roles import Grant
from staff.service import roles, units
from staff.service.units import UnitNotFound, require_head_office
from staff.tables import ACTIVE, INVITED, SUSPENDED, LoginNameRow, MemberRow

INITIAL_KEPT = timedelta(days=7)
INITIAL_BYTES = 16
MOST_GRANTS = 20


class StaffNotFound(errors.NotFound):
    """404: no such member of staff, or not one that the caller may see."""

    code, title = "staff_not_found", "Staff not found"


class LoginNameTaken(errors.Conflict):
    """409: somebody has this login name."""

    code, title = "login_name_taken", "Login name taken"


class AdministratorExists(errors.Conflict):
    """409: the first administrator has been entered; others are entered by administrators."""

    code, title = "administrator_exists", "Administrator exists"


class StaffState(errors.Conflict):
    """409: the member's status or roles do not allow this change of them."""

    code, title = "staff_state", "Staff state"


class OwnAccount(errors.Forbidden):
    """403: nobody changes their own roles or status."""

    code, title = "own_account", "Own account"


def enter(
    *, principal: Principal, actor: Actor, login_name: str, display_name: str, unit_id: str
) -> tuple[MemberRow, str]:
    """Enter a new member; the row, and the initial password, which cannot be had again."""
    require_head_office(principal)
    initial, now = secrets.token_urlsafe(INITIAL_BYTES), clock.now()
    row = MemberRow(
        staff_id=ids.new("stf"),
        login_name=login_name,
        display_name=display_name,
        unit_id=unit_id,
        status=INVITED,
        grants=[],
        initial_hash=passwords.hashed(initial),
        initial_until=clock.instant(now + INITIAL_KEPT),
        created_at=clock.instant(now),
    )
    transaction = Transaction()
    taken = LoginNameRow(login_name=login_name, staff_id=row.staff_id)
    transaction.create(taken, lambda _: LoginNameTaken("somebody has this login name"))
    transaction.create(row)
    _require_open_unit(transaction, unit_id)
    _record(transaction, actor, "staff.entered", row, None, {"unit_id": unit_id})
    transaction.commit()
    return row, initial


def find(*, principal: Principal, staff_id: str) -> MemberRow:
    """A member of the caller's data scope. Raises StaffNotFound."""
    row = store.get(MemberRow, staff_id)
    missing = StaffNotFound("there is no such member of staff")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def of_unit(
    *, principal: Principal, unit_id: str, after: str | None, limit: int
) -> tuple[list[MemberRow], str | None]:
    """The members of one unit of the data scope, by id; the last id where there are more."""
    if not organisation.contains(principal.unit, unit_id):
        raise UnitNotFound("there is no such unit")
    beyond = MemberRow.staff_id > after if after else None
    found = MemberRow.by_unit.query(unit_id, beyond, limit=limit + 1, page_size=limit + 1)
    staff_ids = [each.staff_id for each in found]
    rows = store.get_many([(MemberRow, staff_id) for staff_id in staff_ids[:limit]]) if staff_ids else []
    return [row for row in rows if row], staff_ids[limit - 1] if len(staff_ids) > limit else None


def change(
    *, principal: Principal, actor: Actor, staff_id: str, display_name: str | None, unit_id: str | None
) -> MemberRow:
    """Correct a name, or move somebody to another unit, which ends their sessions. Roles stay."""
    require_head_office(principal)

    def moved(row: MemberRow, transaction: Transaction) -> list[Action]:
        if unit_id and unit_id != row.unit_id:
            _require_open_unit(transaction, unit_id)
        row.display_name, row.unit_id = display_name or row.display_name, unit_id or row.unit_id
        return [MemberRow.display_name.set(row.display_name), MemberRow.unit_id.set(row.unit_id)]

    return _changed(principal, actor, staff_id, moved, "staff.member_changed", None, own=unit_id is None)


def suspend(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Let somebody in no more; their sessions end at once."""
    require_head_office(principal)

    def suspended(row: MemberRow, transaction: Transaction) -> list[Action]:
        _require(row.status != SUSPENDED, "the member is suspended already")
        row.status, row.status_reason = SUSPENDED, reason
        return [MemberRow.status.set(SUSPENDED), MemberRow.status_reason.set(reason)]

    return _changed(principal, actor, staff_id, suspended, "staff.suspended", reason)


def reinstate(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Let somebody in again, as they were; who had not enrolled yet has to."""
    require_head_office(principal)

    def reinstated(row: MemberRow, transaction: Transaction) -> list[Action]:
        _require(row.status == SUSPENDED, "the member is not suspended")
        row.status, row.status_reason = ACTIVE if row.password_hash else INVITED, reason
        return [MemberRow.status.set(row.status), MemberRow.status_reason.set(reason)]

    return _changed(principal, actor, staff_id, reinstated, "staff.reinstated", reason)


def reset(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> tuple[MemberRow, str]:
    """Take password and authenticator away; a new initial password, with which they enrol again."""
    require_head_office(principal)
    return reset_by(actor=actor, read=_reader(principal, staff_id), reason=reason)


def reset_by(*, actor: Actor, read: Callable[[], MemberRow], reason: str) -> tuple[MemberRow, str]:
    """The same for whoever `actor` is; operators do it from the command line."""
    initial = secrets.token_urlsafe(INITIAL_BYTES)
    hashed = passwords.hashed(initial)

    def renewed(row: MemberRow, transaction: Transaction) -> list[Action]:
        _require(row.status != SUSPENDED, "the member is suspended")
        row.status = INVITED
        gone = (
            MemberRow.password_hash,
            MemberRow.totp_secret,
            MemberRow.pending_hash,
            MemberRow.pending_totp,
        )
        return [
            MemberRow.status.set(INVITED),
            MemberRow.initial_hash.set(hashed),
            MemberRow.initial_until.set(clock.instant(clock.now() + INITIAL_KEPT)),
            MemberRow.failures.set(0),
            MemberRow.locked_until.remove(),
            *(each.remove() for each in gone),
        ]

    return _written(actor, read, renewed, "staff.credentials_reset", reason), initial


# Roles of somebody --------------------------------------------------------------------------------


def grant(
    *, principal: Principal, actor: Actor, staff_id: str, role_id: str, unit_id: str, reason: str
) -> MemberRow:
    """Give a role for a unit and all below it, both within what the granter sees and holds."""
    units.find(principal=principal, unit_id=unit_id)
    role = roles.find(role_id)
    roles.require_within(role, principal)

    def granted(row: MemberRow, transaction: Transaction) -> list[Action]:
        given = row.roles
        _require(not role.retired, "the role is retired")
        _require(len(given) < MOST_GRANTS, "nobody has that many roles")
        _require((role_id, unit_id) not in [(each.role_id, each.unit_id) for each in given], "they have it")
        made = Grant(ids.new("grt"), role_id, unit_id, clock.instant(), principal.subject)
        row.grants = [*(row.grants or ()), asdict(made)]
        return [MemberRow.grants.set(row.grants)]

    return _changed(principal, actor, staff_id, granted, "staff.role_granted", reason)


def ungrant(*, principal: Principal, actor: Actor, staff_id: str, grant_id: str, reason: str) -> MemberRow:
    """Take a role away again; only who could give it can take it."""

    def taken(row: MemberRow, transaction: Transaction) -> list[Action]:
        found = next((each for each in row.roles if each.grant_id == grant_id), None)
        if found is None or not organisation.contains(principal.unit, found.unit_id):
            raise StaffNotFound("there is no such role of theirs")
        roles.require_within(roles.find(found.role_id), principal)
        row.grants = [each for each in row.grants or () if each["grant_id"] != grant_id]
        return [MemberRow.grants.set(row.grants)]

    return _changed(principal, actor, staff_id, taken, "staff.role_revoked", reason)


# What all of these do -----------------------------------------------------------------------------

Decide = Callable[[MemberRow, Transaction], list[Action]]


def _changed(
    principal: Principal,
    actor: Actor,
    staff_id: str,
    decide: Decide,
    action: str,
    reason: str | None,
    *,
    own: bool = False,
) -> MemberRow:
    """Change a member within the caller's data scope, who is somebody else unless `own`."""
    return _written(actor, _reader(principal, staff_id, own=own), decide, action, reason)


def _reader(principal: Principal, staff_id: str, *, own: bool = False) -> Callable[[], MemberRow]:
    def read() -> MemberRow:
        row = find(principal=principal, staff_id=staff_id)
        if row.staff_id == principal.subject and not own:
            raise OwnAccount("nobody changes their own roles or status")
        return row

    return read


def _written(
    actor: Actor, read: Callable[[], MemberRow], decide: Decide, action: str, reason: str | None
) -> MemberRow:
    def write() -> MemberRow:
        row, transaction = read(), Transaction()
        version, before = int(row.version), _shown(row)
        actions = decide(row, transaction)
        row.version = version + 1
        transaction.update(
            (MemberRow, row.staff_id),
            [*actions, MemberRow.version.set(version + 1)],
            MemberRow.version == version,
            store.stale,
        )
        if before != _shown(row) or action == "staff.credentials_reset":
            for session in sessions.live_of(row.staff_id)[: sessions.MOST_AT_ONCE]:
                sessions.end(transaction, session, reason=action)
        _record(transaction, actor, action, row, before, _shown(row), reason)
        transaction.commit()
        return row

    return store.retry_on_conflict(write)


def _shown(row: MemberRow) -> dict[str, Any]:
    """Return a member's facts for an audit entry: no name."""
    given = [f"{each.role_id} for {each.unit_id}" for each in row.roles]
    return {"unit_id": row.unit_id, "status": row.status, "roles": sorted(given)}


def _record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    row: MemberRow,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None = None,
) -> None:
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=row.staff_id,
        ownership=row.ownership,
        before=before,
        after=after,
        reason=reason,
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StaffState(otherwise)


def _require_open_unit(transaction: Transaction, unit_id: str) -> None:
    """Let nothing happen unless the unit is there and open; the head office always is."""
    if unit_id != HEAD_OFFICE:
        where = (UnitRow, organisation.TREE, unit_id)
        transaction.check(
            where, UnitRow.status == units.OPEN, lambda _: UnitNotFound("there is no such unit")
        )
