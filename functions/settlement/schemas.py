"""Answers of the settlement room: its HTTP contract."""

from datetime import date
from typing import Literal

from pydantic import Field

from bank.http import Instant, Schema


class PaidBankAccount(Schema):
    """The bank account that was on file; of its number only the last four digits show."""

    bank_code: str
    account_number: str = Field(examples=["***************0123"])
    holder_name: str


class _Payout(Schema):
    """Base: a payout as it was booked."""

    payout_id: str = Field(examples=["po_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    amount: int
    currency: str
    business_date: date
    settlement_account_id: str = Field(examples=["stl_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    journal_id: str
    bank_account: PaidBankAccount
    status: Literal["booked"]
    booked_at: Instant


class PayoutAnswer(_Payout):
    """A payout to a merchant as it was booked."""

    merchant_id: str = Field(examples=["mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"])


class SupplierPayoutAnswer(_Payout):
    """A payout to a supplier as it was booked."""

    supplier_id: str = Field(examples=["sup_01JDB3W6Q2V0M8C4T5R7N9XKHE"])


class PayoutPage(Schema):
    """A page of payouts."""

    items: list[PayoutAnswer]
    next_cursor: str | None


class SupplierPayoutPage(Schema):
    """A page of payouts to a supplier."""

    items: list[SupplierPayoutAnswer]
    next_cursor: str | None
