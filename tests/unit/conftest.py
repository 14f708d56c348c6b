"""Unit tests stand on moto: one thread, in memory. Whatever is about races runs on the deployed stack."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from bank import events, store
from tests.support import keys, streams, tables


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[streams.Cloud]:
    """Every table, personal data's keys, and the streams' consumers, which run on `cloud.settle()`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        store.client.cache_clear()
        events._bus.cache_clear()
        tables.give_moto()
        keys.create_for_personal_data()
        yield streams.Cloud()
    store.client.cache_clear()
    events._bus.cache_clear()
    keys.forget()
