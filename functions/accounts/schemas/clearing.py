"""Clearing accounts."""

from typing import Annotated

from pydantic import Field

from bank.http import Amount, Body, Currency, Schema, Text
from bank.money import MAX_AMOUNT

# A client that is registered here, or another issuer's caller: `<issuer>#<sub>`.
Caller = Annotated[str, Field(pattern=r"^[ -~]{1,512}$", examples=["cli_01JDB3W6Q2V0M8C4T5R7N9XKHE"])]
AmountOrNone = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT, description="Minor units")]


class ClearingLimits(Body):
    """Limits of what a client may deposit on its word in a currency."""

    client_id: Caller
    currency: Currency
    credit_limit: AmountOrNone = Field(description="The most that it may owe", examples=[500000000])
    per_day: AmountOrNone = Field(description="The most on a business day", examples=[100000000])
    per_deposit: AmountOrNone | None = Field(
        default=None, description="The most at once; as a day unless given"
    )
    reason: Annotated[Text, Field(description="Why, for the audit trail; no personal data")]

    @property
    def amount(self) -> int:
        """Amount that its approval is about (`bank.control.gate`): the most that the bank may lose."""
        return self.credit_limit


class Settlement(Body):
    """Payment of a client, of what it owes."""

    client_id: Caller
    currency: Currency
    amount: Amount
    reference: Text = Field(description="Of the payment; counts once", examples=["2026-11-21/7"])


class SettlementAnswer(Schema):
    """A settlement that was booked."""

    journal_id: str = Field(examples=["jrn_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    client_id: str
    currency: str
    amount: int
    reference: str
