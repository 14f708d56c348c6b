"""Guessing costs time: after five failures in a row each further try has to wait, twice as long each time.

A try is counted *before* the secret is compared, by a write that only succeeds while the count is what was
read and no lock is on. However many guesses come at once, so many are compared as the count allows.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from bank import clock, store
from bank.store import Key, Table, Transaction

FREE = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=24)


class Locked(Exception):
    """No try may be made now. Callers answer it as they answer a wrong secret."""


class Lockable(Table):
    """Mixin of tables whose rows are guarded by a secret: failures in a row, and until when none is tried."""

    failures = NumberAttribute(default=0)
    locked_until = UnicodeAttribute(null=True)


RowT = TypeVar("RowT", bound=Lockable)


def wait(failures: int) -> timedelta:
    """Return how long no try is allowed after so many failures in a row."""
    if failures < FREE:
        return timedelta(0)
    # The exponent is bounded, or a century of failures would make a number without bound.
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - FREE, 16)))


def take_try(key: Key, read: Callable[[], RowT], *, also: Sequence[Action] = ()) -> RowT:
    """Count one try on the row of `key`, as `read` reads it, as failed; `forgiven` takes it back.

    The same write does what `also` says. Raises Locked while a lock is on. One read and one write.
    """

    def attempt() -> RowT:
        row, now = read(), clock.now()
        if row.locked_until and clock.instant(now) < row.locked_until:
            raise Locked
        made = int(row.failures) + 1
        locked_until = clock.instant(now + wait(made))
        actions = [Lockable.failures.set(made), Lockable.locked_until.set(locked_until), *also]
        # A row from before there were failures has no such attribute.
        unchanged = Lockable.failures == int(row.failures)
        if not row.failures:
            unchanged = unchanged | Lockable.failures.does_not_exist()
        transaction = Transaction()
        transaction.update(key, actions, unchanged, store.stale)
        transaction.commit()
        row.failures = made
        return row

    return store.retry_on_conflict(attempt)


def forgiven() -> list[Action]:
    """For the write of what the right secret opens: no failures in a row any more."""
    return [Lockable.failures.set(0), Lockable.locked_until.remove()]
