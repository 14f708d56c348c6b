"""Fixtures of the operations room: a clock, two jobs, what is sent to people and to functions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bank import clock
from bank.calendar import years
from operations.adapters import catalogue, functions, pages
from operations.domain.lateness import Job
from tests.unit.operations.given import Clock, Sent

FREQUENT = Job("orchard.picking", "orchard-on-picking", "rate(1 minute)", "UTC", timedelta(seconds=60))
NIGHTLY = Job(
    "orchard.pruning", "orchard-on-pruning", "cron(0 2 * * ? *)", "Asia/Shanghai", timedelta(seconds=600)
)


@pytest.fixture
def at() -> Iterator[Clock]:
    """A clock to move, at 12:00 in Shanghai."""
    standing = Clock(datetime(2026, 11, 29, 4, tzinfo=UTC))
    with clock.source(standing.now):
        yield standing


@pytest.fixture
def orchard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank with two jobs."""
    monkeypatch.setattr(catalogue, "jobs", lambda: {job.name: job for job in (FREQUENT, NIGHTLY)})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What goes to functions, to the queue of escalations and to people."""
    kept = Sent()

    def start(function: str, event: dict[str, Any]) -> None:
        kept.started.append((function, event))

    def escalate(subject: str, text: str) -> None:
        kept.escalated.append((subject, text))

    monkeypatch.setattr(functions, "start", start)
    monkeypatch.setattr(pages, "wait", kept.waiting.append)
    monkeypatch.setattr(pages, "escalate", escalate)
    return kept


@pytest.fixture(autouse=True)
def calendar_unread() -> Iterator[None]:
    """What one test read of the calendar is not the next one's."""
    years.forget()
    yield
    years.forget()
