"""Members of staff: entered and kept by the head office, suspended, reinstated."""

import secrets
from collections.abc import Callable

from pynamodb.expressions.update import Action

from bank import clock, errors, ids, vault
from bank.access.principal import Principal
from bank.control.audit import Actor
from bank.credentials import lockout, passwords
from bank.store import Transaction
from staff.service import changes, notices, proofs, roles
from staff.settings import settings
from staff.tables import ACTIVE, INVITED, SUSPENDED, LoginNameRow, MemberRow, TriesRow

INITIAL_BYTES = 16


class LoginNameTaken(errors.Conflict):
    """409: somebody has this login name."""

    code, title = "login_name_taken", "Login name taken"


class AdministratorExists(errors.Conflict):
    """409: the first administrators have been entered; others are entered by administrators."""

    code, title = "administrator_exists", "Administrator exists"


def enter(
    *, principal: Principal, actor: Actor, login_name: str, display_name: str, unit_id: str, phone: str
) -> MemberRow:
    """Enter a new member and send them their enrolment secret, which nobody else is told."""
    principal.require_head_office()
    initial, now, staff_id = secrets.token_urlsafe(INITIAL_BYTES), clock.now(), ids.new("stf")
    row = MemberRow(
        staff_id=staff_id,
        phone=vault.seal(phone, context=phone_context(staff_id)),
        login_name=login_name,
        display_name=display_name,
        unit_id=unit_id,
        status=INVITED,
        grants=[],
        initial_hash=passwords.hashed(initial),
        initial_until=clock.instant(now + settings.enrolment),
        created_at=clock.instant(now),
    )
    transaction = Transaction()
    taken = LoginNameRow(login_name=login_name, staff_id=row.staff_id)
    transaction.create(taken, lambda _: LoginNameTaken("somebody has this login name"))
    transaction.create(row)
    changes.require_open_unit(transaction, unit_id)
    changes.record(transaction, actor, "staff.entered", row, None, changes.shown(row))
    transaction.commit()
    notices.send_secret(phone, login_name, initial)
    return row


def change(
    *,
    principal: Principal,
    actor: Actor,
    staff_id: str,
    display_name: str | None,
    unit_id: str | None,
    phone: str | None,
) -> MemberRow:
    """Correct a name or phone, or move somebody to another unit. Roles stay.

    A move and another phone end their sessions; the phone that they had is told of the other one.
    """
    phones: list[bytes] = []

    def moved(row: MemberRow, transaction: Transaction) -> list[Action]:
        if unit_id and unit_id != row.unit_id:
            changes.require_open_unit(transaction, unit_id)
        row.display_name, row.unit_id = display_name or row.display_name, unit_id or row.unit_id
        if phone:
            phones[:] = [row.phone] if row.phone else []
            row.phone = vault.seal(phone, context=phone_context(staff_id))
        changed = [MemberRow.phone.set(row.phone)] if phone else []
        return [
            MemberRow.display_name.set(row.display_name),
            MemberRow.unit_id.set(row.unit_id),
            *changed,
        ]

    read = _reader(principal, staff_id, own=unit_id is None and phone is None)
    row = changes.written(actor, read, moved, "staff.member_changed", None)
    for sealed in phones:
        notices.tell_of_another_phone(row, vault.unseal(sealed, context=phone_context(staff_id)))
    return row


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


def reset(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Take password and authenticator away, and send a new enrolment secret, with which they enrol again."""
    return _invited(actor, _reader(principal, staff_id), _reset, "staff.credentials_reset", reason)


def invite_again(*, principal: Principal, actor: Actor, staff_id: str, reason: str) -> MemberRow:
    """Send who has not enrolled yet another enrolment secret."""

    def invited(row: MemberRow) -> list[Action]:
        changes.require(row.status == INVITED, "the member has enrolled")
        return []

    return _invited(actor, _reader(principal, staff_id), invited, "staff.invited_again", reason)


def reset_by_operator(*, actor: Actor, read: Callable[[], MemberRow], reason: str) -> tuple[MemberRow, str]:
    """Reset without a message: the operator at the command line is told the enrolment secret.

    Also who is suspended: an administrator who suspends all others would leave nobody to let them in again.
    """
    initial = secrets.token_urlsafe(INITIAL_BYTES)

    def renewed(row: MemberRow, transaction: Transaction) -> list[Action]:
        return [*_to_enrol(row), *_initially(row, initial, transaction)]

    return changes.written(actor, read, renewed, "staff.credentials_reset", reason), initial


def phone_context(staff_id: str) -> dict[str, str]:
    """Return the context that a member's phone is sealed for."""
    return {"record": staff_id, "field": "phone"}


def _invited(
    actor: Actor,
    read: Callable[[], MemberRow],
    decide: Callable[[MemberRow], list[Action]],
    action: str,
    reason: str,
) -> MemberRow:
    """Give a member an enrolment secret by what `decide` makes of them, and send it to their phone."""
    initial = secrets.token_urlsafe(INITIAL_BYTES)

    def renewed(row: MemberRow, transaction: Transaction) -> list[Action]:
        changes.require(row.phone is not None, "the member has no phone on file to send anything to")
        return [*decide(row), *_initially(row, initial, transaction)]

    row = changes.written(actor, read, renewed, action, reason)
    phone = vault.unseal(row.phone or b"", context=phone_context(row.staff_id))
    notices.send_secret(phone, row.login_name, initial)
    return row


def _initially(row: MemberRow, initial: str, transaction: Transaction) -> list[Action]:
    """Nothing that was guessed at before counts any more: strangers begin anew."""
    lockout.forgive_all(transaction, TriesRow, row.staff_id, [proofs.COMBINATION])
    row.initial_hash, row.pending_hash, row.pending_totp = passwords.hashed(initial), None, None
    return [
        MemberRow.initial_hash.set(row.initial_hash),
        MemberRow.initial_until.set(clock.instant(clock.now() + settings.enrolment)),
        MemberRow.pending_hash.remove(),
        MemberRow.pending_totp.remove(),
    ]


def _reset(row: MemberRow) -> list[Action]:
    changes.require(row.status != SUSPENDED, "the member is suspended")
    return _to_enrol(row)


def _to_enrol(row: MemberRow) -> list[Action]:
    row.status, row.password_hash, row.totp_secret = INVITED, None, None
    return [
        MemberRow.status.set(INVITED),
        MemberRow.password_hash.remove(),
        MemberRow.totp_secret.remove(),
    ]


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
