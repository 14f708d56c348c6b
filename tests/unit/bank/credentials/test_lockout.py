"""Failures are counted by source: strangers bound each other's guesses, and lock nobody out of their own."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank import clock, store
from bank.credentials import lockout
from bank.credentials.lockout import Attempt, Locked, TryRefused, wait
from bank.store import Transaction
from tests.support.streams import Cloud
from tests.unit.bank.credentials.people import Tries

START = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
TARGETS = (f"tgt_{number}" for number in itertools.count())
BOTH, OTHERS = "password+totp", "code+password"
HALF = f"#half#{BOTH}"


class Target:
    """Somebody who is tried at, on a clock of their own."""

    def __init__(self) -> None:
        self.name, self.now = next(TARGETS), START

    def passes(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def begin(
        self, device: str | None = None, *, combination: str = BOTH, hourly: bool = True
    ) -> Attempt[Tries]:
        return lockout.begin(Tries, self.name, device=device, combination=combination, hourly=hourly)

    def tried(
        self, *right: bool, device: str | None = None, combination: str = BOTH, hourly: bool = True
    ) -> int | None:
        """A try at once: None where it got in, else its `Retry-After`."""
        with clock.source(lambda: self.now):
            try:
                shown = combination if len(right) > 1 else ""
                attempt = self.begin(device, combination=shown, hourly=hourly)
                attempt.judge(*right)
                transaction = Transaction()
                attempt.succeed(transaction)
                transaction.commit()
            except TryRefused as refused:
                return refused.retry_after
        return None

    def failures(self, part: str = "") -> int:
        row = store.get(Tries, f"guessing#{self.name}{part}")
        return int(row.failures) if row else 0


@pytest.fixture
def target(cloud: Cloud) -> Iterator[Target]:
    """Somebody nobody has tried at."""
    made = Target()
    with clock.source(lambda: made.now):
        yield made


def test_the_wait_begins_with_the_fifth_failure_doubles_to_a_day_and_ends_hearing_at_the_hundredth() -> None:
    minutes = [int(wait(failures).total_seconds() / 60) for failures in range(12)]

    assert minutes == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64]
    assert wait(99) == timedelta(hours=24)
    assert wait(100) == wait(10_000) == timedelta(days=90)


# One source


@pytest.mark.parametrize("device", [None, "dev_1"])
def test_the_sixth_try_has_to_wait_even_with_the_right_secret(target: Target, device: str | None) -> None:
    told = [target.tried(False, device=device) for _ in range(5)]

    assert told == [0, 0, 0, 0, 60]
    target.passes(seconds=20)
    assert target.tried(True, device=device) == 40


def test_after_the_wait_there_is_one_try_and_a_longer_wait(target: Target) -> None:
    for _ in range(5):
        target.tried(False)
    target.passes(seconds=60)

    assert target.tried(False) == 120
    target.passes(seconds=119.5)
    assert target.tried(True) == 1
    target.passes(seconds=0.5)
    assert target.tried(True) is None


def test_the_right_secret_forgives_what_was_before(target: Target) -> None:
    for _ in range(2):
        assert [target.tried(False) for _ in range(4)] == [0] * 4
        assert target.tried(True) is None


def test_tries_that_read_the_same_count_do_not_share_it(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guess that read before another's write is counted after it, not beside it."""
    read, counted = store.get_many, 0
    for _ in range(20):
        nothing_yet = iter([[None, None, None]])
        monkeypatch.setattr(store, "get_many", lambda keys, old=nothing_yet: next(old, None) or read(keys))
        try:
            target.begin(combination="")
        except Locked:
            continue
        counted += 1

    assert counted == target.failures() == 5


# Several sources


def test_strangers_lock_strangers_out_and_no_known_device(target: Target) -> None:
    for _ in range(20):
        target.tried(False)

    assert target.tried(True) is not None
    assert target.tried(True, device="dev_1") is None
    # Its success says nothing about strangers, and its failures are its own.
    assert target.tried(True) is not None
    for _ in range(5):
        target.tried(False, device="dev_1")
    assert target.tried(True, device="dev_1") == 60
    assert target.tried(True, device="dev_2") is None


def test_whoever_has_both_is_let_in_while_strangers_wait(target: Target) -> None:
    for _ in range(30):
        target.tried(False, False)

    assert target.tried(True) is not None
    assert target.tried(True, True) is None
    # They were no guesser: strangers begin anew.
    assert target.failures() == 0


@pytest.mark.parametrize("right", [(True, False), (False, True)])
def test_one_of_two_right_is_a_guess_and_counts(target: Target, right: tuple[bool, bool]) -> None:
    for _ in range(5):
        assert target.tried(*right) == 0

    # What anybody else hears too: it does not tell that one was right.
    assert target.tried(True, True) == 0
    assert target.failures(HALF) == 5
    target.passes(seconds=60)
    assert target.tried(True, True) is None


def test_a_guess_that_is_judged_beside_another_does_not_get_in(target: Target) -> None:
    """A thousand codes at once, with a stolen password: the first that is counted ends the chance of all."""
    for _ in range(5):
        target.tried(False, False)
    attempts = [target.begin() for _ in range(20)]
    for attempt in attempts[:-1]:
        with pytest.raises(TryRefused):
            attempt.judge(True, False)
    # It is not even told to be right: callers refuse more after that.
    with pytest.raises(TryRefused):
        attempts[-1].judge(True, True)
    # Those were one guess, as only one of them could have come first.
    assert target.failures(HALF) == 1


