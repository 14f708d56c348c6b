"""Consuming batches, on Powertools' batch processor: one bad record never costs the others.

Queues answer with the messages that failed. Consumers of streams take a batch as a whole and raise when it
fails: the source then sends it again (and bisects it), every consumer being exactly-once; an emulator that
ignores partial answers of streams would lose the records named in one.
"""

from collections.abc import Callable
from typing import Any

from bank.observability import logger


def process_sqs_batch(event: dict[str, Any], context: Any, take: Callable[[str], None]) -> dict[str, Any]:
    """Give each SQS message's body to `take`; answer with the ids of those that raised."""
    if not event["Records"]:
        return {"batchItemFailures": []}
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
    logger.info("messages taken", messages=len(event["Records"]), failed=len(processor.exceptions))
    return dict(answer)
