"""A ledger of its own for every test, as the ledger's own tests have it."""

from collections.abc import Iterator

import pytest

from tests.unit.bank.ledger.given import Books, a_ledger


@pytest.fixture
def books() -> Iterator[Books]:
    """An empty ledger, at noon of 30 January 2026 in Shanghai."""
    with a_ledger() as empty:
        yield empty