def test_a_guess_that_another_is_judged_after_does_not_get_in(target: Target) -> None:
    first, second = target.begin(), target.begin()
    first.judge(True, True)
    with pytest.raises(TryRefused):
        second.judge(True, False)
    transaction = Transaction()
    first.succeed(transaction)

    with pytest.raises(TryRefused):
        transaction.commit()


def test_strangers_get_a_hundred_guesses_in_a_row_and_then_none_for_ninety_days(target: Target) -> None:
    """Of a password alone, or of one factor with the other in hand; as patient as one may be."""
    for right, part in (((False,), ""), ((True, False), HALF)):
        for _ in range(180):
            target.tried(*right)
            target.passes(days=1)

        assert target.failures(part) == 100
        assert target.tried(True) is not None
    assert target.tried(True, True) is not None
    assert target.tried(True, device="dev_1") is None


def test_an_hour_has_a_thousand_tries_of_which_nothing_is_right(target: Target) -> None:
    """Then none is heard until the next hour, and the answer says so."""
    for _ in range(5):
        target.tried(False, False)
    target.passes(minutes=59)
    for _ in range(5):
        target.tried(False, False)
        target.passes(seconds=1)
    hour = (Tries, f"guessing#{target.name}#2026-11-29T08")
    transaction = Transaction()
    made = Tries.made.set(lockout.WHOLE_AN_HOUR - 1)
    transaction.update(hour, [made], Tries.challenge.exists(), store.stale)
    transaction.commit()

    assert target.tried(False, False) == 0
    assert target.tried(True, True) == 55
    assert target.tried(True, True, device="dev_1") is None
    target.passes(seconds=55)
    assert target.tried(True, True) is None


def test_what_cannot_be_guessed_is_heard_however_many_tries_there_were(target: Target) -> None:
    for _ in range(5):
        target.tried(False, False)
    hour = (Tries, f"guessing#{target.name}#2026-11-29T08")
    transaction = Transaction()
    transaction.update(hour, [Tries.made.set(10**6)], ~(Tries.challenge == "none"), store.stale)
    transaction.commit()

    assert target.tried(True, True) == 60
    assert target.tried(True, True, combination=OTHERS, hourly=False) is None


def test_who_has_a_part_of_one_combination_locks_no_other(target: Target) -> None:
    for _ in range(20):
        target.tried(True, False)

    assert target.tried(True, True) == 0
    assert target.tried(True, True, combination=OTHERS) is None
    # That was no guesser of the first, nor does it forgive one.
    assert target.failures(HALF) == 5
    assert target.tried(True, True) == 0


def test_what_replaces_a_secret_forgives_the_guesses_at_it_and_no_others(target: Target) -> None:
    for combination in (BOTH, OTHERS):
        for _ in range(5):
            target.tried(True, False, combination=combination)
    transaction = Transaction()
    lockout.forgive_all(transaction, Tries, target.name, [BOTH])
    transaction.commit()

    assert target.tried(True, True) is None
    assert target.tried(True, True, combination=OTHERS) == 0


def test_a_first_day_has_fifteen_guesses_and_each_day_after_it_one() -> None:
    """As docs/proofs.md says, however patient they are."""
    made, now = [timedelta(0)], timedelta(0)
    for failures in range(1, lockout.MOST):
        now += wait(failures)
        made.append(now)
    days = Counter(at.days for at in made)

    assert days.pop(0) == 15
    assert set(days.values()) == {1}


def test_what_is_kept_of_tries_is_purged(target: Target) -> None:
    target.tried(True, False)
    target.tried(False, device="dev_1")

    rows = [row for row in Tries.scan() if target.name in row.challenge]
    assert len(rows) == 4
    assert all(row.purge_at > target.now.timestamp() for row in rows)


# Any order

OWNER, STRANGER = "dev_1", None
TRIES = st.one_of(
    st.tuples(st.just("passes"), st.integers(1, 100_000), st.none()),
    st.tuples(
        st.sampled_from([OWNER, "dev_2", STRANGER]),
        st.lists(st.booleans(), min_size=1, max_size=2),
        st.sampled_from([BOTH, OTHERS]),
    ),
)


class Model:
    """The same, as simple as can be: counts of failures in a row by source, and until when they last."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.failures: dict[str | None, int] = {}
        self.until: dict[str | None, datetime] = {}

    def locked(self, source: str | None) -> bool:
        return self.until.get(source, START) > self.target.now

    def count(self, source: str | None) -> None:
        if not self.locked(source):
            self.failures[source] = self.failures.get(source, 0) + 1
            self.until[source] = self.target.now + wait(self.failures[source])

    def tried(self, source: str | None, right: list[bool], combination: str) -> bool:
        """Whether it lets them in."""
        two = source is STRANGER and len(right) == 2
        if all(right) and not self.locked(combination if two else source):
            self.failures[source] = 0
            if two:
                self.failures[combination] = 0
            return True
        self.count(source)
        if two and right[0] != right[1]:
            self.count(combination)
        return False


@given(st.lists(TRIES, max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_strangers_are_bounded_and_lock_neither_a_device_nor_another_combination(
    cloud: Cloud, tries: list[tuple[str | None, Any, str]]
) -> None:
    target = Target()
    model = Model(target)
    for source, what, combination in tries:
        if source == "passes":
            target.passes(seconds=what)
        else:
            let_in = target.tried(*what, device=source, combination=combination) is None
            assert let_in == model.tried(source, what, combination)
    assert target.failures(f"#{OWNER}") == model.failures.get(OWNER, 0)
    for combination in (BOTH, OTHERS):
        assert target.failures(f"#half#{combination}") == model.failures.get(combination, 0)
    assert target.failures() == model.failures.get(STRANGER, 0)
