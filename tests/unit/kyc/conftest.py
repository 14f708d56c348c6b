"""Fixtures of the kyc room."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank import clock
from kyc import app
from tests.support import embedded
from tests.unit.kyc.given import Clock


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """DynamoDB and KMS in this process: quicker than moto."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with embedded.cloud():
        yield


@pytest.fixture
def at() -> Iterator[Clock]:
    """A clock to move."""
    standing = Clock()
    with clock.source(standing.now):
        yield standing


@pytest.fixture
def published_events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the room publishes."""
    envelopes: list[dict[str, Any]] = []
    monkeypatch.setattr(app, "publish", envelopes.extend)
    return envelopes
