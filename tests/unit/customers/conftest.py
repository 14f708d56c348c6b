"""A bank that lets customers in: tables, keys, a bus, text messages, and a watch."""

from collections.abc import Iterator

import boto3
import pytest

from bank import clock, organisation, signing
from bank.config import config
from customers.service import codes
from tests.support.streams import Cloud
from tests.unit.customers.desk import Watch


@pytest.fixture
def watch(cloud: Cloud) -> Iterator[Watch]:
    """The bank, and its time."""
    kms = boto3.client("kms", region_name=config.region)
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key)
    for cached in (signing._kms, signing.public_keys, codes._sns):
        cached.cache_clear()
    organisation.forget()
    watch = Watch()
    with clock.source(watch):
        yield watch
    for cached in (signing._kms, signing.public_keys, codes._sns):
        cached.cache_clear()
