"""A bank that lets customers in, and its time."""

from collections.abc import Iterator

import pytest

from bank import clock, store
from bank.access import organisation
from bank.access.organisation import UnitRow
from tests.support import streams
from tests.unit.customers.desk import EAST, EAST_2, WEST, Watch


@pytest.fixture
def watch(cloud: streams.Cloud) -> Iterator[Watch]:
    """The bank with nobody in it, and its time."""
    organisation.forget()
    watch = Watch()
    with clock.source(watch):
        yield watch


@pytest.fixture
def branches(watch: Watch) -> Iterator[Watch]:
    """Head office; east with a sub-branch; west."""
    units = {EAST: "unit_head", WEST: "unit_head", EAST_2: EAST}
    store.put_many([UnitRow(unit_id=unit, parent_id=parent, name=unit) for unit, parent in units.items()])
    organisation.forget()
    yield watch
    organisation.forget()
