"""Enrolment, logins and sessions."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from bank.http import Body, Identifier, Instant, Schema
from staff.schemas.fields import DeviceToken, Password, Reason

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="From the authenticator")]


class Enrolment(Body):
    """The enrolment secret, which is good once, and a password of one's own."""

    login: Identifier = Field(description="Login name or staff id", examples=["li.wei"])
    initial_password: Password = Field(
        description="The enrolment secret from the text message", examples=["kq7vw2hd9zt4mn5r8xy3bc"]
    )
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
    code: Code = Field(examples=["492039"])
    unit_id: Identifier | None = Field(
        default=None, description="The unit to work for, where one has roles for several"
    )
    device_token: DeviceToken | None = Field(
        default=None, description="From a login before: strangers' failures do not slow this device down"
    )


class StepUp(Body):
    """A factor, proven again."""

    code: Code = Field(examples=["492039"])


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
    device_token: str | None = Field(
        description="Once, where the device was not known: keep it there, and send it with the next login",
        examples=["dev_01JD.c2VjcmV0"],
    )


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
