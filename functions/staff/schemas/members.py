"""Members of staff and the roles they are given."""

from enum import StrEnum

from pydantic import Field

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from bank.phones import MobilePhone
from staff.schemas.fields import LoginName, Reason


class StaffStatus(StrEnum):
    """Statuses of a member of staff; an invited one has to enrol first."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class NewStaff(Body):
    """A member of staff to enter."""

    login_name: LoginName = Field(examples=["li.wei"])
    display_name: Text = Field(examples=["Li Wei"])
    unit_id: Identifier
    phone: MobilePhone = Field(description="Theirs; what they enrol with is sent there", repr=False)


class ChangeStaff(Body):
    """Changes of a member of staff; what is left out stays as it is."""

    display_name: Text | None = Field(default=None, examples=["Li Wei"])
    unit_id: Identifier | None = None
    phone: MobilePhone | None = Field(default=None, repr=False)

    @property
    def takes_approval(self) -> bool:
        """Return whether somebody is moved, or what they enrol with goes elsewhere; a name opens nothing."""
        return self.unit_id is not None or self.phone is not None


class StaffQuery(Page):
    """Filter of members: one unit of the data scope."""

    unit_id: Identifier | None = Field(default=None, description="The caller's own unit unless given")


class Why(Body):
    """The reason of an act."""

    reason: Reason


class NewGrant(Body):
    """A role to give, for a unit and all below it."""

    role_id: Identifier = Field(examples=["rol_branch_manager"])
    unit_id: Identifier
    reason: Reason


class BrokenGlass(Body):
    """All permissions for some hours, and the emergency that needs them."""

    hours: int = Field(ge=1, le=4, examples=[1])
    reason: Reason


class GrantAnswer(Schema):
    """A role that somebody has for a unit and all below it."""

    grant_id: str = Field(examples=["grt_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    role_id: str
    unit_id: str
    granted_at: Instant
    granted_by: str
    until: Instant | None = Field(description="When it ends by itself, if it does")


class StaffAnswer(Schema):
    """A member of staff."""

    staff_id: str = Field(examples=["stf_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    login_name: str = Field(examples=["li.wei"])
    display_name: str = Field(examples=["Li Wei"])
    unit_id: str
    status: StaffStatus
    status_reason: str | None
    roles: list[GrantAnswer]
    created_at: Instant


class StaffPage(Schema):
    """The members of a unit, by id."""

    items: list[StaffAnswer]
    next_cursor: str | None
