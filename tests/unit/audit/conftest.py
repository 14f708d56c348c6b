"""The trail that these tests write: tables, a bucket under lock, and a process that knows nothing yet."""

from collections.abc import Iterator

import pytest

from audit.service import chaining
from bank import clock
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE, UnitRow
from tests.support import locked
from tests.support.streams import Cloud
from tests.unit.audit.given import NOON


@pytest.fixture
def trail(cloud: Cloud) -> Iterator[Cloud]:
    """At noon of a day in January."""
    locked.forget()
    locked.create_bucket()
    chaining.forget()
    organisation.forget()
    with clock.source(lambda: NOON):
        yield cloud
    chaining.forget()
    organisation.forget()
    locked.forget()


@pytest.fixture
def branches(trail: Cloud) -> None:
    """Two branches, which no act made: verification of authority would name them."""
    for unit_id, parent_id in (("unit_a", HEAD_OFFICE), ("unit_a1", "unit_a"), ("unit_b", HEAD_OFFICE)):
        UnitRow(unit_id=unit_id, parent_id=parent_id, name=unit_id).save()
    organisation.forget()
