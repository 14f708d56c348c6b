"""Trying again: with a growing, jittered pause, and only what is safe to send again."""

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from bank import errors
from bank.store.tables import Item

ATTEMPTS = 12
# Deciding again means that somebody else came through: for five seconds or so, as long as some hundred others
# need that want the same row at the same moment.
DECISIONS = 24
BACKOFF_SECONDS = 0.02
BACKOFF_LIMIT_SECONDS = 0.5
T = TypeVar("T")


class Stale(Exception):
    """The rows that a write was decided on have changed since: read and decide again."""


def attempts() -> Iterator[int]:
    """Attempt numbers, with a growing, jittered pause between; then `Unavailable`."""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt - 1)
        yield attempt
    raise errors.Unavailable("the store is busy; nothing is known to have happened")


def pause(attempt: int) -> None:
    """Full jitter (AWS builders' library, "Timeouts, retries and backoff with jitter")."""
    time.sleep(random.uniform(0, min(BACKOFF_LIMIT_SECONDS, BACKOFF_SECONDS * 2**attempt)))


def retry_on_conflict(decide: Callable[[], T]) -> T:
    """Run a use case that reads, decides and writes; again while what it read had changed by the write."""
    for attempt in range(DECISIONS):
        if attempt:
            pause(attempt - 1)
        try:
            return decide()
        except Stale:
            continue
    raise errors.Unavailable("too many changes at once to the same thing; nothing happened")


def stale(_: Item | None) -> Exception:
    """For operations whose condition only says that nothing has changed since the read."""
    return Stale()
