"""Customers' view of themselves, and the changes they may make."""

from datetime import date
from typing import Literal

from pydantic import Field

from bank.access.authority import Authority
from bank.http import Body, Instant, Schema, Text
from bank.phones import Phone
from customers.domain.notices import Notice
from customers.domain.purposes import Purpose
from customers.schemas.fields import Birthday, IdNumber, Password, RecoveryCode, SixDigits


class CustomerAnswer(Schema):
    """A customer, with the phone masked. After closure little is left."""

    customer_id: str
    status: Literal["active", "suspended", "closed"]
    suspended_by: list[Authority] = Field(
        description="Authorities that suspend them, lowest first", examples=[[]]
    )
    phone: str | None = Field(examples=["+86138****8000"])
    nickname: str | None = Field(examples=["Xiao Ming"])
    level: Literal[1, 2, 3]
    client_id: str
    unit_id: str
    registered_at: Instant
    limits_lowered_until: Instant | None = Field(
        examples=[None], description="After a new device, a reset or another phone"
    )
    closed_at: Instant | None = Field(examples=[None])
    kept_until: date | None = Field(examples=[None])


class MeAnswer(CustomerAnswer):
    """The customer who calls."""

    has_password: bool
    has_payment_password: bool
    has_totp: bool
    payment_tries_left: int = Field(examples=[5])
    recovery_codes_left: int = Field(examples=[10])


class ChangeMe(Body):
    """Fields that need no further proof; null removes one."""

    nickname: Text | None = Field(default=None, examples=["Xiao Ming"])
    birthday: Birthday | None = Field(default=None, examples=["1990-05-17"])


class AskMyCode(Body):
    """A code for something that the customer is about to do. `phone` with `new_phone`: the new one."""

    purpose: Literal[
        "change_password",
        "new_phone",
        "change_phone",
        "forget_device",
        "totp",
        "payment_password",
        "closure",
    ] = Field(examples=["payment_password"])
    phone: Phone | None = Field(default=None)

    @property
    def wanted(self) -> Purpose:
        """The purpose."""
        return Purpose(self.purpose)


class Reproof(Body):
    """Credentials presented again, besides the session."""

    current_password: Password | None = None
    code: SixDigits | None = None
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    id_number: IdNumber | None = None


class ChangePassword(Reproof):
    """Another password: with the one before, or a code and the id number; a first one by a code alone."""

    password: Password


class ChangePhone(Reproof):
    """Another phone: `new_code` was sent there. Besides, what another password takes; from a device that is
    new the authenticator."""

    phone: Phone
    new_code: SixDigits


class ForgetDevice(Reproof):
    """Proof for forgetting a device: what another password takes."""


class SessionAnswer(Schema):
    """A session. `current` is the one that asks."""

    session_id: str
    client_id: str
    device_id: str | None
    created_at: Instant
    expires_at: Instant
    current: bool


class SessionPage(Schema):
    """All sessions that still count."""

    items: list[SessionAnswer]
    next_cursor: str | None = None


class DeviceAnswer(Schema):
    """A device that the customer has logged in from."""

    device_id: str
    name: str | None
    client_id: str
    bound_at: Instant
    seen_at: Instant


class DevicePage(Schema):
    """The customer's known devices."""

    items: list[DeviceAnswer]
    next_cursor: str | None = None


class NoticeAnswer(Schema):
    """A notice of something that was done in the customer's name. `text` says it as the message did."""

    notice_id: str = Field(examples=["ntc_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: Notice
    text: str = Field(examples=["您的账户已在新设备上登录"])
    at: Instant
    device_id: str | None = Field(description="The new device: it can be forgotten")
    device_name: str | None = Field(examples=["Mate 70"])
    phone: str | None = Field(description="The new phone, masked", examples=[None])


class NoticePage(Schema):
    """A page of notices, newest first."""

    items: list[NoticeAnswer]
    next_cursor: str | None


class Close(Body):
    """A code from the phone, and the authenticator's where there is one."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
