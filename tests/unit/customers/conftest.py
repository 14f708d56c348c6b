"""A bank that lets customers in: tables, keys, a bus, text messages, and a watch.

One for a module, emptied for each test: making tables and keys anew each time takes longer than the tests.
"""

from collections.abc import Iterator

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sns.models import sns_backends

from bank import clock
from bank.access import organisation
from bank.config import config
from tests.support import mocked, streams
from tests.unit.customers.desk import Watch


@pytest.fixture(scope="module")
def cloud() -> Iterator[streams.Cloud]:
    """Every table, the keys, and the streams' consumers."""
    with mocked.cloud() as made:
        yield made


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
