"""Units of the organisation."""

from enum import StrEnum

from pydantic import Field

from bank.access.organisation import HEAD_OFFICE
from bank.http import Body, Identifier, Instant, Page, Schema, Text
from staff.schemas.fields import Reason


class UnitStatus(StrEnum):
    """Statuses of a unit."""

    ACTIVE = "active"
    CLOSED = "closed"


class NewUnit(Body):
    """A unit to add."""

    name: Text = Field(examples=["Hangzhou West"])
    code: Identifier | None = Field(
        default=None, description="The bank's own number of it", examples=["3301"]
    )
    parent_id: Identifier = HEAD_OFFICE


class ChangeUnit(Body):
    """Changes of a unit; what is left out stays as it is."""

    name: Text | None = Field(default=None, examples=["Hangzhou West"])
    status: UnitStatus | None = None


class NewMove(Body):
    """New parent of a unit, which moves with all below it."""

    parent_id: Identifier = HEAD_OFFICE
    reason: Reason


class UnitsQuery(Page):
    """The tree as it is, or as it was."""

    as_of: Instant | None = Field(default=None, description="An instant: each unit's parent as it was then")


class PlaceAnswer(Schema):
    """Earlier place of a unit. A parent outside the caller's data scope is null."""

    parent_id: str | None
    until: Instant


class UnitAnswer(Schema):
    """A unit. A parent outside the caller's data scope is null, as is the head office's."""

    unit_id: str = Field(examples=["unit_head"])
    parent_id: str | None = Field(examples=["unit_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    name: str
    code: str | None
    status: UnitStatus
    created_at: Instant | None
    history: list[PlaceAnswer]


class UnitPage(Schema):
    """Units of the caller's data scope, by id."""

    items: list[UnitAnswer]
    next_cursor: str | None
