"""Time, from one place, so that tests and the simulation can move it.

Instants are strings of one width (RFC 3339, UTC, microseconds), so that they sort as text in a key.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import overload

# China has kept one offset and no daylight saving since 1991: no time zone database is needed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


# By how much the bank's time is ahead of the world's: nothing, but for stages with a test clock.
_ahead: Callable[[], timedelta] = timedelta


def world() -> datetime:
    """The world's time, by which AWS stamps, signs and schedules."""
    return datetime.now(UTC)


def _system() -> datetime:
    return world() + _ahead()


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """This instant, in UTC."""
    return _source()


def of_aws(moment: datetime) -> datetime:
    """An instant that AWS has stamped (a change in a stream, a schedule's time), by the bank's time."""
    return moment + _ahead()


def instant(moment: datetime | None = None) -> str:
    """`moment`, or now, as text that sorts: `2026-11-21T12:00:00.000000Z`."""
    utc = (moment or now()).astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


@overload
def parse(text: str) -> datetime: ...


@overload
def parse(text: str | None) -> datetime | None: ...


def parse(text: str | None) -> datetime | None:
    """The inverse of `instant`; takes any RFC 3339 text with an offset. None stays None."""
    return None if text is None else datetime.fromisoformat(text)


def business_date(moment: datetime | None = None) -> date:
    """The bank's calendar day, in Asia/Shanghai."""
    return (moment or now()).astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """The instant at which a business date begins."""
    return datetime.combine(day, time(), SHANGHAI)


def seconds_until(moment: datetime) -> int:
    """Whole seconds from now until `moment`, as `Retry-After` says them: rounded up, and never below 0."""
    return max(0, math.ceil((moment - now()).total_seconds()))


def be_ahead(read: Callable[[], timedelta]) -> None:
    """Let the bank's time be ahead of the world's by what `read` says (`bank.testclock`)."""
    global _ahead
    _ahead = read


@contextmanager
def source(read: Callable[[], datetime]) -> Iterator[None]:
    """Take the time from `read` inside the block (tests, simulation)."""
    global _source
    before, _source = _source, read
    try:
        yield
    finally:
        _source = before
