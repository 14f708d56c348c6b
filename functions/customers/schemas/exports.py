"""Exports of the customer's own data."""

from typing import Literal

from pydantic import Field, model_validator

from bank.http import Body, Instant, Schema
from customers.schemas.fields import Password, RecoveryCode, SixDigits


class AskExport(Body):
    """One factor that is shown now; the authenticator's code, or a recovery code, of who has one."""

    current_password: Password | None = None
    payment_password: SixDigits | None = Field(default=None, examples=["274916"])
    totp: SixDigits | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def _one(self) -> "AskExport":
        given = (self.current_password, self.payment_password, self.totp, self.recovery_code)
        if sum(each is not None for each in given) != 1:
            raise ValueError("send one of current_password, payment_password, totp, recovery_code")
        return self


class ExportPart(Schema):
    """A room's part: JSON, with a list of records for each section.

    `url` is for the session that asked for the export, good for five minutes.
    """

    room: str = Field(examples=["payments"])
    status: Literal["ready", "missing"]
    size: int | None = Field(default=None, description="In bytes", examples=[48210])
    url: str | None = Field(default=None, examples=["https://s3.example/exp_01J/payments.json"])


class ExportSummary(Schema):
    """An export. It can be fetched until `expires_at`."""

    export_id: str = Field(examples=["exp_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    requested_at: Instant
    expires_at: Instant


class ExportAnswer(ExportSummary):
    """An export as it is now. `incomplete`: an hour has passed and the parts that are missing still are."""

    status: Literal["preparing", "ready", "incomplete", "expired"]
    parts: list[ExportPart]
    not_included: list[str] = Field(
        description="What no export has, and on which ground: the same for everybody",
        examples=[["how the bank finds fraud, and the rights of others: GDPR, article 15(4)"]],
    )


class ExportPage(Schema):
    """The customer's exports of the last 30 days, newest first."""

    items: list[ExportSummary]
    next_cursor: str | None = None
