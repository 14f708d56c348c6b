"""A cap is never passed, whoever uses it and however often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import store
from bank.store import caps
from tests.support.streams import Cloud
from tests.unit.bank.models import Job


class CapReached(Exception):
    """Less is left than was asked for."""


def use(amount: int) -> bool:
    """Take from the one cap; whether it was had."""
    action, enough = caps.take(Job.left, amount)
    transaction = store.Transaction()
    transaction.update((Job, "cap"), [action], enough, lambda _: CapReached())
    try:
        transaction.commit()
    except CapReached:
        return False
    return True


def left() -> int:
    row = store.get(Job, "cap")
    assert row
    return int(row.left)


def test_what_is_left_is_taken_to_the_last_unit_and_no_further(cloud: Cloud) -> None:
    store.put_many([Job(movement_id="cap", left=10)])

    assert [use(amount) for amount in (5, 6, 3, 0, 2, 1)] == [True, False, True, True, True, False]
    assert left() == 0


def test_what_is_given_back_can_be_taken_again(cloud: Cloud) -> None:
    store.put_many([Job(movement_id="cap", left=10)])
    assert use(10)

    returned = store.Transaction()
    returned.update((Job, "cap"), [caps.give_back(Job.left, 4)], Job.left == 0, store.stale)
    returned.commit()

    assert (use(5), use(4), left()) == (False, True, 0)


def test_a_cap_that_is_not_there_gives_nothing(cloud: Cloud) -> None:
    assert not use(1)
    assert store.get(Job, "cap") is None


@given(st.integers(max_value=-1))
def test_nothing_negative_is_taken_or_given_back(amount: int) -> None:
    with pytest.raises(ValueError, match="not negative"):
        caps.take(Job.left, amount)
    with pytest.raises(ValueError, match="not negative"):
        caps.give_back(Job.left, amount)
