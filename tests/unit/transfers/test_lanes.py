"""Lanes: which chunks lie in which, and whose turn a message is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.ids import derived
from transfers.domain.lanes import LANES, Lane, Step, first_chunks, step_of
from transfers.tables import WAITS, waiting

ACCOUNT = st.from_regex(r"\A[A-Za-z0-9_\-.:]{1,64}\Z")


@given(key=st.text(max_size=5), count=st.integers(1, 400))
def test_each_chunk_lies_in_one_lane(key: str, count: int) -> None:
    first = first_chunks(derived("bat", key), count)

    lying = [chunk for start in first.values() for chunk in range(start, count + 1, LANES)]

    assert sorted(lying) == list(range(1, count + 1))
    assert set(first) <= set(range(LANES))


def test_small_batches_spread_over_the_lanes() -> None:
    used = {lane for number in range(50) for lane in first_chunks(derived("bat", str(number)), 1)}

    assert used == set(range(LANES))


@pytest.mark.parametrize(
    ("lane", "number", "holder", "step"),
    [
        (Lane(), 1, "a", Step.BEGIN),
        (Lane(), 2, "a", Step.DROP),
        (Lane(), 0, "", Step.PASS_ON),
        (Lane(3, "a", 3), 4, "b", Step.BEGIN),
        (Lane(3, "a", 2), 4, "b", Step.DROP),
        (Lane(3, "a", 2), 3, "a", Step.RESUME),
        (Lane(3, "a", 2), 3, "b", Step.DROP),
        (Lane(3, "a", 3), 3, "a", Step.PASS_ON),
        (Lane(3, "a", 3), 3, "b", Step.DROP),
        (Lane(3, "a", 3), 2, "a", Step.DROP),
    ],
)
def test_a_message_is_good_for_one_thing(lane: Lane, number: int, holder: str, step: Step) -> None:
    assert step_of(lane, number, holder) is step


def test_a_lane_is_quiet_where_no_turn_is_under_way_or_called() -> None:
    lanes = [Lane(), Lane(called=1), Lane(1, "a", 0, 1), Lane(1, "a", 1, 1), Lane(1, "a", 1, 2)]

    assert [lane.is_quiet for lane in lanes] == [True, False, False, True, False]


def test_a_lane_is_lost_where_a_turn_is_due_of_which_nothing_was_heard() -> None:
    lanes = [Lane(1, "a", 0, 1, "", "5"), Lane(1, "a", 1, 2, "", "5"), Lane(1, "a", 1, 1, "", "5")]

    assert [lane.is_lost("6") for lane in lanes] == [True, True, False]
    assert not any(lane.is_lost("5") for lane in lanes)
    assert all(lane.given_up().is_quiet for lane in lanes)
    assert step_of(lanes[0].given_up(), 1, "a") is Step.DROP


@given(served=ACCOUNT, other=ACCOUNT, rest=st.text(max_size=3))
def test_what_waits_after_an_account_is_of_others(served: str, other: str, rest: str) -> None:
    """All of its own keys lie before, and each other account's on one side alone."""
    first, last = waiting(served)

    assert not first <= f"{WAITS}{served}#{rest}" <= last
    assert waiting()[0] <= f"{WAITS}{other}#" <= waiting()[1]
    if other != served:
        assert (first <= f"{WAITS}{other}#{rest}" <= last) == (f"{other}#" > f"{served}$")
