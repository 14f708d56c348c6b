"""Accounts, their movements, statements and journals."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from bank.access.authority import Authority
from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
from bank.ledger import Kind, Status
from bank.risk import RiskSignals


class Limits(Body):
    """Spending limits: at once, in a business day, a month, a year (Shanghai). null: no limit."""

    per_payment: Amount | None = Field(default=None, examples=[50000])
    per_day: Amount | None = Field(default=None, examples=[200000])
    per_month: Amount | None = Field(default=None, examples=[2000000])
    per_year: Amount | None = Field(default=None, examples=[20000000])


class OpenAccount(Body):
    """An account to open."""

    owner_id: Identifier = Field(examples=["own_0001"])
    # Merchants' settlement accounts are opened with the merchant, the bank's own by the kernel alone.
    kind: Literal["wallet"]
    currency: Currency
    limits: Limits | None = None


class AccountAnswer(Schema):
    """An account. `available` is what may be spent: the balance less what is held, and the credit limit."""

    account_id: str = Field(examples=["wal_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    owner_id: str
    kind: Kind
    currency: str
    status: Status
    frozen_by: list[Authority] = Field(description="Authorities that freeze it, lowest first", examples=[[]])
    balance: int = Field(examples=[250000])
    held: int = Field(examples=[1990])
    available: int = Field(examples=[248010])
    credit_limit: int = Field(
        description="Of a clearing account: the most that its client may owe", examples=[0]
    )
    limits: Limits
    lowered_until: Instant | None = Field(
        description="Until then at most `lowered_per_day` leaves in any 24 hours", examples=[None]
    )
    lowered_per_day: int | None = Field(examples=[None])
    opened_at: Instant


class AccountPage(Schema):
    """A page of accounts."""

    items: list[AccountAnswer]
    next_cursor: str | None


class AccountsQuery(Page):
    """Filter of accounts by owner."""

    owner_id: Identifier


class Deposit(Body):
    """Money that comes in from outside the bank's ledger."""

    account_id: Identifier = Field(examples=["wal_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    amount: Amount
    currency: Currency
    source: Text = Field(examples=["bank_transfer"])
    reference: Text = Field(examples=["2026-11-21/0001"])


class Withdrawal(RiskSignals):
    """Money that leaves the bank's ledger."""

    amount: Amount
    currency: Currency
    destination: Text = Field(examples=["bank_transfer"])
    reference: Text = Field(examples=["2026-11-21/0002"])


class MovementAnswer(Schema):
    """A deposit or a withdrawal that was booked, or is held until a person has looked (`in_review`)."""

    movement_id: str = Field(examples=["dep_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    type: Literal["deposit", "withdrawal"]
    status: Literal["booked", "in_review"]
    account_id: str
    amount: int
    currency: str
    counterparty: str = Field(
        description="The deposit's source, the withdrawal's destination", examples=["bank_transfer"]
    )
    reference: str
    journal_id: str | None
    booked_at: Instant


class Direction(StrEnum):
    """Direction in which an entry moved the balance."""

    CREDIT = "credit"
    DEBIT = "debit"


class EntriesQuery(Page):
    """Part of a statement: booked in [from, to), newest first."""

    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None


class EntryAnswer(Schema):
    """One line of a statement. On an internal account a line may sum up many journals (`count`)."""

    booked_at: Instant
    direction: Direction = Field(examples=["debit"])
    amount: int
    balance_after: int | None = Field(
        examples=[250000],
        description="The balance after it; null where so many book on an account that no line has one:"
        " one of the bank's own, or of a merchant that takes in much",
    )
    kind: str = Field(examples=["payment"])
    reference: str | None
    counterparty: str | None = Field(examples=["stl_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    journal_id: str | None
    count: int


class EntryPage(Schema):
    """A page of a statement."""

    items: list[EntryAnswer]
    next_cursor: str | None


class BalanceQuery(Schema):
    """As of which instant; now, where none is given."""

    as_of: Instant | None = None


class BalanceAnswer(Schema):
    """A balance after everything booked up to and including `as_of`."""

    account_id: str
    currency: str
    balance: int
    as_of: Instant


class LegAnswer(Schema):
    """One side of a journal."""

    account_id: str
    direction: Direction
    amount: int


LEGS = [
    {"account_id": "wal_01JDB3W6Q2V0M8C4T5R7N9XKHE", "direction": "debit", "amount": 1990},
    {"account_id": "stl_01JDB3W6Q2V0M8C4T5R7N9XKHE", "direction": "credit", "amount": 1978},
    {"account_id": "int_fees_CNY", "direction": "credit", "amount": 12},
]


class JournalAnswer(Schema):
    """A journal: debits equal credits."""

    journal_id: str = Field(examples=["jrn_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: str = Field(examples=["payment"])
    reference: str
    currency: str
    booked_at: Instant
    made_by: str | None = Field(
        description="Who asked for it, or the case or job that it followed from; null on old ones",
        examples=["cli_app"],
    )
    legs: list[LegAnswer] = Field(examples=[LEGS])


class CurrencySum(Schema):
    """The sum of all balances of a currency: zero on a sound ledger."""

    currency: str
    sum: int = Field(examples=[0])


class TrialBalanceAnswer(Schema):
    """The trial balance of the last verification."""

    currencies: list[CurrencySum]
    as_of: Instant


class Difference(Schema):
    """Something that does not agree: what kind of thing, which one, and how.

    `corrupt`: it contradicts something else; `lost`: it should have been written by a stream's consumer a day
    ago or earlier.
    """

    what: str = Field(examples=["balance"])
    id: str
    detail: str
    standing: Literal["corrupt", "lost"] = "corrupt"


class Late(Schema):
    """Something that a stream's consumer has still to write, and since when."""

    what: str = Field(examples=["leg"])
    id: str
    detail: str
    since: Instant


class VerificationAnswer(Schema):
    """Report of the last verification of the whole ledger."""

    as_of: Instant
    started_at: Instant
    finished_at: Instant
    accounts: int = Field(examples=[1200])
    journals: int = Field(examples=[68000])
    zero_sum: bool
    currencies: list[CurrencySum]
    difference_count: int = Field(examples=[0])
    differences: list[Difference] = Field(examples=[[]])
    late_count: int = Field(default=0, examples=[0])
    late_since: Instant | None = None
    late: list[Late] = Field(default=[], examples=[[]])
