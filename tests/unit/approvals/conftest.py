"""The bank that these tests stand in."""

from collections.abc import Iterator

import pytest

from bank.access import organisation
from bank.control.approval import rules
from tests.support.streams import Cloud
from tests.unit.approvals import given


@pytest.fixture
def bank(cloud: Cloud) -> Iterator[Cloud]:
    """A head office, two branches and a sub-branch."""
    rules.forget()
    given.organised()
    yield cloud
    organisation.forget()
    rules.forget()
