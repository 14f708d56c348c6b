"""The identity room's tests share tables and a signing key within a file; each has a client of its own."""

from collections.abc import Iterator

import boto3
import pytest

from bank.config import config
from identity.service import operators as clients
from tests.support import mocked
from tests.unit.identity.requests import Registered


@pytest.fixture(scope="module")
def signing_key() -> Iterator[str]:
    """The tables, and the keys of tokens; the id of the one that signs for channels."""
    with mocked.cloud():
        kms = boto3.client("kms", region_name=config.region)
        key_id: str = kms.describe_key(KeyId=config.token_keys["channel"][0])["KeyMetadata"]["KeyId"]
        yield key_id


@pytest.fixture
def shop(signing_key: str) -> Registered:
    """A client that may read and write payments."""
    return Registered(*clients.register_client(name="Shop", scopes=["payments:read", "payments:write"]))
