"""Where samples are tried: moto, with what template.yaml gives the rooms besides tables."""

import importlib
import importlib.util
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from bank import events, store
from bank.config import config
from infra.contract import rooms
from tests.support import keys, locked, streams, tables


@pytest.fixture(scope="module")
def furnished() -> Iterator[None]:
    """Tables, bus, keys, bucket and queue, for all tests of a module: a sample asks for little."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        store.client.cache_clear()
        events._bus.cache_clear()
        tables.give_moto()
        keys.create_for_personal_data()
        streams.Cloud()
        locked.forget()
        _signing_key()
        _rooms_buckets_and_queues()
        yield
    store.client.cache_clear()
    events._bus.cache_clear()
    keys.forget()
    locked.forget()


def _signing_key() -> None:
    kms = boto3.client("kms", region_name=config.region)
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key)


def _rooms_buckets_and_queues() -> None:
    """What the settings of each room name: buckets in `...bucket`, queues in `...queue_url`."""
    s3 = boto3.client("s3", region_name=config.region)
    sqs = boto3.client("sqs", region_name=config.region)
    for room in rooms.names():
        if importlib.util.find_spec(f"{room}.settings"):
            named = vars(importlib.import_module(f"{room}.settings").settings)
            for bucket in (value for name, value in named.items() if name.endswith("bucket")):
                s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
            for url in (value for name, value in named.items() if name.endswith("queue_url")):
                sqs.create_queue(QueueName=url.rsplit("/", 1)[-1])
