"""What the tests of the suppliers room start from: applicants, admitted suppliers, documents, and a clock."""

from datetime import datetime
from typing import Any

import boto3

from bank import clock, store
from bank.benefits.suppliers import SupplierRow
from bank.config import config
from bank.ledger import PayeeRow
from bank.uploads.facts import FileFacts
from suppliers.app import app
from suppliers.settings import settings
from suppliers.tables import DossierRow
from tests.support import http
from tests.support.approvals import undelayed
from tests.support.http import Reply, call

CODE = "91310000132612172J"
NUMBER = "6222021234567890123"
BANK_ACCOUNT = {"bank_code": "102290000011", "account_number": NUMBER, "holder_name": "Coffee Vouchers Ltd"}
TERMS = {
    "name": "Coffee Vouchers",
    "credit_code": CODE,
    "contract_from": "2026-11-01",
    "contract_until": "2027-10-31",
    "settlement": "T+1",
    "bank_account": BANK_ACCOUNT,
}
PDF = b"%PDF-1.7 contract"
WHY = {"reason": "asked for"}


class Clock:
    """A clock that stands where a test puts it, in Asia/Shanghai: `at("2026-11-20T09:00")`."""

    def __init__(self) -> None:
        self("2026-11-20T09:00")

    def __call__(self, moment: str) -> None:
        self.moment = datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)

    def now(self) -> datetime:
        return self.moment


def apply(*, key: str | None = None, principal: dict[str, str] | None = None, **terms: Any) -> Reply:
    return call(app, "POST", "/suppliers", TERMS | terms, key=key, principal=principal)


def applicant(**terms: Any) -> str:
    return str(apply(**terms).json["supplier_id"])


def announce(supplier_id: str, kind: str, content: bytes = PDF, **given: Any) -> Reply:
    file = FileFacts.of(content, "application/pdf")
    body = {
        "kind": kind,
        "file_name": f"{kind}.pdf",
        "file_sha256": file.sha256,
        "file_length": file.length,
        "file_type": file.media_type,
    }
    return call(app, "POST", f"/suppliers/{supplier_id}/documents", body, **given)


def upload(supplier_id: str, document_id: str, content: bytes = PDF) -> None:
    s3 = boto3.client("s3", region_name=config.region)
    s3.put_object(Bucket=settings.bucket, Key=f"documents/{supplier_id}/{document_id}", Body=content)


def documented(**terms: Any) -> str:
    """An applicant whose licence and contract are there."""
    supplier_id = applicant(**terms)
    for kind in ("business_licence", "contract"):
        upload(supplier_id, announce(supplier_id, kind).json["document_id"])
    return supplier_id


def supplier(**terms: Any) -> str:
    """An admitted supplier."""
    supplier_id = documented(**terms)
    admitted = act(supplier_id, "admit")
    assert admitted.status == 200, admitted.body
    return supplier_id


def act(supplier_id: str, what: str, body: dict[str, Any] | None = None, **who: Any) -> Reply:
    return call(app, "POST", f"/suppliers/{supplier_id}/{what}", body or WHY, **who)


def leave(supplier_id: str, until: str = "2026-12-31", issued: str = "honoured") -> Reply:
    return act(supplier_id, "exit", WHY | {"issued": issued, "until": until})


def patch(supplier_id: str, **terms: Any) -> Reply:
    with undelayed("suppliers.change_supplier"):
        return call(app, "PATCH", f"/suppliers/{supplier_id}", terms)


def get(path: str, *, principal: dict[str, str] | None = None, **query: str) -> Reply:
    return call(app, "GET", path, query=query or None, principal=principal or http.staff())


def row(supplier_id: str) -> DossierRow:
    found = store.get(DossierRow, supplier_id)
    assert found is not None
    return found


def read_by_benefits(supplier_id: str) -> SupplierRow | None:
    return store.get(SupplierRow, supplier_id)


def payee(supplier_id: str) -> PayeeRow | None:
    return store.get(PayeeRow, supplier_id)
