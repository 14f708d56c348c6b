"""What the staff room's tests stand on: tables, keys, and the branches of a small bank."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bank import clock
from bank.access import organisation
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
    """Two branches, one of them with a sub-branch."""
    organisation.forget()
    units()
    yield cloud
    organisation.forget()


@pytest.fixture
def administrator(bank: Cloud, time: Time) -> Person:
    """The first administrator, logged in."""
    return bootstrapped(time).logged_in()
