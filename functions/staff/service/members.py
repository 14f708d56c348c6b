"""Members of staff: entered and kept by the head office, suspended, reinstated."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from pynamodb.expressions.update import Action

from bank import clock, errors, ids
from bank.access.principal import Principal
from bank.control.audit import Actor
from bank.credentials import passwords
from bank.store import Transaction
from staff.service import changes, roles
from staff.tables import ACTIVE, INVITED, SUSPENDED, LoginNameRow, MemberRow

INITIAL_KEPT = timedelta(days=7)


INITIAL_BYTES = 16


class LoginNameTaken(errors.Conflict):
    """409: somebody has this login name."""

    code, title = "login_name_taken", "Login name taken"


class AdministratorExists(errors.Conflict):
    """409: the first administrators have been entered; others are entered by administrators."""

    code, title = "administrator_exists", "Administrator exists"


def enter(
    *, principal: Principal, actor: Actor, login_name: str, display_name: str, unit_id: str
) -> tuple[MemberRow, str]:
    """Enter a new member; the row, and the initial password, which cannot be had again."""
    principal.require_head_office()
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
    changes.require_open_unit(transaction, unit_id)
    changes.record(transaction, actor, "staff.entered", row, None, {"unit_id": unit_id})
    transaction.commit()
    return row, initial


def change(
    *, principal: Principal, actor: Actor, staff_id: str, display_name: str | None, unit_id: str | None
) -> MemberRow:
    """Correct a name, or move somebody to another unit, which ends their sessions. Roles stay."""

    def moved(row: MemberRow, transaction: Transaction) -> list[Action]:
        if unit_id and unit_id != row.unit_id:
            changes.require_open_unit(transaction, unit_id)
        row.display_name, row.unit_id = display_name or row.display_name, unit_id or row.unit_id
        return [MemberRow.display_name.set(row.display_name), MemberRow.unit_id.set(row.unit_id)]

    read = _reader(principal, staff_id, own=unit_id is None)
    return changes.written(actor, read, moved, "staff.member_changed", None)


def suspend(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Let somebody in no more; their sessions end at once."""

    def suspended(row: MemberRow, transaction: Transaction) -> list[Action]:
        changes.require(row.status != SUSPENDED, "the member is suspended already")
        row.status, row.status_reason = SUSPENDED, reason
        return [MemberRow.status.set(SUSPENDED), MemberRow.status_reason.set(reason)]

    return changes.written(actor, _reader(principal, staff_id), suspended, "staff.suspended", reason)


def reinstate(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Let somebody in again, as they were; who had not enrolled yet has to."""

    def reinstated(row: MemberRow, transaction: Transaction) -> list[Action]:
        changes.require(row.status == SUSPENDED, "the member is not suspended")
        row.status, row.status_reason = ACTIVE if row.password_hash else INVITED, reason
        return [MemberRow.status.set(row.status), MemberRow.status_reason.set(reason)]

    return changes.written(actor, _reader(principal, staff_id), reinstated, "staff.reinstated", reason)


def reset(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> tuple[MemberRow, str]:
    """Take password and authenticator away; a new initial password, with which they enrol again."""
    return reset_by(actor=actor, read=_reader(principal, staff_id), reason=reason)


def reset_by(*, actor: Actor, read: Callable[[], MemberRow], reason: str) -> tuple[MemberRow, str]:
    """The same for whoever `actor` is; operators do it from the command line."""
    initial = secrets.token_urlsafe(INITIAL_BYTES)
    hashed = passwords.hashed(initial)

    def renewed(row: MemberRow, transaction: Transaction) -> list[Action]:
        changes.require(row.status != SUSPENDED, "the member is suspended")
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

    return changes.written(actor, read, renewed, "staff.credentials_reset", reason), initial


def _reader(principal: Principal, staff_id: str, *, own: bool = False) -> Callable[[], MemberRow]:
    """Read a member as the head office, holding all that they hold: else it could become them."""
    principal.require_head_office()
    read = changes.reader(principal, staff_id, own=own)

    def read_within() -> MemberRow:
        row = read()
        if row.staff_id != principal.subject:
            roles.require_holds(row, principal)
            roles.weigh(roles.held_by(row))
        return row

    return read_within
