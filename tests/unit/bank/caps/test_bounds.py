"""A cap is raised and lowered while it is taken from."""

from dataclasses import replace

import pytest

from bank import caps, clock, store
from bank.caps import Bounds, Cap, CapTooLow, SoldOut, Taken
from bank.store import Transaction
from tests.unit.bank.caps.given import a_cap, another_process, committed, give_back, left, lower, ready, take
from tests.unit.bank.ledger.given import Clock


def lowering(cap: Cap, units: int) -> tuple[Transaction, Taken]:
    """Lowering that was decided on what is there now."""
    another_process()
    transaction, rows = Transaction(), store.get_many(caps.keys(cap))
    return transaction, caps.lower(transaction, cap, rows, units=units, at=clock.now())


def test_a_raised_cap_has_as_much_more(time: Clock) -> None:
    cap = a_cap(4, units=10, budget=100, day_units=6)
    take(cap, 6, 60)

    cap = a_cap(4, units=25, budget=101, day_units=8)

    assert left(cap) == Bounds(19, 41, 2)
    take(cap, 2, 41)
    time.forward(days=1)
    assert left(cap) == Bounds(17, 0, 8)


def test_who_knows_the_lower_bounds_still_takes_within_them(time: Clock) -> None:
    cap, raised = a_cap(3, units=10), a_cap(3, units=20)
    late, _ = ready(cap, 4)
    take(raised, 16)

    assert not committed(late)
    with pytest.raises(SoldOut):
        take(cap)
    take(raised, 4)


def test_what_is_kept_is_not_taken_and_can_be_when_it_is_given_back(time: Clock) -> None:
    cap = a_cap(4, units=20, budget=200, day_units=20)
    take(cap, 9, 90)

    kept = lower(cap, 8, 100)

    assert (kept.counts[:2], left(cap)) == ((8, 100), Bounds(3, 10, 11))
    another_process()
    with pytest.raises(SoldOut):
        take(cap, 4)
    give_back(kept)
    another_process()
    take(cap, 11)


def test_a_cap_is_lowered_to_what_was_taken_and_no_further_and_no_day_has_less(time: Clock) -> None:
    cap = a_cap(2, units=20, budget=200, day_units=20)
    take(cap, 13, 130)

    for units, amount in ((8, 0), (0, 71)):
        another_process()
        with pytest.raises(CapTooLow):
            lower(cap, units, amount)
    lower(cap, 7, 70)

    assert left(cap) == Bounds(0, 0, 7)


@pytest.mark.parametrize(("units", "amount"), [(-1, 0), (0, -1)])
def test_nothing_negative_is_kept(time: Clock, units: int, amount: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        lower(a_cap(units=5, budget=5), units, amount)


def test_what_is_taken_while_a_cap_is_lowered_stays_taken(time: Clock) -> None:
    cap = a_cap(2, units=20)
    take(cap, 4)
    change, kept = lowering(cap, 6)
    take(cap, 2)

    assert committed(change)
    assert (kept.counts.units, left(cap)) == (6, Bounds(units=8))


def test_what_is_taken_while_all_of_the_rest_is_kept_has_it_decided_again(time: Clock) -> None:
    cap = a_cap(units=20)
    take(cap, 13)
    change, _ = lowering(cap, 7)
    take(cap)

    assert not committed(change)
    with pytest.raises(CapTooLow):
        lower(cap, 7)
    assert left(cap) == Bounds(units=6)


def test_who_read_before_it_was_lowered_takes_no_more_than_is_left(time: Clock) -> None:
    cap = a_cap(units=20)
    take(cap, 9)
    late, _ = ready(cap, 2)
    lower(cap, 10)

    assert not committed(late)
    take(cap)
    with pytest.raises(SoldOut):
        take(cap)


def test_what_comes_back_after_it_was_lowered_can_be_had_again(time: Clock) -> None:
    cap = a_cap(3, units=20)
    taken = take(cap, 15)
    lower(cap, 5)
    give_back(taken)
    another_process()

    assert sum(part.counts.units for part in take(cap, 15).parts) == 15
    assert left(cap) == Bounds(units=0)


def test_a_cap_of_very_many_shards_is_lowered_in_turns(time: Clock) -> None:
    cap, kept = a_cap(caps.MOST_SHARDS, units=5_000, budget=10**6), 0
    take(cap, 3)
    for _ in range(9):
        kept += lower(cap, 4_000 - kept).counts.units
        another_process()

    assert kept == 4_000
    assert left(cap) == Bounds(997, 10**6)


def test_a_day_s_lower_bound_is_never_passed_from_the_next_day_on(time: Clock) -> None:
    cap = a_cap(4, day_units=20, day_budget=100)
    take(cap, 12, 30)
    lowered = replace(cap, bounds=Bounds(day_units=6, day_budget=50))

    with pytest.raises(SoldOut) as raised:
        take(lowered)
    assert raised.value.code == "sold_out_today"
    time.forward(days=1)
    take(lowered, 6, 50)
    with pytest.raises(SoldOut):
        take(lowered)


def test_a_bound_that_comes_later_counts_from_then_on(time: Clock) -> None:
    cap = a_cap(2, units=20)
    taken = take(cap, 5)
    bounded = a_cap(2, units=20, day_units=3)
    another_process()

    take(bounded, 3)
    give_back(taken)

    assert left(bounded) == Bounds(units=17, day_units=0)
