"""Fixtures of the settlement room."""

from typing import Any

import pytest

from settlement import app
from tests.unit.merchants.conftest import at, few_shards, log, no_holidays

__all__ = ["at", "few_shards", "log", "no_holidays"]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the room publishes."""
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", envelopes.extend)
    return envelopes
