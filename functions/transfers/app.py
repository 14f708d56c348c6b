"""The transfers room at the edge: routes, its tables' streams, and the queues of batch files and lines."""

import json
from typing import Any

from bank import clock, errors, jobs
from bank.access import acts
from bank.access.principal import Kind
from bank.events import change, envelope_for_change, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call
from bank.ledger import expiry
from bank.observability import logger, metrics
from bank.privacy import exports
from bank.risk import ChallengeRequired
from bank.risk.reviews import ReviewDecision
from transfers import events, rendering, schemas
from transfers.adapters import object_store
from transfers.adapters.queue import Chunk, message_of
from transfers.domain.transfer import Instruction
from transfers.service import batches, intake, lines, pay, reading, reviews, turns
from transfers.service import exports as gathering
from transfers.tables import HEADER, BatchRow, TransferRow

app = Api("transfers")

CSV = "text/csv"
BYTE_ORDER_MARK = "\ufeff"


@app.post(
    "/transfers",
    act=acts.MONEY,
    scope="transfers:write",
    callers=[Kind.CHANNEL, Kind.CUSTOMER],
    status=201,
    body=schemas.MakeTransfer,
    answer=schemas.TransferAnswer,
    idempotent=True,
    session_checked=True,
    problems=[errors.NotFound, errors.Unprocessable, ChallengeRequired],
)
def make_transfer(call: Call, body: schemas.MakeTransfer) -> Answer:
    """Transfer money between two accounts. What their state forbids is declined, and recorded as that.

    Risk may ask for a `payment_token` first (403, nothing recorded: the same key may come again with it), or
    hold the money until a person has looked (`in_review`).
    """
    instruction = Instruction(
        transfer_id=call.record_id("trf"),
        from_account_id=body.from_account_id,
        to_account_id=body.to_account_id,
        amount=body.amount,
        currency=body.currency,
        note=body.note,
        request_digest=call.digest,
        client_id=call.principal.client_id,
    )
    row, replayed = pay.transfer(
        instruction=instruction,
        principal=call.principal,
        request_context=body.request_context(call.principal),
    )
    return Answer(rendering.transfer_as_made(row), replayed=replayed)


@app.get(
    "/transfers",
    scope="transfers:read",
    query=schemas.TransfersQuery,
    answer=schemas.TransferPage,
    problems=[errors.NotFound],
)
def list_transfers(call: Call, query: schemas.TransfersQuery) -> schemas.TransferPage:
    """Booked transfers of an account, newest first, maybe a second behind. Declined ones are not listed."""
    rows, last = reading.list_transfers(
        account_id=query.account_id,
        principal=call.principal,
        since=clock.instant(query.from_) if query.from_ else "",
        until=clock.instant(query.to) if query.to else "",
        after=query.after,
        limit=query.limit,
    )
    return schemas.TransferPage(
        items=[rendering.transfer(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/transfers/{transfer_id}",
    scope="transfers:read",
    answer=schemas.TransferAnswer,
    problems=[errors.NotFound],
)
def get_transfer(call: Call, transfer_id: str) -> schemas.TransferAnswer:
    """One transfer, succeeded or declined."""
    return rendering.transfer(reading.find(transfer_id, principal=call.principal))


@app.post(
    "/transfer-batches",
    act=acts.MONEY,
    scope="transfers:write",
    callers=[Kind.CHANNEL],
    status=202,
    body=schemas.AnnounceBatch,
    answer=schemas.AnnouncedBatch,
    idempotent=True,
    problems=[errors.NotFound, errors.Unprocessable],
)
def announce_batch(call: Call, body: schemas.AnnounceBatch) -> Answer:
    """Announce a batch of transfers; the answer says where to put its file, which starts the work."""
    announcement = batches.Announcement(
        batch_id=call.record_id("bat"),
        from_account_id=body.from_account_id,
        file_name=body.file_name,
        file=body.file,
        total_count=body.total_count,
        total_amount=body.total_amount,
        currency=body.currency,
        request_digest=call.digest,
    )
    row, replayed = batches.announce(announcement=announcement, principal=call.principal)
    return Answer(rendering.announced(row, *batches.upload(row)), replayed=replayed)


@app.get(
    "/transfer-batches/{batch_id}",
    scope="transfers:read",
    answer=schemas.BatchAnswer,
    problems=[errors.NotFound],
)
def get_batch(call: Call, batch_id: str) -> schemas.BatchAnswer:
    """A batch: its status, and its lines by outcome so far."""
    return rendering.batch(*batches.find(batch_id, principal=call.principal))


@app.get(
    "/transfer-batches/{batch_id}/results",
    scope="transfers:read",
    query=schemas.ResultsQuery,
    problems=[errors.NotFound, errors.Conflict],
    media_types=[CSV],
)
def get_batch_results(call: Call, batch_id: str, query: schemas.ResultsQuery) -> Answer:
    """The outcome of each line of a completed batch, as CSV in the order of the file."""
    headers = {
        "Content-Type": f"{CSV}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{batch_id}.csv"',
    }
    results = batches.results(batch_id, principal=call.principal)
    return Answer(BYTE_ORDER_MARK + results if query.bom else results, headers=headers)


# Events -------------------------------------------------------------------------------------------


def on_transfers(event: dict[str, Any], context: Any) -> None:
    """The transfers' stream: tell of each that was made or declined."""
    changes = [(record, *change(record, TransferRow)) for record in event["Records"]]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.transfer_id)
        for record, old, new in changes
        for domain_event in events.of_transfer(old, new)
    )
    logger.info("published events of transfers", records=len(changes))


def on_transfer_batches(event: dict[str, Any], context: Any) -> None:
    """The batches' stream: tell of batches that ended or refused a file. Rows of chunks say nothing."""
    headers = [record for record in event["Records"] if record["dynamodb"]["Keys"]["record"]["S"] == HEADER]
    publish(
        envelope_for_change(record, domain_event, subject=domain_event.batch_id)
        for record in headers
        for domain_event in events.of_batch(*change(record, BatchRow))
    )
    logger.info("published events of batches", records=len(headers))


def on_batch_file(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of S3's notifications: take each uploaded file."""

    def take(body: str) -> None:
        for arrival in object_store.arrivals(json.loads(body)):
            intake.take_file(arrival=arrival)

    return process_sqs_batch(event, context, take)


def on_batch_lines(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of lines: take the lanes' turns, and pay the chunks that a turn has left."""

    def take(body: str) -> None:
        message = message_of(body)
        if isinstance(message, Chunk):
            lines.take_chunk(message.batch_id, message.chunk, message.lines)
        else:
            turns.take(message)

    return process_sqs_batch(event, context, take)


def on_reviews(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The queue of decided reviews: release or reject the transfers that were held."""

    def take(body: str) -> None:
        decision = ReviewDecision.of(unwrap_sqs_event(body))
        if decision.product == "transfer":
            reviews.TRANSFERS.decide(decision)
        logger.info("review decided", record_id=decision.record_id, decision=decision.decision)

    return process_sqs_batch(event, context, take)


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who ask for a copy of their data: write this room's part."""
    return exports.process(event, context, room="transfers", gather=_own_data)


def _own_data(customer_id: str) -> exports.Part:
    return rendering.own_data(gathering.transfers(customer_id), gathering.accounts(customer_id))


@jobs.recorded(keep_days=8)
@metrics.log_metrics
def on_review_expiry(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: reject the transfers whose review nobody decided in time."""
    return expiry.run(reviews.TRANSFERS.expiring, left_ms=context.get_remaining_time_in_millis())
