"""Suppliers' own files of what was used, compared with what the bank has."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from suppliers import rendering, schemas
from suppliers.routes.api import OF_ONE, READ, app
from suppliers.service import usage_files


@app.post(
    "/suppliers/{supplier_id}/usage-files",
    act=acts.RECORD,
    status=201,
    body=schemas.AnnounceUsageFile,
    answer=schemas.AnnouncedUsageFile,
    **OF_ONE,
)
def announce_usage_file(
    call: Call, supplier_id: str, body: schemas.AnnounceUsageFile
) -> schemas.AnnouncedUsageFile:
    """Announce a supplier's file of a month; the same file is the same record."""
    row, url, expires_at = usage_files.announce(
        supplier_id=supplier_id,
        period=body.period,
        currency=body.currency,
        file_name=body.file_name,
        file=body.file,
        principal=call.principal,
        actor=audit.actor(call),
    )
    return rendering.announced_usage(row, url, expires_at)


@app.get(
    "/suppliers/{supplier_id}/usage-files/{file_id}",
    answer=schemas.UsageFileAnswer,
    problems=[errors.NotFound],
    **READ,
)
def get_usage_file(call: Call, supplier_id: str, file_id: str) -> schemas.UsageFileAnswer:
    """One usage file, and how it compares."""
    row, url = usage_files.find(supplier_id=supplier_id, file_id=file_id, principal=call.principal)
    return rendering.usage_file(row, url)
