"""A bank of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.bank.caps import given
from tests.unit.bank.ledger.given import Clock


@pytest.fixture
def time() -> Iterator[Clock]:
    """The clock of an empty bank."""
    with given.a_bank() as clock:
        yield clock
