"""The rules of suppliers: the states of one, its contract and its documents. Pure."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from bank import errors

MAX_DOCUMENTS = 20


class Status(StrEnum):
    """States of a supplier. An application ends as rejected or active; all after that is of admitted ones."""

    APPLIED = "applied"
    REJECTED = "rejected"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXITING = "exiting"
    CLOSED = "closed"


class DocumentKind(StrEnum):
    """Kinds of documents that a supplier shows."""

    LICENCE = "business_licence"
    CONTRACT = "contract"
    QUALIFICATION = "qualification"
    OTHER = "other"


# Without these nobody is admitted.
REQUIRED = (DocumentKind.LICENCE, DocumentKind.CONTRACT)


class SupplierNotFound(errors.NotFound):
    """404: no such supplier, or not the caller's to see."""

    code, title = "supplier_not_found", "Supplier not found"


class DocumentNotFound(errors.NotFound):
    """404: the supplier has no such document."""

    code, title = "document_not_found", "Document not found"


class SupplierStatus(errors.Conflict):
    """409: the supplier's status does not allow this."""

    code, title = "supplier_status", "Supplier status"


class ContractOver(errors.Conflict):
    """409: the contract has ended; nobody is admitted on it."""

    code, title = "contract_over", "Contract over"


class ContractDates(errors.Unprocessable):
    """422: a contract does not end before it begins, and lasts 10 years at most."""

    code, title = "contract_dates", "Contract dates"


class DocumentsMissing(errors.Conflict):
    """409: nobody is admitted without a business licence and a contract that have been uploaded."""

    code, title = "documents_missing", "Documents missing"


class TooManyDocuments(errors.Conflict):
    """409: a supplier has 20 documents at most."""

    code, title = "too_many_documents", "Too many documents"


class ExitDate(errors.Unprocessable):
    """422: what is issued is honoured or refunded until a day that is not past, within 3 years."""

    code, title = "exit_date", "Exit date"


MOST_YEARS, EXIT_YEARS = 10, 3


def status(*, stopped: bool, exiting_since: str | None, closed_at: str | None) -> Status:
    """Return the state of an admitted supplier: whoever stops it stops it while it exits and after it too."""
    if stopped:
        return Status.SUSPENDED
    if closed_at:
        return Status.CLOSED
    return Status.EXITING if exiting_since else Status.ACTIVE


def require_contract(begins: date, ends: date) -> None:
    """Raise ContractDates unless these are first and last day of a contract."""
    if ends < begins:
        raise ContractDates(f"a contract from {begins} cannot end on {ends}")
    if ends.year - begins.year > MOST_YEARS:
        raise ContractDates(f"a contract lasts {MOST_YEARS} years at most")


def require_admissible(ends: date, today: date, present: Collection[str]) -> None:
    """Raise ContractOver, or DocumentsMissing unless the required kinds are among those `present`."""
    if ends < today:
        raise ContractOver(f"the contract ended on {ends}")
    missing = [kind for kind in REQUIRED if kind not in present]
    if missing:
        raise DocumentsMissing(f"not uploaded yet: {', '.join(missing)}")


def require_exit(until: date, today: date) -> None:
    """Raise ExitDate unless what is issued can be honoured or refunded until this day."""
    if until < today or until.year - today.year > EXIT_YEARS:
        raise ExitDate(f"{until} is past, or more than {EXIT_YEARS} years ahead")
