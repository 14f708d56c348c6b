"""Requests and answers of the staff room."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr

from bank.access.organisation import HEAD_OFFICE
from bank.credentials.passwords import LONGEST
from bank.http import Body, Identifier, Instant, Page, Schema, Text
from bank.store import BY_ID

LOGIN_NAME = r"^[a-z0-9][a-z0-9._-]{1,39}$"
LoginName = Annotated[str, Field(pattern=LOGIN_NAME, description="Small letters, digits, . - _")]
Password = Annotated[SecretStr, Field(min_length=1, max_length=4 * LONGEST)]
Reason = Annotated[Text, Field(description="Why, for the audit trail; no personal data")]


class UnitStatus(StrEnum):
    """Statuses of a unit."""

    ACTIVE = "active"
    CLOSED = "closed"


class StaffStatus(StrEnum):
    """Statuses of a member of staff; an invited one has to enrol first."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


# Units


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

    place: ClassVar[str] = BY_ID

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


# Roles


class NewRole(Body):
    """A role to make, of permissions that its maker holds."""

    name: Text = Field(examples=["Merchant desk"])
    permissions: list[Identifier] = Field(min_length=1, max_length=100, examples=[["merchants:read"]])


class ChangeRole(Body):
    """Changes of a role. Its permissions never change: make another."""

    name: Text | None = Field(default=None, examples=["Merchant desk"])
    retired: bool | None = None


class RoleAnswer(Schema):
    """A role and what it is made of."""

    role_id: str
    name: str
    permissions: list[str] = Field(examples=[["merchants:read"]])
    built_in: bool
    retired: bool


class RoleList(Schema):
    """All roles."""

    items: list[RoleAnswer]
    next_cursor: str | None = None


# Staff


class NewStaff(Body):
    """A member of staff to enter."""

    login_name: LoginName = Field(examples=["li.wei"])
    display_name: Text = Field(examples=["Li Wei"])
    unit_id: Identifier


class ChangeStaff(Body):
    """Changes of a member of staff; what is left out stays as it is."""

    display_name: Text | None = Field(default=None, examples=["Li Wei"])
    unit_id: Identifier | None = None


class StaffQuery(Page):
    """Filter of members: one unit of the data scope."""

    place: ClassVar[str] = BY_ID

    unit_id: Identifier | None = Field(default=None, description="The caller's own unit unless given")


class Why(Body):
    """The reason of an act."""

    reason: Reason


class NewGrant(Body):
    """A role to give, for a unit and all below it."""

    role_id: Identifier = Field(examples=["rol_branch_manager"])
    unit_id: Identifier
    reason: Reason


class GrantAnswer(Schema):
    """A role that somebody has for a unit and all below it."""

    grant_id: str = Field(examples=["grt_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    role_id: str
    unit_id: str
    granted_at: Instant
    granted_by: str


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


class InvitedAnswer(StaffAnswer):
    """A member who has to enrol, with the initial password, which is told once."""

    initial_password: str = Field(examples=["kq7vw2hd9zt4mn5r8xy3bc"])


# Logging in


class Enrolment(Body):
    """The initial password, and the one to have instead."""

    login: Identifier = Field(description="Login name or staff id", examples=["li.wei"])
    initial_password: Password = Field(examples=["kq7vw2hd9zt4mn5r8xy3bc"])
    new_password: Password = Field(
        description="12 characters and more, not a common one", examples=["Lantern-42-under-the-bridge"]
    )


class EnrolledAnswer(Schema):
    """Secret for an authenticator (RFC 6238). The first login makes it and the password count."""

    staff_id: str
    totp_secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    totp_uri: str = Field(examples=["otpauth://totp/Perkbank:li.wei?secret=JBSWY3DP&issuer=Perkbank"])


class NewStaffSession(Body):
    """A login: password and code together, always."""

    login: Identifier = Field(description="Login name or staff id", examples=["li.wei"])
    password: Password = Field(examples=["Lantern-42-under-the-bridge"])
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", description="From the authenticator")] = Field(
        examples=["492039"]
    )
    unit_id: Identifier | None = Field(
        default=None, description="The unit to work for, where one has roles for several"
    )


class Renewal(Body):
    """A refresh token, which is good once."""

    refresh_token: SecretStr = Field(
        min_length=1, max_length=512, examples=["stf_01JD.ses_01JD.c2VjcmV0.c2VjcmV0"]
    )


class StaffLoginAnswer(Schema):
    """Tokens of a session. The access token is sent as `Authorization: Bearer`."""

    staff_id: str
    session_id: str
    unit_id: str
    scope: str = Field(examples=["staff-sessions:read staff-sessions:write"])
    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"])
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds", examples=[900])
    refresh_token: str = Field(examples=["stf_01JD.ses_01JD.c2VjcmV0.c2VjcmV0"])


class StaffSessionsQuery(Schema):
    """Filter of sessions by member of staff."""

    staff_id: Identifier | None = Field(
        default=None, description="One's own unless given; for the head office"
    )


class EndStaffSession(Body):
    """Session to end, and the reason."""

    staff_id: Identifier | None = Field(
        default=None, description="One's own unless given; for the head office"
    )
    reason: Reason = "logged out"


class StaffSessionAnswer(Schema):
    """A session."""

    session_id: str
    staff_id: str
    unit_id: str
    created_at: Instant
    refreshed_at: Instant | None
    idle_until: Instant
    expires_at: Instant
    revoked_at: Instant | None


class StaffSessionList(Schema):
    """Live sessions, newest first."""

    items: list[StaffSessionAnswer]
    next_cursor: str | None = None
