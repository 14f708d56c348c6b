"""Velocity: what the windows count, against a list of every spend, and that no cap on them is passed."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank import ledger, store
from bank.ledger import AccountRow, HoldStatus
from bank.ledger.velocity import (
    WINDOWS,
    Origin,
    Spend,
    Velocity,
    VelocityCounter,
    VelocityExceeded,
    cap_refusal,
)
from bank.store import Stale, Transaction
from tests.unit.bank.ledger.given import (
    Clock,
    account,
    capture,
    hold,
    journal,
    post,
    read,
    release,
    settlement,
    wallet,
)

START = 1_767_240_000
spends = st.lists(st.tuples(st.integers(0, 50 * 86_400), st.integers(1, 10**6)), max_size=60)
caps = st.dictionaries(
    st.sampled_from(list(WINDOWS)),
    st.fixed_dictionaries({}, optional={"count": st.integers(0, 8), "sum": st.integers(0, 10**6)}),
)


def after(history: Sequence[tuple[int, int]]) -> Velocity:
    made = Velocity()
    for seconds, amount in sorted(history):
        made = made.at(START + seconds).moved(VelocityCounter(1, amount))
    return made


def buckets(
    history: Sequence[tuple[int, int]], window: str, now: int
) -> tuple[VelocityCounter, VelocityCounter]:
    """The window's current bucket and the one before, counted from every spend."""
    length = WINDOWS[window] * 60
    found = [VelocityCounter(), VelocityCounter()]
    for seconds, amount in history:
        back = now // length - (START + seconds) // length
        if back in (0, 1):
            found[back] += VelocityCounter(1, amount)
    return found[0], found[1]


