"""Requests and answers of the transfers room: its HTTP contract."""

from typing import Literal, Self

from pydantic import Field, model_validator

from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
from bank.risk import RiskSignals
from bank.uploads.facts import FileFacts
from bank.uploads.schemas import Sha256, Upload
from transfers.domain.batch import Status as BatchStatus
from transfers.domain.batch_file import MAX_FILE_BYTES, MAX_LINES
from transfers.domain.transfer import Status


class MakeTransfer(RiskSignals):
    """A transfer between two accounts of the bank, in the currency of both."""

    from_account_id: Identifier = Field(examples=["wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3E"])
    to_account_id: Identifier = Field(examples=["wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3F"])
    amount: Amount
    currency: Currency
    note: Text | None = None

    @model_validator(mode="after")
    def _between_two(self) -> Self:
        if self.from_account_id == self.to_account_id:
            raise ValueError("from_account_id and to_account_id are the same")
        return self


class ResultsQuery(Schema):
    """Encoding of the results: with or without a byte order mark."""

    bom: bool = Field(
        default=False, description="With a byte order mark: without one, Excel in Chinese reads UTF-8 as GBK"
    )


class Reason(Schema):
    """Reason of a refusal: a stable code and a sentence for a person."""

    code: str = Field(examples=["insufficient_funds"])
    detail: str


class TransferAnswer(Schema):
    """A transfer. Only a succeeded one moved money and has a journal; `decline` says why it did not."""

    transfer_id: str = Field(examples=["trf_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    status: Status
    from_account_id: str
    to_account_id: str
    amount: int
    currency: str
    note: str | None
    journal_id: str | None
    created_at: Instant
    decline: Reason | None


class TransfersQuery(Page):
    """Filter of transfers by account, sent or received: booked in [from, to), newest first."""

    account_id: Identifier
    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None


class TransferPage(Schema):
    """A page of booked transfers; where there is a next page, this one may hold fewer than `limit`."""

    items: list[TransferAnswer]
    next_cursor: str | None


class AnnounceBatch(Body):
    """A batch of transfers from one account, which file it is, and what the lines of that add up to.

    Only the file of this digest, length and type is taken, so that whoever signs this request signs the file.
    A line whose amount is not a positive whole number counts in `total_count` and not in `total_amount`.
    """

    from_account_id: Identifier = Field(examples=["wal_01JD3Q4V5W6X7Y8Z9A0B1C2D3E"])
    file_name: Text = Field(examples=["salaries-2026-11.csv"])
    file_sha256: Sha256
    file_length: int = Field(ge=1, le=MAX_FILE_BYTES, description="Bytes", examples=[87])
    file_type: Literal["text/csv", "text/csv; charset=utf-8"] = "text/csv"
    total_count: int = Field(ge=1, le=MAX_LINES)
    total_amount: Amount
    currency: Currency | None = Field(default=None, description="The account's own, where none is given")

    @property
    def file(self) -> FileFacts:
        """The file that is announced."""
        return FileFacts(self.file_sha256, self.file_length, self.file_type)


class AnnouncedBatch(Schema):
    """A batch that awaits its file: CSV in UTF-8, headed `to_account_id,amount,currency,reference`."""

    batch_id: str
    status: Literal[BatchStatus.AWAITING_FILE]
    upload: Upload


class Counts(Schema):
    """Lines by outcome; together they are `total_count`."""

    pending: int = Field(examples=[0])
    succeeded: int = Field(examples=[98])
    declined: int = Field(description="By the state of the accounts", examples=[1])
    rejected: int = Field(
        description="Wrong in themselves; all lines, where the file was rejected", examples=[1]
    )


class Amounts(Schema):
    """Minor units: what was announced, and what has been paid."""

    total: int = Field(examples=[199000])
    succeeded: int = Field(examples=[195020])


class BatchLinks(Schema):
    """Links from a batch; `results` once it is completed."""

    self: str = Field(examples=["/transfer-batches/bat_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    results: str | None = Field(examples=["/transfer-batches/bat_01JDB3W6Q2V0M8C4T5R7N9XKHE/results"])


class BatchAnswer(Schema):
    """A batch and how far it is. `rejection` says why its file was not taken, for good."""

    batch_id: str
    status: BatchStatus = Field(examples=["completed"])
    from_account_id: str
    file_name: str
    currency: str
    total_count: int = Field(examples=[100])
    total_amount: int = Field(examples=[199000])
    counts: Counts
    amounts: Amounts
    rejection: Reason | None
    refused_file: Reason | None = Field(
        description="Why the last file that came was not the announced one, which may still come"
    )
    created_at: Instant
    completed_at: Instant | None
    links: BatchLinks
