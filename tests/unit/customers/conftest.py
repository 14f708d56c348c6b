"""A bank that lets customers in, and its time."""

from collections.abc import Iterator

import pytest

from bank import clock
from bank.access import organisation
from tests.support import streams
from tests.unit.customers.desk import Watch


@pytest.fixture
def watch(cloud: streams.Cloud) -> Iterator[Watch]:
    """The bank with nobody in it, and its time."""
    organisation.forget()
    watch = Watch()
    with clock.source(watch):
        yield watch
