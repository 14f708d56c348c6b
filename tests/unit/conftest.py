"""Unit tests stand on moto: one thread, in memory. Whatever is about races runs on the deployed stack."""

from collections.abc import Iterator

import pytest

from bank.ledger import expiry
from tests.support import entries, mocked, streams


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that work in several threads do in one."""
    monkeypatch.setattr(expiry, "WORKERS", 1)


@pytest.fixture
def cloud() -> Iterator[streams.Cloud]:
    """Every table, the keys, and the streams' consumers, which run on `cloud.settle()`.

    Whatever a test did, each entry that it left says whom it is about.
    """
    with mocked.cloud() as made:
        yield made
        assert entries.unsaid() == []
