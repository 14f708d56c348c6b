"""The risk room's tests stand on moto, with the bucket of history and the queue of backtests."""

from collections.abc import Iterator

import boto3
import pytest

from bank import rules
from bank.config import config
from bank.control.approval import rules as approval_rules
from bank.events import queues
from risk.adapters import object_store
from risk.settings import settings
from tests.support.streams import Cloud


@pytest.fixture(autouse=True)
def room(cloud: Cloud) -> Iterator[Cloud]:
    """Everything that the room stands on."""
    boto3.client("s3", region_name=config.region).create_bucket(Bucket=settings.bucket)
    queue = settings.backtests_queue_url.rsplit("/", 1)[-1]
    boto3.client("sqs", region_name=config.region).create_queue(QueueName=queue)
    _forget()
    yield cloud
    _forget()


def _forget() -> None:
    object_store._s3.cache_clear()
    queues.client.cache_clear()
    approval_rules.forget()
    rules.forget()
