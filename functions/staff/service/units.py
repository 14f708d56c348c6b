"""The organisation tree: units are added, renamed, moved and closed, by the head office alone.

Every change is conditioned on the version of the whole tree that it was decided on, so that two moves at once
cannot make a circle of what each of them could do alone.
"""

from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ids, store
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow
from bank.access.principal import Ownership, Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.store import Transaction
from staff.domain import tree as rules
from staff.tables import VERSION, TreeVersionRow

OPEN, CLOSED = "active", "closed"
# A unit's row holds its history: some 100 bytes a move, of the 400 KB that an item may have.
MOST_MOVES = 1000


class UnitNotFound(errors.NotFound):
    """404: no such unit, or not one that the caller may see."""

    code, title = "unit_not_found", "Unit not found"


class UnitState(errors.Conflict):
    """409: the tree as it is does not allow this change of it."""

    code, title = "unit_state", "Unit state"


@dataclass(frozen=True)
class Known:
    """The tree as it was read, whole, and the version that a change of it is decided on."""

    version: int
    units: dict[str, UnitRow]

    @property
    def parents(self) -> dict[str, str | None]:
        """Each unit's parent."""
        return {unit_id: unit.parent_id for unit_id, unit in self.units.items()}

    def seen_by(self, principal: Principal, unit_id: str) -> UnitRow:
        """A unit, if the caller may know of it. Raises UnitNotFound."""
        unit = self.units.get(unit_id)
        if unit is None or not organisation.Tree(self.parents).contains(principal.unit, unit_id):
            raise UnitNotFound("there is no such unit")
        return unit


def read() -> Known:
    """The whole tree: two round trips. The version comes first, so that no change is overlooked."""
    version = store.get(*VERSION)
    head = UnitRow(unit_id=HEAD_OFFICE, name="Head office", status=OPEN)
    rows = {row.unit_id: row for row in store.query(UnitRow, organisation.TREE)}
    return Known(int(version.version) if version else 0, {HEAD_OFFICE: head, **rows})


@dataclass(frozen=True)
class Page:
    """Some units of a data scope, all ids that are in it, and the last of the page where there are more."""

    units: list[UnitRow]
    seen: frozenset[str]
    last: str | None


def list_units(*, principal: Principal, as_of: str | None, after: str | None, limit: int) -> Page:
    """The units of the caller's data scope, by id; those that were there already `as_of` an instant."""
    known = read()
    seen = organisation.Tree(known.parents).subtree(principal.unit)
    units = [known.units[unit_id] for unit_id in seen if after is None or unit_id > after]
    there = [unit for unit in units if as_of is None or unit.created_at <= as_of]
    shown, last = store.page(there, limit, lambda unit: unit.unit_id)
    return Page(shown, frozenset(seen), last)


def find(*, principal: Principal, unit_id: str) -> UnitRow:
    """One unit of the caller's data scope. Raises UnitNotFound."""
    return read().seen_by(principal, unit_id)


def add(*, principal: Principal, actor: Actor, name: str, code: str | None, parent_id: str) -> UnitRow:
    """Add a unit below an open one."""
    principal.require_head_office()

    def decide() -> UnitRow:
        known, transaction = read(), Transaction()
        _require_open(known.seen_by(principal, parent_id))
        unit = UnitRow(
            unit_id=ids.new("unit"),
            parent_id=parent_id,
            name=name,
            code=code,
            status=OPEN,
            created_at=clock.instant(),
            history=[],
        )
        transaction.create(unit)
        after = {"parent_id": parent_id, "code": code, "name": name, "status": OPEN}
        _commit(transaction, known, actor, "staff.unit_added", unit.unit_id, None, after, None)
        return unit

    return store.retry_on_conflict(decide)


def change(
    *, principal: Principal, actor: Actor, unit_id: str, name: str | None, status: str | None
) -> UnitRow:
    """Rename a unit, close it (nothing open may be below it) or open it again (below an open one)."""
    principal.require_head_office()

    def decide() -> UnitRow:
        known, transaction = read(), Transaction()
        unit = _changeable(known, principal, unit_id)
        if status and status != unit.status:
            _require_may_become(known, unit, status)
        before = {"name": unit.name, "status": unit.status}
        unit.name, unit.status = name or unit.name, status or unit.status
        _update(transaction, unit, [UnitRow.name.set(unit.name), UnitRow.status.set(unit.status)])
        after = {"name": unit.name, "status": unit.status}
        _commit(transaction, known, actor, "staff.unit_changed", unit_id, before, after, None)
        return unit

    return store.retry_on_conflict(decide)


def move(*, principal: Principal, actor: Actor, unit_id: str, parent_id: str, reason: str) -> UnitRow:
    """Put a unit, and so all below it, below another one, which is neither itself nor below it."""
    principal.require_head_office()

    def decide() -> UnitRow:
        known, transaction = read(), Transaction()
        unit = _changeable(known, principal, unit_id)
        _require_open(known.seen_by(principal, parent_id))
        if rules.would_circle(known.parents, unit_id=unit_id, new_parent=parent_id):
            raise UnitState("a unit cannot be below itself")
        history = list(unit.history or ())
        if unit.parent_id == parent_id or len(history) >= MOST_MOVES:
            raise UnitState("the unit is there already, or has moved too often")
        before = unit.parent_id
        history.append({"parent_id": before, "until": clock.instant(), "by": actor.subject})
        unit.parent_id, unit.history = parent_id, history
        _update(transaction, unit, [UnitRow.parent_id.set(parent_id), UnitRow.history.set(history)])
        place, new_place = {"parent_id": before}, {"parent_id": parent_id}
        _commit(transaction, known, actor, "staff.unit_moved", unit_id, place, new_place, reason)
        return unit

    return store.retry_on_conflict(decide)


def _changeable(known: Known, principal: Principal, unit_id: str) -> UnitRow:
    unit = known.seen_by(principal, unit_id)
    if unit_id == HEAD_OFFICE:
        raise UnitState("the head office stays as and where it is")
    return unit


def _require_open(unit: UnitRow) -> None:
    if unit.status != OPEN:
        raise UnitState("the unit is closed")


def _require_may_become(known: Known, unit: UnitRow, status: str) -> None:
    closed = {unit_id for unit_id, each in known.units.items() if each.status == CLOSED}
    if status == CLOSED and rules.has_open_children(known.parents, closed, unit.unit_id):
        raise UnitState("there are open units below this one")
    if status == OPEN and unit.parent_id in closed:
        raise UnitState("the unit above this one is closed")


def _update(transaction: Transaction, unit: UnitRow, actions: list[Action]) -> None:
    where = (UnitRow, organisation.TREE, unit.unit_id)
    transaction.update(where, actions, UnitRow.unit_id.exists(), store.stale)


def _commit(
    transaction: Transaction,
    known: Known,
    actor: Actor,
    action: str,
    unit_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None,
) -> None:
    """Commit a change of the tree that was decided on `known`, with its audit entry."""
    unchanged = TreeVersionRow.version == known.version
    if known.version == 0:
        unchanged = unchanged | TreeVersionRow.version.does_not_exist()
    transaction.update(VERSION, [TreeVersionRow.version.set(known.version + 1)], unchanged, store.stale)
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=unit_id,
        ownership=Ownership(unit_id=unit_id),
        before=before,
        after=after,
        reason=reason,
    )
    transaction.commit()
    organisation.forget()
