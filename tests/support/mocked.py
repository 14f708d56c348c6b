"""AWS for the tests of rooms, in this process: MiniStack's DynamoDB and KMS, and moto for what else there is.

moto's DynamoDB copies a table for each action of a transaction, and its streams tell of transactions that
were refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.handlers
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from tests.support import embedded, streams

_standing: list[streams.Cloud] = []


@contextmanager
def cloud() -> Iterator[streams.Cloud]:
    """Every table, empty; the keys; the bus; and the streams' consumers, which run on `settle()`.

    Clients of the code under test live on from test to test: they hold nothing of what they asked.
    """
    passed_on = {"core": {"passthrough": {"services": list(embedded.SERVICES)}}}
    with pytest.MonkeyPatch.context() as environment, mock_aws(config=passed_on):  # type: ignore[arg-type]
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        embedded.furnish()
        _standing.append(streams.Cloud())
        try:
            yield _standing[-1]
        finally:
            _standing.pop()


def _answer(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
    """The answer of MiniStack, where such a cloud stands; else somebody else's."""
    service, operation = event_name.split(".")[1:]
    call = embedded.AwsCall(service, operation, request)
    return embedded.response(call, embedded.SERVICES[service](call)) if _standing else None


for _service in embedded.SERVICES:
    botocore.handlers.BUILTIN_HANDLERS.append((f"before-send.{_service}", _answer))
