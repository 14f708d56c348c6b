"""Taking from a cap: never more than there is, of one shard where one has it, refused by what is used up."""

import itertools
import json

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from bank import caps, ids, store
from bank.caps import Bounds, Cap, Counts, Part, SoldOut, Taken
from bank.caps.domain import total
from bank.store import Transaction, recent
from bench.meter import Meter
from tests.unit.bank.caps.given import (
    a_cap,
    another_process,
    committed,
    give_back,
    left,
    ready,
    rows,
    take,
)
from tests.unit.bank.ledger.given import Clock

# The clock starts at noon in Shanghai.
TODAY, TOMORROW = "2026-01-30", "2026-01-31"
TO_MIDNIGHT = {"hours": 12}


def refusal(cap: Cap, units: int = 1, amount: int = 0) -> SoldOut:
    """How it is refused."""
    with pytest.raises(SoldOut) as raised:
        take(cap, units, amount)
    return raised.value


def who_prefers(shard: int, cap: Cap) -> str:
    """Somebody who tries this shard first."""
    return next(f"cus_{n}" for n in itertools.count() if ids.shard(f"cus_{n}", cap.shards) == shard)


# Bounds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        ({"units": 5}, "sold_out"),
        ({"budget": 50}, "budget_used_up"),
        ({"day_units": 5}, "sold_out_today"),
        ({"day_budget": 50}, "budget_used_up_today"),
        # What is over is not said to be there tomorrow.
        ({"units": 5, "day_units": 5}, "sold_out"),
        ({"budget": 50, "day_units": 5, "day_budget": 50}, "budget_used_up"),
    ],
)
@pytest.mark.parametrize("shards", [1, 3])
def test_a_bound_is_reached_and_not_passed(
    time: Clock, bounds: dict[str, int], code: str, shards: int
) -> None:
    cap = a_cap(shards, **bounds)
    for number in range(5):
        take(cap, 1, 10, by=f"cus_{number}")

    assert refusal(cap, 1, 10).code == code
    assert left(cap) == Bounds(**dict.fromkeys(bounds, 0))


def test_more_than_is_left_is_refused_and_less_is_had(time: Clock) -> None:
    cap = a_cap(units=10, budget=100)

    assert refusal(cap, 11, 1).code == "sold_out"
    assert refusal(cap, 1, 101).code == "budget_used_up"
    take(cap, 10, 100)
    assert left(cap) == Bounds(0, 0)


def test_what_is_not_bounded_is_not_counted(time: Clock) -> None:
    cap = a_cap(budget=100)

    taken = take(cap, 1_000_000, 40)

    assert taken.parts == (Part(0, TODAY, Counts(budget=40)),)


def test_nothing_is_taken_with_nothing_written(time: Clock) -> None:
    transaction, taken = ready(a_cap(budget=100), units=1, amount=0)

    assert (len(transaction), taken.parts) == (0, ())


