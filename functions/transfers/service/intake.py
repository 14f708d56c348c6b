"""A batch's file: checked against what was announced, then its lines handed out, or nothing of it paid.

Only the announced file counts, by its digest: any other is refused and ends nothing, so that whoever can put
one can neither be paid nor stop the batch. Whatever is delivered twice, late or after a crash, the file is
taken once. While it has lines to pay each delivery of it puts them to wait again, which changes nothing where
they do, and brings back what was lost.
"""

from pynamodb.expressions.update import Action

from bank import store
from bank.access.clients import ClientRow
from bank.observability import logger
from bank.store import Transaction
from bank.uploads.facts import AnotherFile
from transfers.adapters import object_store
from transfers.adapters.object_store import Arrival, Upload
from transfers.domain import batch_file
from transfers.domain.batch import CLIENT_STOPPED, Status
from transfers.domain.batch_file import FileRejected
from transfers.service import turns
from transfers.tables import HEADER, BatchRow


def take_file(*, arrival: Arrival) -> None:
    """Take an upload that S3 told of. Raises NotSent and what botocore raises: then it is told again."""
    store.retry_on_conflict(lambda: _take(arrival))


def _take(arrival: Arrival) -> None:
    batch = store.get(BatchRow, arrival.batch_id, HEADER)
    if batch is None:
        logger.warning("a file for no batch", batch_id=arrival.batch_id)
        return
    if not _is_open(batch):
        logger.info("a file for a batch that has one", batch_id=arrival.batch_id, status=batch.status)
        return
    upload = object_store.read_upload(arrival)
    if batch.status == Status.AWAITING_FILE:
        _decide(batch, upload)
    elif batch.file_sha256 == upload.facts.sha256_hex:
        _hand_out(batch)
    else:
        logger.info("another file for a batch that has one", batch_id=arrival.batch_id)


def _is_open(batch: BatchRow) -> bool:
    """Return whether the file may still count: it was not taken yet, or has lines to pay."""
    return batch.status in {Status.AWAITING_FILE, Status.PROCESSING}


def _decide(batch: BatchRow, upload: Upload) -> None:
    try:
        _require_client(batch)
        _require_announced(batch, upload)
    except AnotherFile as other:
        _refuse(batch, other)
        return
    except FileRejected as rejected:
        rejection = {"code": rejected.code, "detail": rejected.detail}
        _settle(batch, upload, Status.REJECTED, [BatchRow.rejection.set(rejection)])
        logger.info("rejected a file", batch_id=batch.batch_id, code=rejected.code)
        return
    _settle(batch, upload, Status.PROCESSING, [])
    _hand_out(batch)


def _require_client(batch: BatchRow) -> None:
    """Raise FileRejected where who announced the batch was stopped since. Other issuers keep their own."""
    client = store.get(ClientRow, batch.client_id)
    if client is not None and client.stopped:
        raise FileRejected(
            CLIENT_STOPPED, f"the client that announced it is {client.status}: nothing is paid for it"
        )


def _require_announced(batch: BatchRow, upload: Upload) -> None:
    """Raise AnotherFile for another file than the announced one, FileRejected for another content."""
    if batch.announced is None:
        raise FileRejected(
            "file_not_announced", "the announcement says nothing of the file: announce it anew"
        )
    upload.facts.require(batch.announced)
    lines = batch_file.read(upload.content)
    batch_file.check(lines, total_count=int(batch.total_count), total_amount=int(batch.total_amount))


def _refuse(batch: BatchRow, other: AnotherFile) -> None:
    """Tell that another file came; the same reason is told once. The batch goes on waiting."""
    logger.warning("another file than the announced one", batch_id=batch.batch_id, code=other.code)
    refusal = {"code": other.code, "detail": other.detail}
    if batch.refused_file != refusal:
        _change(batch, [BatchRow.refused_file.set(refusal)])


def _settle(batch: BatchRow, upload: Upload, status: Status, also: list[Action]) -> None:
    """Let this file be the batch's; where another delivery was faster, look again (`Stale`)."""
    actions = [BatchRow.status.set(status.value), BatchRow.file_sha256.set(upload.facts.sha256_hex), *also]
    if upload.version:
        actions.append(BatchRow.file_version.set(upload.version))
    _change(batch, actions)


def _hand_out(batch: BatchRow) -> None:
    turns.hand_out(batch)
    logger.info("handed out", batch_id=batch.batch_id, lines=int(batch.total_count))


def _change(batch: BatchRow, actions: list[Action]) -> None:
    waiting = BatchRow.status == Status.AWAITING_FILE.value
    transaction = Transaction()
    transaction.update((BatchRow, batch.batch_id, HEADER), actions, waiting, store.stale)
    transaction.commit()
