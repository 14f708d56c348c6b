"""Where samples are tried: moto, with what template.yaml gives the rooms besides tables."""

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from bank.config import config
from infra.contract import bundle, rooms
from tests.support import exported, locked, mocked


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the OpenAPI documents, as a build gives it to the about room."""
    folder = tmp_path_factory.mktemp("documents")
    bundle.write(folder)
    return folder


@pytest.fixture(scope="module")
def furnished(documents: Path) -> Iterator[None]:
    """Tables, bus, keys, bucket and queue, for all tests of a module: a sample asks for little."""
    with mocked.cloud(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("about.app.DOCUMENTS", documents)
        locked.forget()
        _rooms_buckets_and_queues()
        yield
    locked.forget()


def _rooms_buckets_and_queues() -> None:
    """The bucket of exports; what rooms' settings name: buckets in `...bucket`, queues in `...queue_url`."""
    s3 = boto3.client("s3", region_name=config.region)
    sqs = boto3.client("sqs", region_name=config.region)
    exported.create_bucket()
    for room in rooms.names():
        if importlib.util.find_spec(f"{room}.settings"):
            named = vars(importlib.import_module(f"{room}.settings").settings)
            for bucket in (value for name, value in named.items() if name.endswith("bucket")):
                s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
            for url in (value for name, value in named.items() if name.endswith("queue_url")):
                sqs.create_queue(QueueName=url.rsplit("/", 1)[-1])
