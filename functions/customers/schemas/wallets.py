"""Wallets."""

from pydantic import Field

from bank.access.authority import Authority
from bank.http import Body, Currency, Instant, Schema
from bank.ledger import Status
from bank.money import MAX_AMOUNT
from customers.schemas.fields import SixDigits


class OpenWallet(Body):
    """A wallet of a further currency."""

    currency: Currency = Field(examples=["USD"])


class ChangeWallet(Body):
    """Below which amount a payment needs no payment password; raising it needs it."""

    free_limit: int = Field(ge=0, le=MAX_AMOUNT, examples=[50000])
    payment_password: SixDigits | None = None


class UnfreezeWallet(Body):
    """The end of one's own freeze."""

    payment_password: SixDigits


class WalletAnswer(Schema):
    """A wallet. `per_year_left` is what may still be spent this calendar year, at the customer's level."""

    account_id: str
    currency: str
    status: Status
    frozen_by: list[Authority] = Field(description="Authorities that freeze it, lowest first", examples=[[]])
    balance: int
    available: int
    free_limit: int = Field(examples=[100000])
    per_year: int | None = Field(examples=[100000])
    per_year_left: int | None = Field(examples=[98010])
    lowered_until: Instant | None = Field(
        description="Until then at most `lowered_per_day` leaves in any 24 hours", examples=[None]
    )
    lowered_per_day: int | None = Field(examples=[None])


class WalletPage(Schema):
    """The customer's wallets."""

    items: list[WalletAnswer]
    next_cursor: str | None = None
