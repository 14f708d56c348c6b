"""Fixtures of the suppliers room."""

from collections.abc import Iterator

import boto3
import pytest

from bank import clock
from bank.config import config
from suppliers.settings import settings
from tests.support.streams import Cloud
from tests.unit.suppliers.given import Clock


@pytest.fixture
def at() -> Iterator[Clock]:
    """A clock to set."""
    standing = Clock()
    with clock.source(standing.now):
        yield standing


@pytest.fixture
def bank(cloud: Cloud, at: Clock) -> Cloud:
    """The cloud, with the bucket of documents, at nine o'clock on 20 November."""
    boto3.client("s3", region_name=config.region).create_bucket(Bucket=settings.bucket)
    return cloud
