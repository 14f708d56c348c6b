"""Requests and answers about suppliers."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from bank.access.authority import Authority
from bank.benefits.suppliers import AtExit
from bank.config import config
from bank.counterparties.schemas import BankAccount, MaskedBankAccount, Settlement
from bank.http import Body, Currency, Instant, Page, Schema, Text
from bank.phones import MobilePhone
from bank.uploads.facts import FileFacts
from bank.uploads.schemas import Sha256, Upload
from suppliers.domain import DocumentKind, Status
from suppliers.domain.credit_codes import is_credit_code

MAX_DOCUMENT_BYTES = 20 * 2**20
CONTACT = "Mobile of who hears by text message of what is done to the supplier; in answers masked"


def _credit_code(code: str) -> str:
    if not is_credit_code(code):
        raise ValueError("is no unified social credit code (GB 32100-2015)")
    return code


def _left_out(**facts: Any) -> Any:
    """A field that may be left out but not be null."""
    return Field(default_factory=lambda: None, exclude_if=lambda value: value is None, **facts)


Name = Annotated[Text, Field(examples=["Coffee Vouchers Ltd"])]
CreditCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-HJ-NP-RT-UW-Y]{18}$", description="GB 32100-2015", examples=["91310000132612172J"]
    ),
    AfterValidator(_credit_code),
]
Day = Annotated[date, Field(strict=False, ge=date(2000, 1, 1), le=date(2199, 12, 31))]


class ApplySupplier(Body):
    """An application to become a supplier, on these terms; its documents follow."""

    name: Name
    credit_code: CreditCode
    contract_from: Day = Field(
        description="First day of the contract, in Asia/Shanghai", examples=["2026-12-01"]
    )
    contract_until: Day = Field(description="Last day of the contract", examples=["2027-11-30"])
    settlement: Settlement
    currency: Currency = config.home_currency
    bank_account: BankAccount | None = None
    contact: MobilePhone = _left_out(repr=False, description=CONTACT)


class ChangeSupplier(Body):
    """Terms to change. What is left out stays as it is; a bank_account of null takes it off file."""

    name: Name = _left_out()
    contract_until: Day = _left_out(description="Last day of the contract", examples=["2028-11-30"])
    settlement: Settlement = _left_out()
    bank_account: BankAccount | None = Field(default_factory=lambda: None)
    contact: MobilePhone = _left_out(repr=False, description=CONTACT)


class Reason(Body):
    """Reason of a change of status; it is kept with the supplier."""

    reason: Text


class Resume(Reason):
    """The end of a suspension: the caller's own, or a lower authority's."""

    authority: Authority | None = Field(default=None, strict=False, examples=[None])


class Exit(Reason):
    """A supplier leaves: what of it is issued is honoured or refunded, until this day at the latest."""

    issued: AtExit = Field(strict=False, examples=["honoured"])
    until: Day = Field(description="Last day on which it is", examples=["2027-03-31"])


class AnnounceDocument(Body):
    """A document to come: only the file of this digest, length and type is taken."""

    kind: DocumentKind = Field(strict=False, examples=["contract"])
    file_name: Text = Field(examples=["contract-2026.pdf"])
    file_sha256: Sha256
    file_length: int = Field(ge=1, le=MAX_DOCUMENT_BYTES, description="Bytes", examples=[48_213])
    file_type: Literal["application/pdf", "image/jpeg", "image/png"]

    @property
    def file(self) -> FileFacts:
        """The file that is announced."""
        return FileFacts(self.file_sha256, self.file_length, self.file_type)


class DocumentAnswer(Schema):
    """A document of a supplier, as it was announced."""

    document_id: str = Field(examples=["doc_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: DocumentKind
    file_name: str
    file_sha256: str
    file_length: int
    file_type: str
    announced_at: Instant


class AnnouncedDocument(DocumentAnswer):
    """A document that awaits its file."""

    upload: Upload


class DocumentFile(DocumentAnswer):
    """A document, with the URL that its file is read from."""

    url: str = Field(examples=["https://s3.example.com/documents/sup/doc?X-Amz-Signature=..."])
    expires_at: Instant


class SupplierAnswer(Schema):
    """A supplier as it is now. It has a settlement account from its admission on."""

    supplier_id: str = Field(examples=["sup_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    name: str
    credit_code: str
    unit_id: str = Field(description="Unit of the bank that keeps it", examples=["unit_head"])
    contract_from: date
    contract_until: date
    settlement: Settlement
    currency: str
    bank_account: MaskedBankAccount | None
    contact: str | None = Field(description="Masked", examples=["+86138****8000"])
    documents: list[DocumentAnswer]
    status: Status
    status_reason: str | None = Field(examples=[None])
    suspended_by: list[Authority] = Field(
        description="Authorities that suspend it, lowest first", examples=[[]]
    )
    issued: AtExit | None = Field(description="Fate of what is issued, of one that leaves", examples=[None])
    exit_until: date | None = Field(examples=[None])
    settlement_account_id: str | None = Field(examples=["stl_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    created_at: Instant
    admitted_at: Instant | None


class SupplierPage(Schema):
    """A page of suppliers; where there is a next page, this one may hold fewer than `limit`."""

    items: list[SupplierAnswer]
    next_cursor: str | None


class SuppliersQuery(Page):
    """Filter of suppliers by status."""

    status: Status = Status.ACTIVE
