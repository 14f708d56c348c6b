"""Suppliers' documents: announced by digest, put to S3 by a presigned URL, and read from there by another."""

from datetime import datetime, timedelta
from typing import Any

from bank import clock, errors
from bank.access.principal import Principal
from bank.control.audit import Actor
from bank.store import idempotency
from bank.uploads.facts import FileFacts
from suppliers import domain
from suppliers.adapters import object_store
from suppliers.domain import DocumentNotFound, Status, SupplierStatus
from suppliers.service import registry
from suppliers.tables import DossierRow

UPLOAD_TIME = timedelta(minutes=15)
DOWNLOAD_TIME = timedelta(minutes=5)


class NotUploaded(errors.Conflict):
    """409: the document was announced; its file is not there yet."""

    code, title = "document_not_uploaded", "Document not uploaded"


def announce(
    *,
    supplier_id: str,
    document_id: str,
    principal: Principal,
    actor: Actor,
    kind: str,
    file_name: str,
    file: FileFacts,
) -> tuple[dict[str, Any], str, datetime]:
    """Keep which document is to come; what is kept of it, the URL that takes its file, and when that ends.

    A document that is there is never another file: who brings a later one announces it anew.
    Raises SupplierNotFound, SupplierStatus, TooManyDocuments, KeyReused.
    """

    def decide(row: DossierRow) -> dict[str, Any]:
        known = row.documents.get(document_id)
        if known:
            _require_same(known, kind=kind, file_name=file_name, file=file)
            return {}
        if row.status in (Status.REJECTED, Status.CLOSED):
            raise SupplierStatus(f"supplier {supplier_id} is {row.status}")
        if len(row.documents) >= domain.MAX_DOCUMENTS:
            raise domain.TooManyDocuments(f"supplier {supplier_id} has {domain.MAX_DOCUMENTS} documents")
        return {"documents": row.documents | {document_id: _document(kind, file_name, file, actor)}}

    row = registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.document_announced",
        shown=("documents",),
    )
    url = object_store.upload_url(supplier_id, document_id, file=file, good_for=UPLOAD_TIME)
    return row.documents[document_id], url, clock.now() + UPLOAD_TIME


def find(*, supplier_id: str, document_id: str, principal: Principal) -> tuple[dict[str, Any], str, datetime]:
    """A document, the URL that its file is read from, and when that ends.

    Raises SupplierNotFound, DocumentNotFound, NotUploaded.
    """
    row = registry.find(supplier_id=supplier_id, principal=principal)
    document = row.documents.get(document_id)
    if document is None:
        raise DocumentNotFound(f"supplier {supplier_id} has no document {document_id}")
    if not object_store.is_uploaded(supplier_id, document_id, length=document["length"]):
        raise NotUploaded(f"the file of document {document_id} is not there yet")
    url = object_store.download_url(supplier_id, document_id, good_for=DOWNLOAD_TIME)
    return document, url, clock.now() + DOWNLOAD_TIME


def _document(kind: str, file_name: str, file: FileFacts, actor: Actor) -> dict[str, Any]:
    facts = {"sha256": file.sha256, "length": file.length, "media_type": file.media_type}
    return {"kind": kind, "file_name": file_name, **facts, "by": actor.subject, "at": clock.instant()}


def _require_same(known: dict[str, Any], *, kind: str, file_name: str, file: FileFacts) -> None:
    facts = FileFacts(known["sha256"], known["length"], known["media_type"])
    if (known["kind"], known["file_name"], facts) != (kind, file_name, file):
        raise idempotency.KeyReused("this Idempotency-Key was used with another body")
