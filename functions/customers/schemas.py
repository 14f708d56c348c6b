"""Requests and answers of the customers room: its HTTP contract."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bank import clock
from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
from bank.ledger import Status
from bank.money import MAX_AMOUNT
from customers.domain.purposes import Purpose

# Any spelling is read; what it is as E.164 is the room's business.
Phone = Annotated[
    str,
    Field(min_length=5, max_length=32, pattern=r"^[+0-9 ()\-]+$", examples=["+8613800138000"]),
]
SixDigits = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
# Any that can be read: what a password has to be is told of one that is chosen, not of one that is tried.
Password = Annotated[str, Field(min_length=1, max_length=256)]
RecoveryCode = Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9 \-]+$")]
DeviceToken = Annotated[
    str,
    Field(max_length=128, pattern=r"^dev_[A-Za-z0-9]+\.[A-Za-z0-9_\-]+$", description="From a login before"),
]


def _of_a_person(birthday: date) -> date:
    if not date(1900, 1, 1) <= birthday <= clock.business_date():
        raise ValueError("is not a birthday")
    return birthday


Birthday = Annotated[date, Field(strict=False), AfterValidator(_of_a_person)]


class AskCode(Body):
    """A code for a phone, from somebody who has not logged in."""

    phone: Phone
    purpose: Literal["register", "login", "reset_password"] = Field(examples=["register"])


class CodeSent(Schema):
    """A code is on its way; the same answer for every phone."""

    expires_in: int = Field(description="Seconds", examples=[300])
    next_in: int = Field(description="Seconds until another may be asked for", examples=[60])


class Register(Body):
    """Somebody who becomes a customer."""

    phone: Phone
    code: SixDigits
    password: Password | None = None
    nickname: Text | None = None
    device_name: Text | None = Field(default=None)


class Login(Body):
    """Somebody who says who they are: with a password or a code, and what else is needed."""

    phone: Phone
    password: Password | None = None
    code: SixDigits | None = None
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
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
    """Another password for who has lost it."""

    phone: Phone
    code: SixDigits
    password: Password
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class Done(Schema):
    """It is done."""

    status: Literal["done"] = "done"


class CustomerAnswer(Schema):
    """A customer, with the phone masked. After closure little is left."""

    customer_id: str
    status: Literal["active", "closed"]
    phone: str | None = Field(examples=["+86138****8000"])
    nickname: str | None
    level: Literal[1, 2, 3]
    client_id: str
    unit_id: str
    registered_at: Instant
    closed_at: Instant | None
    kept_until: date | None


class MeAnswer(CustomerAnswer):
    """The customer who calls."""

    has_password: bool
    has_payment_password: bool
    has_totp: bool
    payment_tries_left: int = Field(examples=[5])
    recovery_codes_left: int = Field(examples=[10])


class ChangeMe(Body):
    """What may be changed without ado; null takes it away."""

    nickname: Text | None = None
    birthday: Birthday | None = None


class AskMyCode(Body):
    """A code for something that the customer is about to do. `phone` with `new_phone`: the new one."""

    purpose: Literal[
        "change_password", "new_phone", "change_phone", "totp", "payment_password", "closure"
    ] = Field(examples=["payment_password"])
    phone: Phone | None = Field(default=None)

    @property
    def wanted(self) -> Purpose:
        """The purpose."""
        return Purpose(self.purpose)


class Reproof(Body):
    """What proves again who it is, besides the session."""

    current_password: Password | None = None
    code: SixDigits | None = None
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class ChangePassword(Reproof):
    """Another password, with the one before or a code."""

    password: Password


class ChangePhone(Reproof):
    """Another phone: `new_code` was sent there. Besides, the password or a code from the phone before."""

    phone: Phone
    new_code: SixDigits


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


class TotpOffer(Schema):
    """An authenticator to enrol: it counts once it has shown a code."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(examples=["otpauth://totp/Perkbank:cus_01J?secret=JBSWY3DPEHPK3PXP&issuer=Perkbank"])


class ConfirmTotp(Body):
    """The authenticator's code, and one from the phone."""

    totp: SixDigits
    code: SixDigits


class RecoveryCodes(Schema):
    """Shown once; each is good once, where the authenticator is lost."""

    recovery_codes: list[str] = Field(examples=[["1f3a9-0c2be-77d41-e85f6"]])


class RemoveTotp(Body):
    """A last code of the authenticator, or a recovery code, and a code from the phone."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class UnlockPaymentPassword(Body):
    """A code from the phone, and the authenticator's where there is one."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class SetPaymentPassword(UnlockPaymentPassword):
    """Six digits to pay with, besides what unlocking needs."""

    payment_password: SixDigits = Field(examples=["274916"])


class AskPaymentToken(Body):
    """What is to be paid, and the payment password or the authenticator's code for it."""

    amount: Amount
    currency: Currency
    payee: Identifier = Field(
        description="The merchant's id, the receiving account's id, or `withdrawal`",
        examples=["mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"],
    )
    payment_password: SixDigits | None = Field(default=None, examples=["274916"])
    totp: SixDigits | None = Field(default=None)

    @model_validator(mode="after")
    def _one(self) -> "AskPaymentToken":
        if (self.payment_password is None) == (self.totp is None):
            raise ValueError("send the payment_password or totp")
        return self


class PaymentTokenAnswer(Schema):
    """A token, good once, for this amount, currency and payee."""

    payment_token: str = Field(examples=["ptk_q0jTlWZ2aZt3bXy5uJ1v9R8mWc7nKf4eHs6gDp2oLxA"])
    amount: int
    currency: str
    payee: str = Field(examples=["mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    expires_at: Instant


class OpenWallet(Body):
    """A wallet of a further currency."""

    currency: Currency = Field(examples=["USD"])


class ChangeWallet(Body):
    """Below which amount a payment needs no payment password; raising it needs it."""

    free_limit: int = Field(ge=0, le=MAX_AMOUNT, examples=[50000])
    payment_password: SixDigits | None = None


class WalletAnswer(Schema):
    """A wallet. `per_year_left` is what may still be spent this calendar year, at the customer's level."""

    account_id: str
    currency: str
    status: Status
    balance: int
    available: int
    free_limit: int = Field(examples=[100000])
    per_year: int | None = Field(examples=[100000])
    per_year_left: int | None = Field(examples=[98010])


class WalletPage(Schema):
    """The customer's wallets."""

    items: list[WalletAnswer]
    next_cursor: str | None = None


class Close(Body):
    """A code from the phone, and the authenticator's where there is one."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class CustomersQuery(Page):
    """Whose customers: of all units that the caller sees, or of one."""

    unit_id: Identifier | None = None


class CustomerPage(Schema):
    """A page of customers. It may come short, even empty, and have a next one."""

    items: list[CustomerAnswer]
    next_cursor: str | None


class LookUp(Body):
    """Whose a phone is; in the body, because addresses are logged. Staff say which channel's customers."""

    phone: Phone
    client_id: Identifier | None = Field(
        default=None, description="For staff; the bank's own channels unless given"
    )


class Unmask(Body):
    """Which field to see as it is, and why."""

    customer_id: Identifier
    field: Literal["phone"]
    reason: Text


class Unmasked(Schema):
    """A field as it is. That it was shown is in the audit trail."""

    customer_id: str
    field: Literal["phone"]
    value: str = Field(examples=["+8613800138000"])
