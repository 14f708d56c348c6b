"""The aml room on moto: tables, keys, stream, a bucket and a queue."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from aml.service import lists
from aml.settings import settings
from bank.config import config
from tests.support.streams import Cloud
from tests.unit.aml.desk import CLIENTS, Desk


@pytest.fixture
def desk(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Where tests of this room do their business; `published` gathers its events."""
    _forget()
    boto3.client("s3", region_name=config.region).create_bucket(Bucket=settings.bucket)
    queue = settings.rescreens_queue_url.rsplit("/", 1)[-1]
    boto3.client("sqs", region_name=config.region).create_queue(QueueName=queue)
    made = Desk(cloud)

    def keep(envelopes: Any) -> None:
        made.published.extend(
            {"name": one["type"].split(".")[2], "id": one["id"], **one["data"]} for one in envelopes
        )

    monkeypatch.setattr("aml.service.consumers.publish", keep)
    yield made
    _forget()


def _forget() -> None:
    for client in CLIENTS:
        client.cache_clear()
    lists.forget()
