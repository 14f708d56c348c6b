"""The identity room's tests share tables and a signing key within a file; each has a client of its own."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from bank import signing, store
from bank.config import config
from identity import issuers, service
from tests.support import tables
from tests.unit.identity.requests import Registered


@pytest.fixture(scope="module")
def signing_key() -> Iterator[str]:
    """The tables, and an RSA key under the alias that the settings name; the key's id."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        _forget()
        tables.give_moto()
        kms = boto3.client("kms", region_name=config.region)
        key_id: str = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key_id)
        yield key_id
    _forget()


def _forget() -> None:
    """Let go of what a process keeps: clients of AWS, and keys."""
    for kept in (store.client, signing._kms, signing.public_keys, issuers.trusted):
        kept.cache_clear()


@pytest.fixture
def shop(signing_key: str) -> Registered:
    """A client that may read and write payments."""
    return Registered(*service.register_client(name="Shop", scopes=["payments:read", "payments:write"]))