@pytest.mark.parametrize(("units", "amount"), [(-1, 0), (0, -1)])
def test_nothing_negative_is_taken(time: Clock, units: int, amount: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        take(a_cap(units=5, budget=5), units, amount)


@pytest.mark.parametrize("bounds", [{}, {"units": -1}, {"units": 1, "day_budget": -1}])
def test_a_cap_without_a_bound_or_below_nothing_is_none(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a bound"):
        a_cap(**bounds)


def test_a_bound_of_nothing_lets_nothing_through(time: Clock) -> None:
    assert refusal(a_cap(units=0)).code == "sold_out"


@pytest.mark.parametrize(("claims", "shards"), [(0, 1), (49, 1), (300, 12), (10**9, caps.MOST_SHARDS)])
def test_a_cap_has_as_many_shards_as_its_claims_are_worth(claims: int, shards: int) -> None:
    assert caps.shards_for(claims) == shards


# Days ------------------------------------------------------------------------------------------------


def test_a_day_has_its_own_from_midnight_in_shanghai_on(time: Clock) -> None:
    cap = a_cap(2, units=7, day_units=3)
    for _ in range(3):
        take(cap)
    time.forward(hours=11, minutes=59)
    assert refusal(cap).code == "sold_out_today"
    assert refusal(cap).retry_after == 60

    time.forward(minutes=1)

    assert left(cap) == Bounds(units=4, day_units=3)
    assert {part.day for part in take(cap, 3).parts} == {TOMORROW}
    assert refusal(cap).code == "sold_out_today"
    time.forward(days=2)
    assert refusal(cap, 2).code == "sold_out"


def test_what_was_decided_before_midnight_counts_on_a_day_once(time: Clock) -> None:
    """Who decided yesterday and commits today does not take from a day that others have begun."""
    cap = a_cap(day_units=2)
    take(cap)
    time.forward(hours=11, minutes=59)
    late, _ = ready(cap)
    time.forward(minutes=2)
    take(cap)

    assert not committed(late)
    assert left(cap) == Bounds(day_units=1)


def test_who_commits_first_after_midnight_counts_when_it_was_decided(time: Clock) -> None:
    cap = a_cap(day_units=2)
    take(cap)
    late, taken = ready(cap)
    time.forward(**TO_MIDNIGHT)

    assert committed(late)
    assert (taken.parts[0].day, left(cap)) == (TODAY, Bounds(day_units=2))


def test_a_clock_that_is_behind_counts_on_the_day_that_was_begun(time: Clock) -> None:
    cap = a_cap(3, day_units=9)
    time.forward(**TO_MIDNIGHT)
    take(cap, 8)
    another_process()
    time.forward(seconds=-1)

    assert take(cap).parts[0].day == TOMORROW
    assert refusal(cap).code == "sold_out_today"


def test_a_day_s_units_and_money_begin_together(time: Clock) -> None:
    cap = a_cap(day_units=5, day_budget=50)
    take(cap, 5, 50)
    time.forward(days=1)

    take(cap, 0, 20)

    assert left(cap) == Bounds(day_units=5, day_budget=30)


# Shards ----------------------------------------------------------------------------------------------


def test_each_takes_from_the_shard_of_their_own_and_others_only_where_it_has_too_little(time: Clock) -> None:
    cap = a_cap(4, units=8)
    names = [who_prefers(shard, cap) for shard in range(4)]
    assert [take(cap, by=name).parts[0].shard for name in names] == [0, 1, 2, 3]

    assert [take(cap, by=names[1]).parts[0].shard for _ in range(4)] == [1, 2, 3, 0]
    assert refusal(cap).code == "sold_out"


def test_what_no_shard_has_alone_is_taken_from_several(time: Clock) -> None:
    cap = a_cap(3, units=9, budget=30)
    take(cap, 1, 10, by=who_prefers(0, cap))

    taken = take(cap, 7, 10, by=who_prefers(1, cap))

    assert {part.shard: part.counts.units for part in taken.parts if part.counts.units} == {1: 3, 2: 3, 0: 1}
    assert sum(part.counts.budget for part in taken.parts) == 10
    assert left(cap) == Bounds(1, 10)


def test_units_and_money_need_not_be_left_on_the_same_shard(time: Clock) -> None:
    """As one row that had counted all, a cap is refused only where a bound is reached."""
    cap = a_cap(2, units=2, budget=20)
    take(cap, 1, 0, by=who_prefers(0, cap))
    take(cap, 0, 10, by=who_prefers(1, cap))

    taken = take(cap, 1, 10)

    assert {part.shard: part.counts for part in taken.parts} == {1: Counts(units=1), 0: Counts(budget=10)}
    assert left(cap) == Bounds(0, 0)


def test_a_day_and_all_need_not_be_left_on_the_same_shard(time: Clock) -> None:
    cap = a_cap(2, units=4, day_units=2)
    assert take(cap, by=who_prefers(0, cap)).parts[0].shard == 0
    time.forward(days=1)
    take(cap, by=who_prefers(0, cap))
    # Shard 0 has nothing in all and its day is over; shard 1 has two, of which one today.
    assert take(cap, by=who_prefers(0, cap)).parts[0].shard == 1
    time.forward(days=1)

    assert sum(part.counts.day_units for part in take(cap).parts) == 1
    assert refusal(cap).code == "sold_out"


def test_where_those_that_are_looked_at_have_too_little_all_are(time: Clock) -> None:
    cap = a_cap(40, units=80)
    assert len(caps.keys(cap, "cus_1")) < 5
    mine = [take(cap, by="cus_1").parts[0].shard for _ in range(8)]
    assert mine == [shard for shard in cap.order("cus_1")[:4] for _ in range(2)]

    taken = take(cap, 71, by="cus_1")

    assert (len(taken.parts), left(cap)) == (36, Bounds(units=1))
    another_process()
    with Meter() as meter:
        assert take(cap, by="cus_1").counts == Counts(units=1)
        assert meter.usage.round_trips == 3
    another_process()
    assert refusal(cap).code == "sold_out"
    with Meter() as meter:
        assert refusal(cap).code == "sold_out"
        assert meter.usage.round_trips == 0


@given_any(
    bounds=st.builds(Bounds, st.integers(0, 10**12), *[st.none() | st.integers(0, 10**12)] * 3),
    shards=st.integers(1, caps.MOST_SHARDS),
    more=st.integers(0, 1000),
)
def test_bounds_are_shared_out_whole_and_evenly_and_no_share_falls_as_they_rise(
    bounds: Bounds, shards: int, more: int
) -> None:
    cap = Cap("ben_1", bounds, shards)
    shares = [cap.share(shard) for shard in range(shards)]

    assert total(dict(enumerate(shares))) == bounds
    for column in zip(*shares, strict=True):
        assert None in column or max(column) - min(column) <= 1
    higher = Cap("ben_1", bounds._replace(units=(bounds.units or 0) + more), shards)
    assert all((higher.share(n).units or 0) >= (share.units or 0) for n, share in enumerate(shares))


# At once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shards", [1, 4])
def test_of_a_hundred_for_the_last_one_has_it_and_the_rest_hear_so_at_their_second_try(
    time: Clock, shards: int
) -> None:
    cap = a_cap(shards, units=20)
    take(cap, 19)
    another_process()
    together = [ready(cap, by=f"cus_{n}")[0] for n in range(100)]

    assert sum(committed(each) for each in together) == 1
    assert left(cap) == Bounds(0)
    for n in range(100):
        with pytest.raises(SoldOut):
            ready(cap, by=f"cus_{n}")


def test_of_those_who_read_the_same_as_many_pass_as_there_is_for(time: Clock) -> None:
    cap = a_cap(4, units=12, budget=100, day_units=8)
    take(cap, 1, 10)
    another_process()
    together = [ready(cap, 1, 15, by=f"cus_{n}") for n in range(30)]

    passed = [taken for transaction, taken in together if committed(transaction)]

    assert len(passed) <= 6
    assert left(cap) == Bounds(11 - len(passed), 90 - 15 * len(passed), 7 - len(passed))
    for n in range(6 - len(passed)):
        take(cap, 1, 15, by=f"cus_{n}")
    assert refusal(cap, 1, 15).code == "budget_used_up"


def test_who_is_told_by_memory_that_it_is_over_hears_otherwise_after_two_seconds(time: Clock) -> None:
    cap = a_cap(2, units=2)
    take(cap, by=who_prefers(0, cap))
    taken = take(cap, by=who_prefers(1, cap))
    assert refusal(cap).code == "sold_out"
    give_back(taken)
    with Meter() as meter:
        assert refusal(cap).code == "sold_out"
        assert meter.usage.round_trips == 0

    time.forward(seconds=recent.SECONDS)

    take(cap)


def test_who_was_overtaken_reads_as_it_is_now_whatever_was_remembered(time: Clock) -> None:
    cap = a_cap(4, units=8)
    take(cap, by=who_prefers(0, cap))
    store.get_many(caps.keys(cap))
    others = [ready(cap, by=who_prefers(2, cap))[0] for _ in range(3)]
    assert [committed(each) for each in others] == [True, True, False]

    with Meter() as meter:
        taken = take(cap, by=who_prefers(2, cap))

    assert taken.parts[0].shard == 3
    # Read, and written.
    assert meter.usage.round_trips == 2


# What it costs ---------------------------------------------------------------------------------------


def test_a_taker_reads_nothing_that_is_known_and_writes_two_units(time: Clock) -> None:
    cap = a_cap(2, units=1_000, budget=10**6, day_units=500, day_budget=10**6)
    for shard in (0, 1, 0):
        take(cap, 1, 100, by=who_prefers(shard, cap))

    with Meter() as meter:
        taken = take(cap, 1, 100)
    assert (meter.usage.round_trips, meter.usage.writes, meter.usage.reads) == (1, 2, 0)

    time.forward(seconds=recent.SECONDS)
    with Meter() as meter:
        give_back(taken)
    assert (meter.usage.round_trips, meter.usage.writes, meter.usage.reads) == (2, 2, 1)


# Giving back -----------------------------------------------------------------------------------------


def test_what_is_given_back_is_there_again_where_it_was(time: Clock) -> None:
    cap = a_cap(3, units=9, budget=90, day_units=8, day_budget=80)
    take(cap)
    before = [row.taken(TODAY) if row else Counts() for row in rows(cap)]
    taken = take(cap, 7, 70)
    assert len(taken.parts) > 1

    give_back(Taken.of(json.loads(json.dumps(taken.pack()))))

    assert [row.taken(TODAY) if row else Counts() for row in rows(cap)] == before


def test_a_day_that_is_over_has_nothing_back(time: Clock) -> None:
    cap = a_cap(units=5, budget=50, day_units=4, day_budget=40)
    taken = take(cap, 3, 30)
    time.forward(**TO_MIDNIGHT)
    take(cap, 1, 10)

    give_back(taken)

    assert left(cap) == Bounds(4, 40, 3, 30)


def test_a_day_that_nobody_has_begun_yet_is_total(time: Clock) -> None:
    cap = a_cap(units=5, day_units=4)
    taken = take(cap, 3)
    time.forward(**TO_MIDNIGHT)

    give_back(taken)

    assert left(cap) == Bounds(units=5, day_units=4)


def test_a_day_that_ends_between_reading_and_giving_back_has_nothing_back(time: Clock) -> None:
    cap, transaction = a_cap(units=9, day_units=4), Transaction()
    taken = take(cap, 3)
    caps.give_back(transaction, taken, store.get_many(caps.keys(taken)))
    time.forward(**TO_MIDNIGHT)
    take(cap, 4)

    assert not committed(transaction)
    give_back(taken)
    assert left(cap) == Bounds(units=5, day_units=0)


def test_what_was_remembered_of_before_the_day_does_not_lose_the_day_s_part(time: Clock) -> None:
    cap = a_cap(units=5, day_units=4)
    take(cap)
    time.forward(hours=11, minutes=59, seconds=59)
    store.get_many(caps.keys(cap))
    time.forward(seconds=1)
    taken = take(cap, 2)

    give_back(taken)

    assert left(cap) == Bounds(units=4, day_units=4)


@pytest.mark.parametrize("bounds", [{"units": 5}, {"budget": 9, "day_units": 4}])
def test_what_is_not_taken_any_more_is_not_given_back(time: Clock, bounds: dict[str, int]) -> None:
    """Who gives back twice at once decides again, and finds that it is done."""
    taken = take(a_cap(1, **bounds), 2, 3)
    twice = []
    for _ in range(2):
        transaction = Transaction()
        caps.give_back(transaction, taken, store.get_many(caps.keys(taken)))
        twice.append(transaction)

    assert [committed(each) for each in twice] == [True, False]
    assert left(a_cap(1, **bounds)) == Bounds(**bounds)


counts = st.builds(Counts, *[st.integers(0, 5)] * 4)
takens = st.lists(st.builds(Part, st.integers(0, 15), st.just(TODAY), counts), max_size=4).map(
    lambda parts: Taken("ben_1#unit#1", tuple(parts))
)


@given_any(taken=takens)
def test_what_is_kept_is_read_as_it_was(taken: Taken) -> None:
    assert Taken.of(json.loads(json.dumps(taken.pack()))) == taken


@given_any(taken=takens, units=st.integers(0, 9), amount=st.integers(0, 9))
def test_a_part_and_what_stays_are_what_was_taken(taken: Taken, units: int, amount: int) -> None:
    asked = [each if of else 0 for each, of in zip((units, amount, units, amount), taken.counts, strict=True)]
    if any(each > of for each, of in zip(asked, taken.counts, strict=True)):
        with pytest.raises(ValueError, match="no more"):
            taken.split(units=units, amount=amount)
        return

    back, kept = taken.split(units=units, amount=amount)

    assert list(back.counts) == asked
    assert [one + other for one, other in zip(back.counts, kept.counts, strict=True)] == list(taken.counts)
    assert all(any(part.counts) and min(part.counts) >= 0 for part in (*back.parts, *kept.parts))


def test_nothing_negative_is_split_off() -> None:
    with pytest.raises(ValueError, match="no more"):
        Taken("ben_1", ()).split(units=-1)


def test_money_that_was_not_needed_comes_back_and_the_rest_later(time: Clock) -> None:
    cap = a_cap(units=5, budget=100)
    taken = take(cap, 1, 40)
    unused, used = taken.split(amount=15)

    give_back(unused)
    assert left(cap) == Bounds(4, 75)
    give_back(used)
    assert left(cap) == cap.bounds