@given(spends, st.integers(0, 40 * 86_400))
def test_each_window_is_its_bucket_and_the_part_of_the_one_before_that_it_reaches(
    history: list[tuple[int, int]], later: int
) -> None:
    now = START + max((seconds for seconds, _ in history), default=0) + later
    counted = after(history).counters(now)

    for window, minutes in WINDOWS.items():
        current, before = buckets(history, window, now)
        length = minutes * 60
        share = length - now % length
        expected = current + VelocityCounter(
            -(-before.count * share // length), -(-before.sum * share // length)
        )
        assert counted[window] == (expected if history else VelocityCounter()), window


@given(spends)
def test_a_window_never_counts_less_than_its_own_bucket_nor_more_than_two(
    history: list[tuple[int, int]],
) -> None:
    now = START + max((seconds for seconds, _ in history), default=0)

    for window, counter in after(history).counters(now).items():
        current, before = buckets(history, window, now)
        assert current.count <= counter.count <= current.count + before.count
        assert current.sum <= counter.sum <= current.sum + before.sum


@given(spends, st.integers(0, 10**5))
def test_what_is_kept_of_it_reads_the_same(history: list[tuple[int, int]], later: int) -> None:
    made = after(history)

    again = Velocity.unpack(made.minute, made.in_minute, made.pack())

    assert again == made
    assert again.counters(START + 51 * 86_400 + later) == made.counters(START + 51 * 86_400 + later)


@given(spends, st.integers(0, 7200), st.integers(1, 10**6), caps)
def test_the_room_of_the_minute_is_what_the_caps_leave(
    history: list[tuple[int, int]], later: int, amount: int, given_caps: dict[str, dict[str, int]]
) -> None:
    """Two ways to ask: would the windows then pass a cap, and is the minute's counter within its room."""
    now = START + max((seconds for seconds, _ in history), default=0) + later
    current = after(history).at(now)
    room, then = current.room(given_caps, now), current.in_minute + VelocityCounter(1, amount)

    passes = cap_refusal("wal_1", current, amount, given_caps, now) is not None

    assert passes == (then.count > room.count or then.sum > room.sum)


def as_fast_as_allowed(
    cap: int, seconds: Iterable[int], *, window: str = "1m", bounds: str = "count"
) -> list[int]:
    """The instants at which somebody spends who tries, at each of these, for as long as it is allowed."""
    made, spent = Velocity(), []
    for second in seconds:
        while cap_refusal("wal_1", made, 1, {window: {bounds: cap}}, second) is None:
            made = made.at(second).moved(VelocityCounter(1, 1))
            spent.append(second)
    return spent


def most(spent: Sequence[int], seconds: int = 60) -> int:
    """The most of these that fall into so many seconds, whenever those end."""
    return max((bisect_right(spent, end) - bisect_right(spent, end - seconds) for end in spent), default=0)


# A cap bounds the count and the sum of each window alike.
each_cap = st.tuples(st.sampled_from(list(WINDOWS)), st.sampled_from(["count", "sum"]))


@given(st.integers(1, 40), st.lists(st.integers(0, 300), max_size=60), each_cap)
def test_a_cap_holds_by_the_clock_and_below_twice_of_it_in_any_window(
    cap: int, tries: list[int], of: tuple[str, str]
) -> None:
    length = WINDOWS[of[0]] * 60
    at = sorted(START + second * length // 60 for second in tries)
    spent = as_fast_as_allowed(cap, at, window=of[0], bounds=of[1])

    by_the_clock = Counter(second // length for second in spent)
    assert max(by_the_clock.values(), default=0) <= cap
    assert most(spent, length) < 2 * cap


def test_the_worst_that_a_cap_of_100_a_minute_lets_through_in_a_minute_is_196() -> None:
    """All of it at the end of a minute, and then each one as soon as it is allowed."""
    spent = as_fast_as_allowed(100, range(START + 59, START + 180))

    assert most(spent) == 196
    assert spent.count(START + 59) == 100


@given(st.integers(1, 5), st.integers(0, 59), each_cap)
def test_who_has_spent_the_cap_may_spend_it_again_two_windows_later(
    cap: int, second: int, of: tuple[str, str]
) -> None:
    length = WINDOWS[of[0]] * 60
    then = START + second * length // 60
    spent = as_fast_as_allowed(cap, [then, then + 2 * length], window=of[0], bounds=of[1])

    assert spent == [then] * cap + [then + 2 * length] * cap


def test_time_that_goes_back_counts_in_the_minute_that_there_is() -> None:
    made = after([(600, 5)])

    assert made.at(START) is made
    assert made.counters(START)["1m"] == VelocityCounter(1, 5)


def test_an_origin_keeps_what_only_the_earlier_one_knew() -> None:
    first = Origin("dev1", 31_230_000, 121_470_000, START)

    assert Origin.unpack(first.pack()) == first
    assert Origin("dev2").after(first) == Origin("dev2", 31_230_000, 121_470_000, START)
    assert Origin("", -1, -2, START + 1).after(first) == Origin("dev1", -1, -2, START + 1)
    assert Origin.unpack("") == Origin()


# On the row ---------------------------------------------------------------------------------------


def spend(payer: str, amount: int, spending: Spend | None = None) -> None:
    prepared(payer, amount, spending).commit()


def prepared(payer: str, amount: int, spending: Spend | None = None) -> Transaction:
    """The transaction of a spend, decided on what is now."""
    transaction, made = Transaction(), journal({payer: -amount, SHOP: amount})
    ledger.post(transaction, made, read(made), made_by="cli_1", spending={payer}, spend=spending)
    return transaction


SHOP = "stl_shop"
THREE = Spend(caps={"1h": {"count": 3, "sum": 1_000}})


def test_spends_holds_and_no_other_debits_count_and_what_returns_still_counts(time: Clock) -> None:
    payer, shop = wallet(10_000), settlement()
    spend(payer, 100)
    held = hold(payer, 300, expires_at="2026-03-01T00:00:00.000000Z")
    time.forward(minutes=2)
    release(held, HoldStatus.VOIDED).commit()
    post({payer: -50, shop: 50})
    capture(hold(payer, 40, expires_at="2026-03-01T00:00:00.000000Z"), {payer: -40, shop: 40}).commit()

    counters = account(payer).velocity.counters(int(time.moment.timestamp()))

    assert counters["1h"] == VelocityCounter(3, 440)
    assert counters["1m"] == VelocityCounter(1, 40)


def test_a_cap_on_the_count_and_on_the_sum_holds_to_the_unit(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 1, THREE)
    time.forward(minutes=5)
    spend(payer, 900, THREE)
    with pytest.raises(VelocityExceeded):
        spend(payer, 100, THREE)

    spend(payer, 99, THREE)
    with pytest.raises(VelocityExceeded):
        spend(payer, 1, THREE)
    time.forward(hours=2)
    spend(payer, 1_000, THREE)


def test_spends_decided_on_the_same_read_all_go_through_until_the_cap(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 1, THREE)
    ready = [prepared(payer, 1, THREE) for _ in range(4)]

    ready[0].commit()
    ready[1].commit()
    for late in ready[2:]:
        with pytest.raises(VelocityExceeded):
            late.commit()

    assert account(payer).balance == 10_000 - 3


def test_of_two_first_spends_of_a_minute_the_second_decides_again(time: Clock) -> None:
    payer = wallet(10_000)
    first, second = prepared(payer, 1), prepared(payer, 2)
    first.commit()
    with pytest.raises(Stale):
        second.commit()
    time.forward(minutes=1)
    first, second = prepared(payer, 1), prepared(payer, 2)
    spend(payer, 4)

    for late in (first, second):
        with pytest.raises(Stale):
            late.commit()
    assert account(payer).velocity.counters(int(time.moment.timestamp()))["1h"] == VelocityCounter(2, 5)


def test_a_spend_decided_in_an_earlier_minute_is_decided_again_once_the_buckets_moved(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 1, THREE)
    late = prepared(payer, 1, THREE)
    time.forward(minutes=1)
    spend(payer, 1, THREE)

    with pytest.raises(Stale):
        late.commit()


def test_the_row_remembers_the_last_device_and_place(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 1, Spend(origin=Origin("dev1", 1, 2, 3)))
    spend(payer, 1, Spend(origin=Origin("dev2")))

    assert account(payer).last_origin == Origin("dev2", 1, 2, 3)


def test_a_merchant_counts_what_it_takes_in_once_it_is_booked(time: Clock) -> None:
    payer, shop = wallet(10_000), settlement()
    made = [post({payer: -amount, shop: amount}, spending=frozenset({payer})) for amount in (100, 200)]
    assert ledger.applier.apply(made) == 2
    assert ledger.applier.apply(made) == 0
    time.forward(minutes=3)
    post({shop: -50, payer: 50}, kind="refund")
    ledger.applier.apply([post({payer: -1, shop: 1}, spending=frozenset({payer}))])

    assert account(shop).velocity.counters(int(time.moment.timestamp()))["24h"] == VelocityCounter(3, 301)


def test_an_account_that_never_moved_keeps_nothing_of_it(time: Clock) -> None:
    payer = wallet(10)
    row = store.get(AccountRow, payer)
    assert row is not None

    assert not row.serialize().keys() & {"am", "ac", "as", "ae", "al"}
