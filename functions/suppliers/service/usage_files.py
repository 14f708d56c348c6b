"""Usage files of suppliers: announced by digest, put to S3, compared with what the bank has of the month.

A file's id follows from its month and its content, so that the same file is one record however often it is
announced, put and told of. Only this supplier's own use is compared: of another's codes nothing is learnt.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bank import clock, errors, ids, store
from bank.access.principal import Principal
from bank.control.audit import Actor
from bank.observability import logger
from bank.store import AlreadyExists, Transaction
from bank.uploads.facts import AnotherFile, FileFacts
from suppliers.adapters import object_store
from suppliers.adapters.object_store import Arrival
from suppliers.domain import usage_files as domain
from suppliers.domain.usage_files import FileRejected, FileStatus, Used
from suppliers.service import registry
from suppliers.tables import UsageFileRow
from suppliers.tables.statements import FILE, file_key
from suppliers.tables.usage import of_month

UPLOAD_TIME = timedelta(minutes=30)
RESULTS_TIME = timedelta(minutes=5)


class UsageFileNotFound(errors.NotFound):
    """404: the supplier has no such usage file."""

    code, title = "usage_file_not_found", "Usage file not found"


def announce(
    *,
    supplier_id: str,
    period: str,
    currency: str,
    file_name: str,
    file: FileFacts,
    principal: Principal,
    actor: Actor,
) -> tuple[UsageFileRow, str, datetime]:
    """Keep which file is to come; the row, the URL that takes its content, and when that ends.

    Raises SupplierNotFound, SupplierStatus.
    """
    registry.require_admitted(registry.find(supplier_id=supplier_id, principal=principal))
    file_id = ids.derived("suf", supplier_id, period, currency, file.sha256)
    row = UsageFileRow(
        supplier_id=supplier_id,
        record=f"{FILE}{file_id}",
        file_id=file_id,
        period=period,
        currency=currency,
        file_name=file_name,
        sha256=file.sha256,
        length=file.length,
        media_type=file.media_type,
        announced_at=clock.instant(),
        announced_by=actor.subject,
    )
    transaction = Transaction()
    transaction.create(row)
    try:
        transaction.commit()
    except AlreadyExists:
        row = _find(supplier_id, file_id)
    url = object_store.usage_url(supplier_id, file_id, file=row.announced, good_for=UPLOAD_TIME)
    return row, url, clock.now() + UPLOAD_TIME


def find(*, supplier_id: str, file_id: str, principal: Principal) -> tuple[UsageFileRow, str | None]:
    """A usage file and, once it was compared, the URL of its results.

    Raises SupplierNotFound, UsageFileNotFound.
    """
    registry.find(supplier_id=supplier_id, principal=principal)
    row = _find(supplier_id, file_id)
    if row.status != FileStatus.COMPARED:
        return row, None
    return row, object_store.results_url(supplier_id, file_id, good_for=RESULTS_TIME)


def take(arrival: Arrival) -> None:
    """Compare a file that S3 told of with what is there now; again, it is compared again."""
    [row] = store.get_many([file_key(arrival.supplier_id, arrival.file_id)])
    if not isinstance(row, UsageFileRow):
        logger.warning("a usage file that nobody announced", file_id=arrival.file_id)
        return
    content, facts = object_store.read_usage(arrival)
    try:
        facts.require(row.announced)
        theirs = domain.read(content)
    except AnotherFile as other:
        logger.warning("another usage file than the announced one", file_id=row.file_id, code=other.code)
        return
    except FileRejected as rejected:
        rejection = {"code": rejected.code, "detail": rejected.detail}
        _settle(row, {"status": FileStatus.REJECTED.value, "rejection": rejection})
        return
    compared = domain.compare(_ours(row), theirs.uses)
    object_store.write_results(row.supplier_id, row.file_id, domain.results(compared))
    facts_of = {"lines": theirs.lines, "unreadable": list(theirs.unreadable)}
    _settle(row, facts_of | {"status": FileStatus.COMPARED.value, "counts": domain.counts(compared)})


def _ours(row: UsageFileRow) -> dict[str, Used]:
    """Use that counts in the month, by code; what was reversed whole is none."""
    found: dict[str, Used] = {}
    for use in of_month(row.supplier_id, row.period):
        if use.currency == row.currency:
            found[use.code] = found.get(use.code, Used()) + Used(use.uses, int(use.cost))
    return {code: used for code, used in found.items() if used.count or used.amount}


def _settle(row: UsageFileRow, changes: Mapping[str, object]) -> None:
    transaction = Transaction()
    facts = {**changes, "compared_at": clock.instant()}
    actions = [getattr(UsageFileRow, name).set(value) for name, value in facts.items()]
    key = file_key(row.supplier_id, row.file_id)
    transaction.update(key, actions, UsageFileRow.file_id.exists(), store.stale)
    transaction.commit()


def _find(supplier_id: str, file_id: str) -> UsageFileRow:
    [row] = store.get_many([file_key(supplier_id, file_id)])
    if not isinstance(row, UsageFileRow):
        raise UsageFileNotFound(f"supplier {supplier_id} has no usage file {file_id}")
    return row
