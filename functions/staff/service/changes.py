"""Changes of a member of staff, each in one transaction with its audit entry and the end of their sessions.

Whatever takes something from somebody ends their sessions. The transaction is conditioned on the version of
the member's row, which a login raises too: no login slips in between.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pynamodb.expressions.update import Action

from bank import errors, store
from bank.access import organisation, sessions
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.access.principal import Kind, Principal
from bank.access.staff import grant_shown
from bank.control import audit, ties
from bank.control.audit import Actor
from bank.store import Transaction
from staff.service import units
from staff.service.reading import find
from staff.service.units import UnitNotFound
from staff.tables import MemberRow


class StaffState(errors.Conflict):
    """409: the member's status or roles do not allow this change of them."""

    code, title = "staff_state", "Staff state"


class OwnAccount(errors.Forbidden):
    """403: nobody changes their own roles or status."""

    code, title = "own_account", "Own account"


# Acts by which one could become, or make, the other.
TYING = {
    "staff.entered",
    "staff.member_changed",
    "staff.reinstated",
    "staff.credentials_reset",
    "staff.invited_again",
    "staff.role_granted",
}
Decide = Callable[[MemberRow, Transaction], list[Action]]


def changed(
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
    return written(actor, reader(principal, staff_id, own=own), decide, action, reason)


def reader(principal: Principal, staff_id: str, *, own: bool = False) -> Callable[[], MemberRow]:
    """Read a member of the caller's data scope, who is somebody else unless `own`. Raises OwnAccount."""

    def read() -> MemberRow:
        row = find(principal=principal, staff_id=staff_id)
        if row.staff_id == principal.subject and not own:
            raise OwnAccount("nobody changes their own roles or status")
        return row

    return read


def written(
    actor: Actor, read: Callable[[], MemberRow], decide: Decide, action: str, reason: str | None
) -> MemberRow:
    """Write what `decide` makes of the member that `read` finds; again where somebody else was quicker."""

    def write() -> MemberRow:
        row, transaction = read(), Transaction()
        version, before, phone = int(row.version), shown(row), row.phone
        actions = decide(row, transaction)
        row.version = version + 1
        transaction.update(
            (MemberRow, row.staff_id),
            [*actions, MemberRow.version.set(version + 1)],
            MemberRow.version == version,
            store.stale,
        )
        after = shown(row)
        reached_elsewhere = row.phone != phone
        if _place(before) != _place(after) or reached_elsewhere or action == "staff.credentials_reset":
            for session in sessions.live_of(row.staff_id)[: sessions.MOST_AT_ONCE]:
                sessions.end(transaction, session, reason=action)
        record(transaction, actor, action, row, before, after, reason)
        transaction.commit()
        return row

    return store.retry_on_conflict(write)


def shown(row: MemberRow) -> dict[str, Any]:
    """Return a member's facts for an audit entry: no name."""
    given = [grant_shown(asdict(each)) for each in row.roles]
    return {
        "unit_id": row.unit_id,
        "status": row.status,
        "roles": sorted(given),
        "credentials": row.credentials_digest,
    }


def _place(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a member that open anything: who loses some of it has their sessions ended."""
    return {name: value for name, value in facts.items() if name != "credentials"}


def record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    row: MemberRow,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Add the audit entry of a change to its transaction, and the tie that it makes between two.

    A corrected name is no way in: it needs nobody else, who could untie a check of any two by it.
    """
    lets_in = action in TYING and before != after
    if lets_in and actor.kind == Kind.STAFF.value and actor.subject != row.staff_id:
        ties.tie(transaction, actor.subject, row.staff_id)
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


def require(holds: bool, otherwise: str) -> None:
    """Raise StaffState unless it holds."""
    if not holds:
        raise StaffState(otherwise)


def require_open_unit(transaction: Transaction, unit_id: str) -> None:
    """Let nothing happen unless the unit is there and open; the head office always is."""
    if unit_id != HEAD_OFFICE:
        where = (UnitRow, organisation.TREE, unit_id)
        transaction.check(
            where, UnitRow.status == units.OPEN, lambda _: UnitNotFound("there is no such unit")
        )
