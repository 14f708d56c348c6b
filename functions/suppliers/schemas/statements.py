"""Requests and answers about statements and usage files."""

from typing import Annotated, Literal

from pydantic import Field

from bank.config import config
from bank.http import Body, Currency, Instant, Schema, Text
from bank.money import MAX_AMOUNT
from bank.uploads.facts import FileFacts
from bank.uploads.schemas import Sha256, Upload
from suppliers.domain.statements import StatementStatus
from suppliers.domain.usage_files import MAX_BYTES, FileStatus

Period = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


class OfStatement(Body):
    """The statement that an act is on: of one month, in one currency."""

    currency: Currency = config.home_currency


class RaiseDispute(OfStatement):
    """A line of a statement that is wrong, and by how much its cost would change."""

    code: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$", examples=["ent_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    ]
    amount: Annotated[
        int,
        Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Minor units; below zero: less", examples=[-500]),
    ]
    reason: Text


class DecideDispute(OfStatement):
    """Decision on a dispute."""

    decision: Literal["accepted", "rejected"]
    reason: Text


class AgreeStatement(OfStatement):
    """Amount of a statement that the supplier is paid, as the bank has computed it."""

    amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT, description="Minor units", examples=[120_000])]


class DisputeAnswer(Schema):
    """A dispute on a line of a statement."""

    dispute_id: str = Field(examples=["dsp_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    code: str
    amount: int
    reason: str
    status: Literal["open", "accepted", "rejected"]


class StatementAnswer(Schema):
    """A month of a supplier in a currency, in minor units. What is `late` was used in months before.

    `paid` and `owes` are what it comes to; null while a statement before it is not agreed.
    """

    supplier_id: str
    period: Period
    currency: str
    status: StatementStatus
    redeemed: int
    reversed: int
    late: int
    cost: int = Field(description="What the supplier is due for it, less what was reversed")
    borne: int = Field(description="What the supplier bears of discounts, less what was reversed")
    disputes: list[DisputeAnswer]
    owed: int | None = Field(description="From the statement before", examples=[0])
    paid: int | None = Field(examples=[120_000])
    owes: int | None = Field(examples=[0])
    journal_id: str | None = Field(examples=[None])
    closed_at: Instant
    agreed_at: Instant | None = Field(examples=[None])


class StatementPage(Schema):
    """A page of statements."""

    items: list[StatementAnswer]
    next_cursor: str | None


class StatementQuery(Schema):
    """The currency of a statement."""

    currency: Currency = config.home_currency


class RatingAnswer(Schema):
    """Rating of a supplier by the share of its use that was neither reversed nor rightly disputed.

    A from 99 % on, B from 95 %, C from 90 %, else D; null without use.
    """

    supplier_id: str
    grade: Literal["A", "B", "C", "D"] | None = Field(examples=["A"])
    statements: int
    redeemed: int
    reversed: int
    disputed: int


class AnnounceUsageFile(OfStatement):
    """A supplier's own file of what was used in a month: CSV headed `code,amount`, a line for each use."""

    period: Period
    file_name: Text = Field(examples=["usage-2026-11.csv"])
    file_sha256: Sha256
    file_length: int = Field(ge=1, le=MAX_BYTES, description="Bytes", examples=[48_213])
    file_type: Literal["text/csv"] = "text/csv"

    @property
    def file(self) -> FileFacts:
        """The file that is announced."""
        return FileFacts(self.file_sha256, self.file_length, self.file_type)


class FileRejection(Schema):
    """Reason for which nothing of a file is compared."""

    code: str = Field(examples=["wrong_header"])
    detail: str


class UsageFileAnswer(Schema):
    """A usage file, how many codes came to which outcome, and the numbers of lines that cannot be read."""

    file_id: str = Field(examples=["suf_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    supplier_id: str
    period: Period
    currency: str
    file_name: str
    status: FileStatus
    rejection: FileRejection | None = Field(examples=[None])
    lines: int | None = Field(examples=[1200])
    unreadable: list[int] = Field(examples=[[]])
    counts: dict[str, int] = Field(
        examples=[{"matched": 1190, "ours_only": 3, "theirs_only": 5, "amount_differs": 2}]
    )
    compared_at: Instant | None = Field(examples=[None])
    results_url: str | None = Field(
        description="CSV with the outcome of each code, for five minutes", examples=[None]
    )


class AnnouncedUsageFile(UsageFileAnswer):
    """A usage file that awaits its content."""

    upload: Upload
