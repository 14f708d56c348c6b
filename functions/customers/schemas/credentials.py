"""The authenticator, the payment password, payment tokens."""

from pydantic import Field, model_validator

from bank.http import Amount, Body, Currency, Identifier, Instant, Schema
from customers.schemas.fields import IdNumber, RecoveryCode, SixDigits


class TotpOffer(Schema):
    """An authenticator to enrol: it counts once it has shown a code."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(examples=["otpauth://totp/Perkbank:cus_01J?secret=JBSWY3DPEHPK3PXP&issuer=Perkbank"])


class ConfirmTotp(Body):
    """The authenticator's code, and one from the phone; besides, what a payment password takes. Not from a
    device that is new."""

    totp: SixDigits
    code: SixDigits
    current_payment_password: SixDigits | None = None
    id_number: IdNumber | None = None


class RecoveryCodes(Schema):
    """Shown once; each is good once, where the authenticator is lost."""

    recovery_codes: list[str] = Field(examples=[["1f3a9-0c2be-77d41-e85f6"]])


class RemoveTotp(Body):
    """A last code of the authenticator, or a recovery code, and a code from the phone."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None


class UnlockPaymentPassword(Body):
    """A code from the phone, and the authenticator's where there is one; the id number from a new device, and
    after more than five failures since the right one was shown."""

    code: SixDigits
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None
    id_number: IdNumber | None = None


class SetPaymentPassword(UnlockPaymentPassword):
    """Six digits to pay with. The one before, or who has forgotten it the id number or the authenticator."""

    payment_password: SixDigits = Field(examples=["274916"])
    current_payment_password: SixDigits | None = None


class AskPaymentToken(Body):
    """Payment to confirm, and the payment password or the authenticator's code for it."""

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
