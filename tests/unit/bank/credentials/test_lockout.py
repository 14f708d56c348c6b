"""Five failures in a row, then waits that double; tries at once are counted one by one."""

from datetime import timedelta

import pytest

from bank import clock, store
from bank.credentials import lockout
from bank.credentials.lockout import Locked, wait
from bank.store import Transaction
from tests.support.streams import Cloud
from tests.unit.bank.credentials.people import KEY, Person, read


@pytest.fixture
def person(cloud: Cloud) -> None:
    """Somebody who has never failed."""
    Person(subject="per_1").save()


def fail(times: int) -> None:
    for _ in range(times):
        lockout.take_try(KEY, read)


def test_the_wait_begins_with_the_fifth_failure_and_doubles_to_a_day() -> None:
    minutes = [int(wait(failures).total_seconds() / 60) for failures in range(12)]

    assert minutes == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64]
    assert wait(10_000) == timedelta(hours=24)


@pytest.mark.usefixtures("person")
def test_the_sixth_try_has_to_wait_even_with_the_right_secret() -> None:
    fail(5)

    with pytest.raises(Locked):
        lockout.take_try(KEY, read)
    assert read().failures == 5


@pytest.mark.usefixtures("person")
def test_after_the_wait_there_is_one_try_and_a_longer_wait() -> None:
    start = clock.now()
    with clock.source(lambda: start):
        fail(5)
    with clock.source(lambda: start + timedelta(seconds=61)):
        fail(1)
        with pytest.raises(Locked):
            lockout.take_try(KEY, read)
    with clock.source(lambda: start + timedelta(seconds=61 + 119)), pytest.raises(Locked):
        lockout.take_try(KEY, read)
    with clock.source(lambda: start + timedelta(seconds=61 + 121)):
        assert lockout.take_try(KEY, read).failures == 7


@pytest.mark.usefixtures("person")
def test_the_right_secret_forgives_what_was_before() -> None:
    fail(4)
    transaction = Transaction()
    transaction.update(KEY, lockout.forgiven(), Person.subject.exists(), store.stale)
    transaction.commit()

    fail(4)

    assert read().failures == 4


@pytest.mark.usefixtures("person")
def test_tries_that_read_the_same_count_do_not_share_it() -> None:
    """A guess that read before another's write is counted after it, not beside it."""
    stale = [read() for _ in range(20)]
    counted = 0
    for row in stale:
        rows = iter([row])
        try:
            lockout.take_try(KEY, lambda rows=rows: next(rows, None) or read())
        except Locked:
            continue
        counted += 1

    assert counted == 5
    assert read().failures == 5
