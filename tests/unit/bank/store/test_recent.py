"""Rows of lately: read once in some seconds by each process, and by nobody who did not ask for them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bank import clock, store
from bank.store import recent
from bench.meter import Meter
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import Clock
from tests.unit.bank.models import Job


@pytest.fixture
def time(cloud: Cloud) -> Iterator[Clock]:
    """A clock that stands still until it is moved."""
    moved = Clock()
    with clock.source(moved):
        yield moved


def left(*keys: store.Key) -> list[int | None]:
    """What the jobs of these keys have left."""
    return [row and int(row.left) for row in store.get_many(keys)]


def put(number: int, name: str = "job_1") -> None:
    store.put_many([Job(movement_id=name, left=number)])


@pytest.mark.parametrize(
    ("seconds", "seen"), [(0, 7), (recent.SECONDS - 0.01, 7), (recent.SECONDS, 8), (60, 8), (-0.01, 8)]
)
def test_a_row_of_lately_is_at_most_so_old(time: Clock, seconds: float, seen: int) -> None:
    put(7)
    assert left(store.lately(Job, "job_1")) == [7]
    put(8)
    time.moment += timedelta(seconds=seconds)

    assert left(store.lately(Job, "job_1")) == [seen]


def test_whoever_did_not_ask_for_it_reads_the_row_as_it_is_now(time: Clock) -> None:
    put(7)
    key = store.lately(Job, "job_1")
    assert left(key) == [7]
    put(8)

    assert left((Job, "job_1")) == [8]
    assert left(key, (Job, "job_1")) == left((Job, "job_1"), key) == [8, 8]


def test_what_is_known_is_left_out_of_the_one_batch_read(time: Clock) -> None:
    put(7)
    put(9, "job_2")
    keys = [store.lately(Job, "job_1"), (Job, "job_2"), store.lately(Job, "job_3")]
    used = []
    for _ in range(3):
        with Meter() as meter:
            assert left(*keys) == [7, 9, None]
        used.append((meter.usage.round_trips, meter.usage.reads))
    with Meter() as meter:
        assert left(keys[0], keys[2]) == [7, None]

    assert used == [(1, 3), (1, 1), (1, 1)]
    assert meter.usage.round_trips == 0


def test_that_there_is_none_is_kept_unless_the_table_says_otherwise(
    time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = store.lately(Job, "job_1")
    assert left(key) == [None]
    put(7)
    assert left(key) == [None]

    recent.forget()
    monkeypatch.setattr(Job, "lasts", lambda row: row is not None and row.left > 7)
    for number in (7, 8, 9):
        put(number)
        assert left(key) == [min(number, 8)]


def test_no_more_rows_are_kept_than_there_is_room_for(time: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 2)
    for number in range(3):
        put(number, f"job_{number}")
        assert left(store.lately(Job, f"job_{number}")) == [number]

    with Meter() as meter:
        assert left(*(store.lately(Job, f"job_{number}") for number in (1, 2))) == [1, 2]
        assert meter.usage.round_trips == 0
        assert left(store.lately(Job, "job_0")) == [0]
        assert meter.usage.round_trips == 1
