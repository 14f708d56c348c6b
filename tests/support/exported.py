"""The bucket of exports in tests, and events about exports as rooms hear them."""

import json
from typing import Any

import boto3

from bank import clock
from bank.config import config
from bank.privacy import exports
from tests.support import bus, http
from tests.support.streams import handler

LATER = "2099-01-01T00:00:00.000000Z"


def s3() -> Any:
    """A client of the S3 that stands here."""
    return boto3.client("s3", region_name=config.region)


def create_bucket() -> None:
    """Create the bucket."""
    s3().create_bucket(Bucket=config.export_bucket)


def parts() -> list[str]:
    """Keys of what is in it."""
    found = s3().list_objects_v2(Bucket=config.export_bucket).get("Contents", ())
    return [item["Key"] for item in found]


def part(export_id: str, room: str) -> dict[str, Any]:
    """A room's part."""
    answer = s3().get_object(Bucket=config.export_bucket, Key=exports.key(export_id, room))
    loaded: dict[str, Any] = json.loads(answer["Body"].read())
    return loaded


def event(
    customer_id: str,
    export_id: str = "exp_1",
    *,
    until: str = LATER,
    type_: str = exports.REQUESTED,
    **data: Any,
) -> dict[str, Any]:
    """A message of a queue that hears the customers room."""
    data = {"customer_id": customer_id, "export_id": export_id, "until": until, **data}
    envelope = {"type": type_, "id": "evt_1", "time": clock.instant(), "data": data}
    record = {"messageId": "m1", "body": bus.body(envelope), "eventSource": "aws:sqs", "receiptHandle": "r"}
    more: dict[str, Any] = {"attributes": {}, "messageAttributes": {}, "eventSourceARN": "a:b:c:d:e:f"}
    return {"Records": [record | more]}


def deliver(name: str, message: dict[str, Any]) -> list[dict[str, str]]:
    """Give a message to a handler (`accounts.app.on_customer_events`); the failures that it answers."""
    answer: dict[str, list[dict[str, str]]] = handler(name)(message, http.context())
    return answer["batchItemFailures"]
