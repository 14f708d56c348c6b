"""The lines of a batch: paid one by one, each once, and the batch completed by whoever does the last."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

from bank import clock, errors, store
from bank.access.clients import ClientRow
from bank.observability import logger
from bank.store import Transaction
from transfers.adapters import object_store
from transfers.adapters.object_store import Arrival
from transfers.domain import results
from transfers.domain.batch import CLIENT_STOPPED, Status
from transfers.domain.batch_file import Line, Sender, chunk, chunk_count, instruction_of, read
from transfers.domain.results import BatchTotals, LineResult
from transfers.domain.transfer import Instruction
from transfers.domain.transfer import Status as TransferStatus
from transfers.service import batches, pay
from transfers.tables import CHUNK, HEADER, BatchRow, ChunkRow, DoneRow, chunk_key, done_key, totals_of

# A process keeps so many files, of 4 MiB at most: the turns of one lane read few, over and over.
FILES_KEPT = 8


def take_chunk(batch_id: str, number: int, lines: Sequence[Line] | None = None) -> None:
    """Pay the lines of a chunk and keep their outcomes; complete the batch when this was its last chunk.

    Where no lines are given they are read from the batch's file.

    Safe to run any number of times, also at once and broken off anywhere: a paid line is met again and
    answers as it did. Raises Unavailable and what botocore raises: then the chunk comes again.
    """
    batch = store.get(BatchRow, batch_id, HEADER)
    if batch is None or batch.status != Status.PROCESSING:
        logger.info("lines of a batch that takes none", batch_id=batch_id, chunk=number)
        return
    written, client = store.get_many([(ChunkRow, batch_id, chunk_key(number)), (ClientRow, batch.client_id)])
    if written is None:
        outcomes = _pay_all(batch, client, lines or _lines_of(batch, number))
        stored = [result.stored() for result in outcomes]
        store.put_many([ChunkRow(batch_id=batch_id, record=chunk_key(number), results=stored)])
    else:
        outcomes = _results_of(written)
    totals = results.totals_of(outcomes)
    store.put_many([DoneRow(batch_id=batch_id, record=done_key(number), **vars(totals))])
    logger.info("done", batch_id=batch_id, chunk=number, **vars(totals))
    _complete_if_last(batch)


def _lines_of(batch: BatchRow, number: int) -> Sequence[Line]:
    """The lines of a chunk, in the file that was taken."""
    return chunk(_file(batch.batch_id, batch.file_version, batch.file_sha256), number)


@functools.lru_cache(maxsize=FILES_KEPT)
def _file(batch_id: str, version: str | None, sha256: str) -> Sequence[Line]:
    """The lines of the version that was taken; what is kept is never altered."""
    upload = object_store.read_upload(Arrival(batch_id, version))
    if upload.facts.sha256_hex != sha256:
        raise ValueError(f"the file of {batch_id} is not the one that was taken")
    return read(upload.content)


def _pay_all(batch: BatchRow, client: ClientRow | None, lines: Iterable[Line]) -> list[LineResult]:
    """Pay lines, or decline all that are not paid yet where who announced them was stopped meanwhile."""
    refusal = None
    if client is not None and client.stopped:
        refusal = errors.Refusal(f"the client that announced this is {client.status}", code=CLIENT_STOPPED)
    sender = Sender(batch.batch_id, batch.from_account_id, batch.client_id)
    asked = [(line, instruction_of(line, sender)) for line in lines]
    read = ReadAhead(instruction for _, instruction in asked if instruction)
    return [_pay(line, instruction, read, refusal) for line, instruction in asked]


class ReadAhead:
    """Rows for all transfers of a chunk, read in one round trip. One that has to look again reads afresh."""

    def __init__(self, instructions: Iterable[Instruction]) -> None:
        keys = [
            key
            for instruction in instructions
            for key in pay.keys(instruction, pay.risk_check_of(instruction))
        ]
        self._rows = dict(zip(keys, store.get_many(keys), strict=True))

    def __call__(self, keys: Sequence[store.Key]) -> list[Any]:
        """The rows of `pay.keys`: those read ahead, the first time that a transfer asks."""
        transfer, *accounts = keys
        if transfer in self._rows:
            return [self._rows.pop(transfer), *(self._rows[key] for key in accounts)]
        found = store.get_many(keys)
        self._rows.update(zip(accounts, found[1:], strict=True))
        return found


def _pay(
    line: Line, instruction: Instruction | None, read: ReadAhead, refusal: errors.Refusal | None
) -> LineResult:
    if instruction is None:
        return results.invalid(line)
    row, _ = pay.transfer(instruction=instruction, principal=None, read=read, refusal=refusal)
    code = row.decline["code"] if row.decline else None
    return results.of_transfer(
        line, transfer_id=row.transfer_id, status=TransferStatus(row.status), code=code
    )


def _results_of(row: ChunkRow) -> list[LineResult]:
    return [LineResult.of_stored(values) for values in row.results]


def _complete_if_last(batch: BatchRow) -> None:
    """Every consumer looks after its own mark is written, so the last one sees them all; several may."""
    done = batches.done_rows(batch.batch_id)
    if len(done) < chunk_count(int(batch.total_count)):
        return
    rows = store.query(ChunkRow, batch.batch_id, ChunkRow.record.startswith(CHUNK))
    object_store.write_results(
        batch.batch_id, results.render(result for row in rows for result in _results_of(row))
    )
    total = sum((totals_of(row) for row in done), BatchTotals())
    assert total.lines == int(batch.total_count), "each line of a complete batch has one outcome"
    transaction = Transaction()
    transaction.update(
        (BatchRow, batch.batch_id, HEADER),
        [
            BatchRow.status.set(Status.COMPLETED.value),
            BatchRow.completed_at.set(clock.instant()),
            BatchRow.succeeded.set(total.succeeded),
            BatchRow.declined.set(total.declined),
            BatchRow.rejected.set(total.rejected),
            BatchRow.succeeded_amount.set(total.succeeded_amount),
        ],
        BatchRow.status == Status.PROCESSING.value,
        store.stale,
    )
    try:
        transaction.commit()
        logger.info("completed", batch_id=batch.batch_id, **vars(total))
    except store.Stale:
        logger.info("completed by another", batch_id=batch.batch_id)
