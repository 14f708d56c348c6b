"""Fixtures of the merchants room."""

import io
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bank import clock
from bank.calendar import Year, years
from bank.ledger import payees
from bank.observability import logger
from merchants import app
from tests.unit.merchants.given import Clock


@pytest.fixture
def at() -> Iterator[Clock]:
    """A clock to set."""
    standing = Clock()
    with clock.source(standing.now):
        yield standing


@pytest.fixture(autouse=True)
def few_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night looks through each shard: a hundred with nothing in them show no more than two do."""
    monkeypatch.setattr(payees, "SHARDS", 2)


class _Worked(Year):
    """A year in which every day is a working day."""

    def is_working(self, day: date) -> bool:
        """Return True."""
        return True


@pytest.fixture(autouse=True)
def no_holidays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are counted as they come, but where a test is about holidays."""
    monkeypatch.setattr(years, "year", lambda number: _Worked(number, published=True))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as a log service gets it."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield text
    logging.getLogger(logger.name).removeHandler(handler)


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the room publishes."""
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", envelopes.extend)
    return envelopes
