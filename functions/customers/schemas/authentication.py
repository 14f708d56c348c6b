"""Coming in: codes, registration, login, refresh."""

from typing import Literal

from pydantic import Field, model_validator

from bank.http import Body, Schema, Text
from bank.phones import Phone
from customers.schemas.fields import (
    CodeReference,
    DeviceToken,
    IdNumber,
    Password,
    RecoveryCode,
    SixDigits,
)


class AskCode(Body):
    """A code for a phone, from somebody who has not logged in."""

    phone: Phone
    purpose: Literal["register", "login", "reset_password", "recover_phone"] = Field(examples=["register"])
    device_token: DeviceToken | None = Field(
        default=None,
        description="Known devices of the phone's customer have codes that strangers cannot use up",
    )


class CodeSent(Schema):
    """A code is on its way; the same answer for every phone."""

    reference: str | None = Field(
        description="Send it with the code: without it, the code's tries are shared with whoever guesses",
        examples=["Vv2b1sJ0aQm5d3nXr8tYzA"],
    )
    expires_in: int = Field(description="Seconds", examples=[300])
    next_in: int = Field(description="Seconds until another may be asked for", examples=[60])


class Register(Body):
    """Somebody who becomes a customer."""

    phone: Phone
    code: SixDigits
    code_reference: CodeReference | None = None
    password: Password | None = None
    nickname: Text | None = None
    device_name: Text | None = Field(default=None)
    another_person: bool = Field(
        default=False,
        description="The number was another's: 409 `customer_exists` has said `number_in_use: false`",
    )


class Login(Body):
    """Somebody who says who they are: with a password or a code, and what else is needed."""

    phone: Phone
    password: Password | None = None
    code: SixDigits | None = None
    code_reference: CodeReference | None = None
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    id_number: IdNumber | None = None
    device_token: DeviceToken | None = None
    device_name: Text | None = Field(default=None)

    @model_validator(mode="after")
    def _either(self) -> "Login":
        if self.password is None and self.code is None:
            raise ValueError("send the password or a code")
        return self


class Refresh(Body):
    """A refresh token, good once."""

    refresh_token: str = Field(min_length=1, max_length=512, examples=["cus_01J.ses_01J.family.own"])


class EnteredAnswer(Schema):
    """A customer who is in. `device_token` is shown once, for a device that is new: keep it on the device."""

    customer_id: str
    session_id: str
    access_token: str = Field(examples=["eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"])
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int = Field(description="Seconds", examples=[900])
    refresh_token: str = Field(examples=["cus_01J.ses_01J.family.own"])
    device_id: str | None
    device_token: str | None = Field(examples=["dev_01J.secret"])


class ResetPassword(Body):
    """Another password for who has lost it, and what proves them besides the code."""

    phone: Phone
    code: SixDigits
    code_reference: CodeReference | None = None
    password: Password
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    id_number: IdNumber | None = None
    device_token: DeviceToken | None = None


class RecoverPhone(Body):
    """Another phone, which shows its code, for who has lost the one before."""

    former_phone: Phone = Field(examples=["+8613911112222"])
    phone: Phone
    code: SixDigits
    code_reference: CodeReference | None = None
    password: Password | None = None
    id_number: IdNumber | None = None
    device_token: DeviceToken | None = None
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def _of_each_kind(self) -> "RecoverPhone":
        if self.password is None and self.id_number is None:
            raise ValueError("send the password or the id_number")
        if self.device_token is None and self.totp is None and self.recovery_code is None:
            raise ValueError("send the device_token, totp or a recovery_code")
        return self
