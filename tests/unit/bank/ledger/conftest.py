"""A ledger of its own for every test."""

from collections.abc import Iterator

import pytest

from tests.unit.bank.ledger.given import Books, Clock, a_ledger


@pytest.fixture
def books() -> Iterator[Books]:
    """An empty ledger."""
    with a_ledger() as empty:
        yield empty


@pytest.fixture
def time(books: Books) -> Clock:
    """The time of an empty ledger."""
    return books.time
