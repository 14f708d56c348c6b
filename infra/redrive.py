"""Give again what was given up: `python -m infra.redrive <queue>`, with STAGE for a stage other than local.

- `<name>-dlq` holds messages: they go back to the queue `<name>`.
- `<name>-failures` holds records of a stream, or names batches of them, which are read from the stream again
  while that keeps them, for a day. They are given to the same function; what fails again stays where it is.
- `schedules-dlq` is not for this: a schedule's next run does what the lost one did not. Read it, purge it.

Every consumer takes a record once, however often it comes, so doing this twice does no harm.
"""

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3

from infra import local

STAGE = os.environ.get("STAGE", local.STAGE)
DEAD_LETTERS = "-dlq"
FAILURES = "-failures"

Message = dict[str, Any]


def client(service: str) -> Any:
    """A client of the stage: the emulator's for the local one, else the account's whose keys are set."""
    if local.STAGE == STAGE:
        return local.client(service)
    return boto3.client(service)  # type: ignore[call-overload]


def redrive(queue: str) -> tuple[int, int]:
    """Redrive all of `queue`; answers how many messages left it and how many stay."""
    if queue == f"schedules{DEAD_LETTERS}" or not queue.endswith((DEAD_LETTERS, FAILURES)):
        raise local.Failed(__doc__ or "")
    again = _give_batch_again if queue.endswith(FAILURES) else _sender_to(queue.removesuffix(DEAD_LETTERS))
    sqs, url = client("sqs"), _queue_url(queue)
    done, failed = 0, []
    for message in _messages(sqs, url):
        handle = message["ReceiptHandle"]
        if again(message):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            done += 1
        else:
            failed.append(handle)
    for handle in failed:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return done, len(failed)


def _messages(sqs: Any, url: str) -> Iterator[Message]:
    """Each message once: those that fail stay invisible for longer than this takes."""
    while True:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=900,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return
        yield from answer["Messages"]


def _sender_to(queue: str) -> Any:
    sqs, url = client("sqs"), _queue_url(queue)

    def send(message: Message) -> bool:
        sqs.send_message(
            QueueUrl=url,
            MessageBody=message["Body"],
            MessageAttributes=message.get("MessageAttributes", {}),
        )
        return True

    return send


def _give_batch_again(message: Message) -> bool:
    failure = json.loads(message["Body"])
    records = failure.get("records") or list(_stream_records(failure["DDBStreamBatchInfo"]))
    answer = client("lambda").invoke(
        FunctionName=failure["requestContext"]["functionArn"],
        Payload=json.dumps({"Records": records}, default=str).encode(),
    )
    payload = json.loads(answer["Payload"].read() or b"null") or {}
    return "FunctionError" not in answer and not payload.get("batchItemFailures")


def _stream_records(batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a batch in the form that functions get them in."""
    streams = client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    )["ShardIterator"]
    left = int(batch["batchSize"])
    while iterator and left > 0:
        answer = streams.get_records(ShardIterator=iterator, Limit=left)
        for record in answer["Records"]:
            created = record["dynamodb"]["ApproximateCreationDateTime"]
            record["dynamodb"]["ApproximateCreationDateTime"] = created.timestamp()
            yield {**record, "eventSourceARN": batch["streamArn"]}
        left -= len(answer["Records"])
        iterator = answer.get("NextShardIterator") if answer["Records"] else None


def _queue_url(queue: str) -> str:
    url: str = client("sqs").get_queue_url(QueueName=f"perkbank-{STAGE}-{queue}")["QueueUrl"]
    return url


def main() -> int:
    """Run from the command line."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    try:
        done, failed = redrive(sys.argv[1])
        print(f"{done} redriven from {sys.argv[1]}; {failed} failed again and stay there")
    except local.Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
