"""A batch's file: checked against what was announced, then its lines handed out, or nothing of it paid.

Only the announced file counts, by its digest: any other is refused and ends nothing, so that whoever can put
one can neither be paid nor stop the batch. Whatever is delivered twice, late or after a crash, the file is
taken once. Until all of its lines are on their queue, each delivery of it sends them again; then none does.
"""

from pynamodb.expressions.update import Action

from bank import clock, store
from bank.access.clients import ClientRow
from bank.observability import logger
from bank.store import Transaction
from transfers.adapters import object_store, queue
from transfers.adapters.object_store import Arrival, Upload
from transfers.domain import batch_file
from transfers.domain.batch import CLIENT_STOPPED, Status
from transfers.domain.batch_file import AnotherFile, FileRejected, Line
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
        _hand_out(batch, batch_file.read(upload.content))
    else:
        logger.info("another file for a batch that has one", batch_id=arrival.batch_id)


def _is_open(batch: BatchRow) -> bool:
    """Return whether the file may still count: it was not taken yet, or handing out its lines broke off."""
    handing_out = batch.status == Status.PROCESSING and not batch.handed_out_at
    return batch.status == Status.AWAITING_FILE or handing_out


def _decide(batch: BatchRow, upload: Upload) -> None:
    try:
        _require_client(batch)
        lines = _announced_lines(batch, upload)
    except AnotherFile as other:
        _refuse(batch, other)
        return
    except FileRejected as rejected:
        rejection = {"code": rejected.code, "detail": rejected.detail}
        _settle(batch, upload, Status.REJECTED, [BatchRow.rejection.set(rejection)])
        logger.info("rejected a file", batch_id=batch.batch_id, code=rejected.code)
        return
    _settle(batch, upload, Status.PROCESSING, [])
    _hand_out(batch, lines)


def _require_client(batch: BatchRow) -> None:
    """Raise FileRejected where who announced the batch was stopped since. Other issuers keep their own."""
    client = store.get(ClientRow, batch.client_id)
    if client is not None and client.stopped:
        raise FileRejected(
            CLIENT_STOPPED, f"the client that announced it is {client.status}: nothing is paid for it"
        )


def _announced_lines(batch: BatchRow, upload: Upload) -> list[Line]:
    """The lines of the file, if it is the announced one and has what was announced. Raises FileRejected."""
    if batch.announced is None:
        raise FileRejected(
            "file_not_announced", "the announcement says nothing of the file: announce it anew"
        )
    upload.facts.require(batch.announced)
    lines = batch_file.read(upload.content)
    batch_file.check(lines, total_count=int(batch.total_count), total_amount=int(batch.total_amount))
    return lines


def _refuse(batch: BatchRow, other: AnotherFile) -> None:
    """Tell that another file came; the same reason is told once. The batch goes on waiting."""
    logger.warning("another file than the announced one", batch_id=batch.batch_id, code=other.code)
    refusal = {"code": other.code, "detail": other.detail}
    if batch.refused_file != refusal:
        _change(batch, [BatchRow.refused_file.set(refusal)], Status.AWAITING_FILE)


def _settle(batch: BatchRow, upload: Upload, status: Status, also: list[Action]) -> None:
    """Let this file be the batch's; where another delivery was faster, look again (`Stale`)."""
    actions = [BatchRow.status.set(status.value), BatchRow.file_sha256.set(upload.facts.sha256_hex), *also]
    if upload.version:
        actions.append(BatchRow.file_version.set(upload.version))
    _change(batch, actions, Status.AWAITING_FILE)


def _hand_out(batch: BatchRow, lines: list[Line]) -> None:
    queue.send(
        queue.Chunk(batch.batch_id, number, tuple(chunk)) for number, chunk in batch_file.chunks(lines)
    )
    logger.info("handed out", batch_id=batch.batch_id, lines=len(lines))
    try:
        _change(batch, [BatchRow.handed_out_at.set(clock.instant())], Status.PROCESSING)
    except store.Stale:
        # The lines were quicker than this, and the batch is complete.
        logger.info("complete already", batch_id=batch.batch_id)


def _change(batch: BatchRow, actions: list[Action], while_in: Status) -> None:
    transaction = Transaction()
    transaction.update(
        (BatchRow, batch.batch_id, HEADER), actions, BatchRow.status == while_in.value, store.stale
    )
    transaction.commit()
