"""Consuming a stream until it works: for consumers without which money would not be booked.

Their event source gives up neither by attempts nor by age. What a service did not answer is delivered again,
for as long as it takes. A record that cannot be taken for another reason is poison: others of its batch are
taken one by one, and it is tried again for a quarter of an hour, in which a faulty release is taken back.
Then it is put aside, whole, on a queue, and the stream goes on.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError

from bank import clock, errors
from bank.events import outbox, queues
from bank.observability import logger

Records = list[dict[str, Any]]
# From a record's change on.
PATIENCE = timedelta(minutes=15)
# What no delivery of the same request will change.
INVALID = "ValidationException"


def take(event: dict[str, Any], context: Any, work: Callable[[Records], None], *, aside: str) -> None:
    """Give a batch to `work`, which may get any record again; poison goes to the queue `aside`.

    Raises what `work` raises while it may still go well.
    """
    try:
        work(event["Records"])
    except Exception as error:
        if passes(error):
            raise
        for record in event["Records"]:
            _take_alone(record, context, work, aside)


def _take_alone(record: dict[str, Any], context: Any, work: Callable[[Records], None], aside: str) -> None:
    try:
        work([record])
    except Exception as error:
        changed_at = clock.parse(outbox.change_time(record))
        if passes(error) or clock.now() - changed_at <= PATIENCE:
            raise
        logger.exception("a record is put aside", keys=record["dynamodb"]["Keys"])
        function = {"functionArn": context.invoked_function_arn}
        message = {"error": type(error).__name__, "requestContext": function, "records": [record]}
        queues.send(aside, [json.dumps(message, default=str)])


def passes(error: Exception) -> bool:
    """Return whether a service is to blame, and not the record."""
    if isinstance(error, ClientError):
        reasons = error.response.get("CancellationReasons", [])
        codes = {error.response["Error"]["Code"], *(reason.get("Code") for reason in reasons)}
        return not codes & {INVALID, "ValidationError", "ItemCollectionSizeLimitExceeded"}
    services = (
        BotoCoreError,
        PynamoDBConnectionError,
        errors.Unavailable,
        outbox.NotPublished,
        queues.NotSent,
    )
    return isinstance(error, services)
