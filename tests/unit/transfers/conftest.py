"""The transfers room on moto: tables, streams, a bucket and a queue."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank import aws
from bank.events import queues
from tests.support.streams import Cloud
from tests.unit.transfers.desk import Desk
from transfers.adapters import object_store
from transfers.domain import batch_file

CLIENTS = (aws.session, object_store._s3, queues.client)


@pytest.fixture
def desk(cloud: Cloud) -> Iterator[Desk]:
    """Where tests of this room do their business."""
    for client in CLIENTS:
        client.cache_clear()
    yield Desk(cloud)
    for client in CLIENTS:
        client.cache_clear()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that this room publishes from now on, by their type's short name and data."""
    published_events: list[dict[str, Any]] = []

    def keep(envelopes: Any) -> None:
        published_events.extend(
            {"name": one["type"].split(".")[2], "id": one["id"], **one["data"]} for one in envelopes
        )

    monkeypatch.setattr("transfers.app.publish", keep)
    return published_events


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines a chunk, so that few lines make several."""
    monkeypatch.setattr(batch_file, "CHUNK_LINES", 3)
