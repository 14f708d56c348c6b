"""Where samples are tried: moto, with what template.yaml gives the rooms besides tables."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from aml.settings import settings as of_aml
from bank import events, store
from bank.config import config
from risk.settings import settings as of_risk
from tests.support import keys, locked, streams, tables
from transfers.settings import settings as of_transfers


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
        locked.create_bucket()
        _signing_key()
        boto3.client("s3", region_name=config.region).create_bucket(Bucket=of_transfers.batch_bucket)
        queue = of_transfers.batch_lines_queue_url.rsplit("/", 1)[-1]
        boto3.client("sqs", region_name=config.region).create_queue(QueueName=queue)
        boto3.client("s3", region_name=config.region).create_bucket(Bucket=of_risk.bucket)
        boto3.client("s3", region_name=config.region).create_bucket(Bucket=of_aml.bucket)
        rescreens = of_aml.rescreens_queue_url.rsplit("/", 1)[-1]
        boto3.client("sqs", region_name=config.region).create_queue(QueueName=rescreens)
        queue = of_risk.backtests_queue_url.rsplit("/", 1)[-1]
        boto3.client("sqs", region_name=config.region).create_queue(QueueName=queue)
        yield
    store.client.cache_clear()
    events._bus.cache_clear()
    keys.forget()
    locked.forget()


def _signing_key() -> None:
    kms = boto3.client("kms", region_name=config.region)
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key)
