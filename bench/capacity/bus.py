"""The bus: what rooms publish, given to the consumers of the queues that it goes to."""

import functools
import json
from collections import defaultdict
from typing import Any

import boto3

from aml.settings import settings as of_aml
from bank.config import config
from bank.events import outbox
from bench.background import Taken
from risk.settings import settings as of_risk
from tests.compatibility import functions
from tests.support import bus
from tests.support.http import context

# A consumer gets at most as many at once as its queue gives it under load.
MOST = 500


class Published:
    """The events that are published while it is open."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> "Published":
        _buckets()
        outbox._bus().meta.events.register("before-parameter-build", self._keep)
        return self

    def __exit__(self, *_: object) -> None:
        outbox._bus().meta.events.unregister("before-parameter-build", self._keep)

    def _keep(self, params: dict[str, Any], **_: Any) -> None:
        self._events += [json.loads(entry["Detail"]) for entry in params["Entries"]]

    def deliver(self, taken: Taken) -> None:
        """Give each consumer its events, in the largest batches; `taken` hears of each."""
        of_consumer: dict[str, list[dict[str, Any]]] = defaultdict(list)
        events, self._events = self._events, []
        for event in events:
            for name in functions.consumers(event):
                of_consumer[name].append(event)
        for name, own in of_consumer.items():
            function = functions.by_name()[name]
            for start in range(0, len(own), MOST):
                batch = own[start : start + MOST]
                records = [_message(number, event) for number, event in enumerate(batch)]
                functions.handler(name)({"Records": records}, context(name))
                taken(function.dotted, len(batch))


def _message(number: int, event: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": str(number),
        "body": bus.body(event),
        "eventSource": "aws:sqs",
        "attributes": {},
    }


@functools.cache
def _buckets() -> None:
    """The buckets that risk and aml keep their histories in."""
    s3 = boto3.client("s3", region_name=config.region)
    for bucket in {of_risk.bucket, of_aml.bucket}:
        s3.create_bucket(Bucket=bucket)
