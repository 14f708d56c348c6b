"""A bank that lets customers in: tables, keys, a bus, text messages, and a watch.

One for a module, emptied for each test: making tables and keys anew each time takes longer than the tests.
"""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sns.models import sns_backends

from bank import clock, events, organisation, signing, store
from bank.config import config
from customers.service import codes
from tests.support import keys, streams, tables
from tests.unit.customers.desk import Watch

CLIENTS = (store.client, events._bus, signing._kms, signing.public_keys, codes._sns)


@pytest.fixture(scope="module")
def cloud() -> Iterator[streams.Cloud]:
    """Every table, the keys, and the streams' consumers."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        _forget()
        tables.give_moto()
        keys.create_for_personal_data()
        kms = boto3.client("kms", region_name=config.region)
        key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key)
        yield streams.Cloud()
    _forget()
    keys.forget()


def _forget() -> None:
    for cached in CLIENTS:
        cached.cache_clear()


@pytest.fixture
def watch(cloud: streams.Cloud) -> Iterator[Watch]:
    """The bank with nobody in it, and its time."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][config.region].tables.values():
        table.items.clear()
    sns_backends[DEFAULT_ACCOUNT_ID][config.region].sms_messages.clear()
    organisation.forget()
    watch = Watch()
    with clock.source(watch):
        yield watch
