"""Events of the staff room: units opened, changed and moved, changes of staff. No names."""

from typing import ClassVar

from bank.access.organisation import TREE, UnitRow
from bank.events import DomainEvent
from bank.store import Item
from staff.tables import INVITED, SUSPENDED, MemberRow


class StaffEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "staff"

    @property
    def subject(self) -> str:
        """Subject of the event."""
        raise NotImplementedError


class UnitEvent(StaffEvent):
    """An event of a unit."""

    unit_id: str

    @property
    def subject(self) -> str:
        """The unit."""
        return self.unit_id


class UnitAdded(UnitEvent):
    """A unit was added."""

    parent_id: str


class UnitMoved(UnitEvent):
    """A unit is below another one, with all below it."""

    parent_id: str
    previous_parent_id: str


class UnitStatusChanged(UnitEvent):
    """A unit was closed or opened again."""

    status: str


class MemberEvent(StaffEvent):
    """An event of a member of staff."""

    staff_id: str
    unit_id: str

    @property
    def subject(self) -> str:
        """The member."""
        return self.staff_id


class StaffEntered(MemberEvent):
    """A member was entered."""


class StaffMoved(MemberEvent):
    """A member belongs to another unit."""

    previous_unit_id: str


class StaffSuspended(MemberEvent):
    """A member is let in no more."""


class StaffReinstated(MemberEvent):
    """A member is let in again."""


class RolesChanged(MemberEvent):
    """A member's roles changed: those they have now, each `role for unit`."""

    roles: list[str]


class CredentialsReset(MemberEvent):
    """A member lost password and authenticator, and has to enrol again."""


PUBLISHED: tuple[type[DomainEvent], ...] = (
    UnitAdded,
    UnitMoved,
    UnitStatusChanged,
    StaffEntered,
    StaffMoved,
    StaffSuspended,
    StaffReinstated,
    RolesChanged,
    CredentialsReset,
)


def of_tree_change(old: Item | None, new: Item | None) -> list[StaffEvent]:
    """The events that a change in the organisation's table means; its version row is no news."""
    if new is None or new["tree"]["S"] != TREE:
        return []
    unit, before = UnitRow.from_item(new), UnitRow.from_item(old) if old else None
    if before is None:
        return [UnitAdded(unit_id=unit.unit_id, parent_id=unit.parent_id or "")]
    domain_events: list[StaffEvent] = []
    if before.parent_id != unit.parent_id:
        places = {"parent_id": unit.parent_id or "", "previous_parent_id": before.parent_id or ""}
        domain_events.append(UnitMoved(unit_id=unit.unit_id, **places))
    if before.status != unit.status:
        domain_events.append(UnitStatusChanged(unit_id=unit.unit_id, status=unit.status))
    return domain_events


def of_member_change(old: Item | None, new: Item | None) -> list[StaffEvent]:
    """The events that a change of a member's row means. That somebody tried to log in is none."""
    if new is None:
        return []
    row, before = MemberRow.from_item(new), MemberRow.from_item(old) if old else None
    who = {"staff_id": row.staff_id, "unit_id": row.unit_id}
    if before is None:
        return [StaffEntered(**who)]
    domain_events: list[StaffEvent] = []
    if before.unit_id != row.unit_id:
        domain_events.append(StaffMoved(**who, previous_unit_id=before.unit_id))
    if before.status != row.status and row.status == SUSPENDED:
        domain_events.append(StaffSuspended(**who))
    if before.status == SUSPENDED != row.status:
        domain_events.append(StaffReinstated(**who))
    if row.status == INVITED and row.initial_hash and row.initial_hash != before.initial_hash:
        domain_events.append(CredentialsReset(**who))
    if before.grants != row.grants:
        domain_events.append(
            RolesChanged(**who, roles=sorted(f"{each.role_id} for {each.unit_id}" for each in row.roles))
        )
    return domain_events
