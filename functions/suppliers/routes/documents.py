"""Suppliers' documents."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from suppliers import rendering, schemas
from suppliers.routes.api import OF_ONE, READ, app
from suppliers.service import documents


@app.post(
    "/suppliers/{supplier_id}/documents",
    act=acts.RECORD,
    status=201,
    body=schemas.AnnounceDocument,
    answer=schemas.AnnouncedDocument,
    **OF_ONE,
)
def announce_document(
    call: Call, supplier_id: str, body: schemas.AnnounceDocument
) -> schemas.AnnouncedDocument:
    """Announce a document, and get the URL that takes its file and no other."""
    document_id = call.record_id("doc")
    document, url, expires_at = documents.announce(
        supplier_id=supplier_id,
        document_id=document_id,
        principal=call.principal,
        actor=audit.actor(call),
        kind=body.kind.value,
        file_name=body.file_name,
        file=body.file,
    )
    return rendering.announced(document_id, document, url, expires_at)


@app.get(
    "/suppliers/{supplier_id}/documents/{document_id}",
    answer=schemas.DocumentFile,
    problems=[errors.NotFound, errors.Conflict],
    **READ,
)
def get_document(call: Call, supplier_id: str, document_id: str) -> schemas.DocumentFile:
    """One document, with the URL that its file is read from."""
    document, url, expires_at = documents.find(
        supplier_id=supplier_id, document_id=document_id, principal=call.principal
    )
    return rendering.document_file(document_id, document, url, expires_at)
