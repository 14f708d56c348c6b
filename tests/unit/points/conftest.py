"""Fixtures of the points room: its time, and queues whose messages a test delivers."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bank import clock
from bank.store import recent, retries
from points.service import programmes
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import Clock
from tests.unit.points import given
from tests.unit.points.given import Bank


@pytest.fixture
def bank(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """A bank with a customer who has a wallet, and no programme; it is noon of 20 November 2026 there."""
    time = Clock()
    time.moment = datetime(2026, 11, 20, 4, tzinfo=UTC)
    monkeypatch.setattr(retries, "pause", lambda attempt: None)
    programmes.forget()
    recent.forget()
    with clock.source(time):
        made = Bank(cloud, time)
        given.customer()
        yield made
