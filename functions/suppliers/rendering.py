"""Rows of the suppliers room as its answers show them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bank import clock
from bank.access import authority
from bank.benefits.suppliers import AtExit
from bank.counterparties import bank_accounts
from bank.counterparties.cycles import Cycle
from bank.counterparties.schemas import MaskedBankAccount
from bank.uploads import urls
from bank.uploads.facts import FileFacts
from bank.uploads.schemas import Upload
from suppliers import schemas
from suppliers.domain import DocumentKind, Status
from suppliers.domain.statements import Agreed, StatementStatus, Totals, grade
from suppliers.domain.usage_files import FileStatus
from suppliers.tables import DossierRow, StatementRow, UsageFileRow


def supplier(row: DossierRow) -> schemas.SupplierAnswer:
    """A supplier as it is now, its bank account masked."""
    account = row.bank_account
    return schemas.SupplierAnswer(
        supplier_id=row.supplier_id,
        name=row.name,
        credit_code=row.credit_code,
        unit_id=row.unit_id,
        contract_from=date.fromisoformat(row.contract_from),
        contract_until=date.fromisoformat(row.contract_until),
        settlement=Cycle(row.settlement),
        currency=row.currency,
        bank_account=MaskedBankAccount(**bank_accounts.shown(account)) if account else None,
        contact=row.contact["masked"] if row.contact else None,
        documents=[schemas.DocumentAnswer(**_document(*each)) for each in sorted(row.documents.items())],
        status=Status(row.status),
        status_reason=row.status_reason,
        suspended_by=authority.names(row.suspended_by),
        issued=AtExit(row.at_exit) if row.at_exit else None,
        exit_until=date.fromisoformat(row.exit_until) if row.exit_until else None,
        settlement_account_id=row.settlement_account_id if row.admitted_at else None,
        created_at=clock.parse(row.created_at),
        admitted_at=clock.parse(row.admitted_at),
    )


def announced(
    document_id: str, document: Mapping[str, Any], url: str, expires_at: datetime
) -> schemas.AnnouncedDocument:
    """A document as its announcement is answered, each time it is sent."""
    file = FileFacts(document["sha256"], document["length"], document["media_type"])
    upload = Upload(url=url, headers=urls.headers(file), expires_at=expires_at)
    return schemas.AnnouncedDocument(**_document(document_id, document), upload=upload)


def document_file(
    document_id: str, document: Mapping[str, Any], url: str, expires_at: datetime
) -> schemas.DocumentFile:
    """A document with the URL of its file."""
    return schemas.DocumentFile(**_document(document_id, document), url=url, expires_at=expires_at)


def _document(document_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "kind": DocumentKind(document["kind"]),
        "file_name": document["file_name"],
        "file_sha256": document["sha256"],
        "file_length": document["length"],
        "file_type": document["media_type"],
        "announced_at": clock.parse(document["at"]),
    }


def statement(row: StatementRow, comes_to: Agreed | None) -> schemas.StatementAnswer:
    """A statement, with what it `comes_to` as far as that is known."""
    disputes = [
        schemas.DisputeAnswer(
            dispute_id=dispute_id,
            **{name: each[name] for name in ("code", "amount", "reason", "status")},
        )
        for dispute_id, each in sorted(row.disputes.items())
    ]
    return schemas.StatementAnswer(
        supplier_id=row.supplier_id,
        period=row.period,
        currency=row.currency,
        status=StatementStatus(row.status),
        redeemed=int(row.redeemed),
        reversed=int(row.reversed),
        late=int(row.late),
        cost=int(row.cost),
        borne=int(row.borne),
        disputes=disputes,
        owed=comes_to.owed if comes_to else None,
        paid=comes_to.paid if comes_to else None,
        owes=comes_to.owes if comes_to else None,
        journal_id=row.journal_id,
        closed_at=clock.parse(row.closed_at),
        agreed_at=clock.parse(row.agreed_at),
    )


def rating(supplier_id: str, rows: list[StatementRow]) -> schemas.RatingAnswer:
    """A supplier's rating by these statements."""
    totals = sum((row.totals for row in rows), Totals())
    disputed = sum(row.disputed for row in rows)
    return schemas.RatingAnswer(
        supplier_id=supplier_id,
        grade=grade(totals, disputed),
        statements=len(rows),
        redeemed=totals.redeemed,
        reversed=totals.reversed,
        disputed=disputed,
    )


def usage_file(row: UsageFileRow, results_url: str | None) -> schemas.UsageFileAnswer:
    """A usage file, and how it compares."""
    return schemas.UsageFileAnswer(**_usage_file(row), results_url=results_url)


def announced_usage(row: UsageFileRow, url: str, expires_at: datetime) -> schemas.AnnouncedUsageFile:
    """A usage file as its announcement is answered, each time it is sent."""
    upload = Upload(url=url, headers=urls.headers(row.announced), expires_at=expires_at)
    return schemas.AnnouncedUsageFile(**_usage_file(row), results_url=None, upload=upload)


def _usage_file(row: UsageFileRow) -> dict[str, Any]:
    return {
        "file_id": row.file_id,
        "supplier_id": row.supplier_id,
        "period": row.period,
        "currency": row.currency,
        "file_name": row.file_name,
        "status": FileStatus(row.status),
        "rejection": row.rejection,
        "lines": None if row.lines is None else int(row.lines),
        "unreadable": row.unreadable or [],
        "counts": row.counts or {},
        "compared_at": clock.parse(row.compared_at),
    }
