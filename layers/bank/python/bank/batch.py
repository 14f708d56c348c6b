"""Consuming batches, on Powertools' batch processor: one bad record never costs the others.

Queues answer with the messages that failed. Streams raise when any record failed: the source then sends the
batch again (and bisects it), every consumer being exactly-once; an emulator that ignores partial answers for
streams would lose the records named in one.
"""

from collections.abc import Callable
from typing import Any

from bank.observability import logger


class RecordsFailed(Exception):
    """Some records of a stream's batch failed; the batch is to be delivered again."""


def each_message(event: dict[str, Any], context: Any, take: Callable[[str], None]) -> dict[str, Any]:
    """Give each SQS message's body to `take`; answer with the ids of those that raised."""
    # Imported here: it brings asyncio, and HTTP functions import this module too.
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def handler(record: Any) -> None:
        take(record.body)

    answer = process_partial_response(
        event=event, record_handler=handler, processor=processor, context=context
    )
    for _, error, _ in processor.exceptions:
        logger.error("message failed", exc_info=error)
    return dict(answer)


def each_record(event: dict[str, Any], take: Callable[[dict[str, Any]], None]) -> None:
    """Give each stream record to `take`, all of them even when some raise; then raise if any did."""
    failed = []
    for record in event["Records"]:
        try:
            take(record)
        except Exception as error:
            logger.exception("stream record failed", event_id=record.get("eventID"))
            failed.append(error)
    if failed:
        raise RecordsFailed(f"{len(failed)} of {len(event['Records'])} records failed") from failed[0]
