"""What the staff room's tests stand on: tables, keys, and the branches of a small bank."""

from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest

from bank import clock, organisation, signing
from bank.config import config
from tests.support.organisation import units
from tests.support.streams import Cloud
from tests.unit.staff.people import Person, Time, bootstrapped


@pytest.fixture
def time() -> Iterator[Time]:
    """A clock that stands until a test moves it, so that codes come when they are meant to."""
    moved = Time(datetime(2026, 11, 23, 1, 0, 5, tzinfo=UTC))
    with clock.source(moved.read):
        yield moved


@pytest.fixture
def bank(cloud: Cloud, time: Time) -> Iterator[Cloud]:
    """Tables, the key that tokens are signed with, two branches, one of them with a sub-branch."""
    kms = boto3.client("kms", region_name=config.region)
    key_id = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=config.signing_key_id, TargetKeyId=key_id)
    _forget()
    units()
    yield cloud
    _forget()


def _forget() -> None:
    organisation.forget()
    for kept in (signing._kms, signing.public_keys):
        kept.cache_clear()


@pytest.fixture
def administrator(bank: Cloud, time: Time) -> Person:
    """The first administrator, logged in."""
    return bootstrapped(time).logged_in()
