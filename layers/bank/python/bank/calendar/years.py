"""The calendar as it holds now, from what staff left of each year; and steps through it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from bank import clock, store
from bank.calendar.domain import Day, DayKind, Year
from bank.calendar.published import delivered
from bank.calendar.tables import CalendarYearRow
from bank.observability import logger

# A change of staff's holds everywhere after so long.
KEPT_SECONDS = 300
ONE = timedelta(days=1)
# No holiday is longer: a calendar in which nobody works for a year was entered wrongly.
LONGEST = 366

_kept: dict[int, tuple[datetime, Year]] = {}


class NoSuchDay(Exception):
    """Within a year there is no day of the kind that was looked for: the calendar was entered wrongly."""


def is_working_day(day: date) -> bool:
    """Return whether banks are open on a business date (Asia/Shanghai)."""
    return year(day.year).is_working(day)


def is_trading_day(day: date) -> bool:
    """Return whether the exchanges trade on a business date: no weekend, a make-up day neither."""
    return year(day.year).is_trading(day)


def is_published(number: int) -> bool:
    """Return whether the holidays of a year are known; until then each of its weekdays counts as worked."""
    return year(number).published


def next_working_day(day: date) -> date:
    """The first working day after `day`."""
    return _step(day, ONE, is_working_day)


def previous_working_day(day: date) -> date:
    """The last working day before `day`."""
    return _step(day, -ONE, is_working_day)


def next_trading_day(day: date) -> date:
    """The first trading day after `day`."""
    return _step(day, ONE, is_trading_day)


def previous_trading_day(day: date) -> date:
    """The last trading day before `day`."""
    return _step(day, -ONE, is_trading_day)


def add_working_days(day: date, count: int) -> date:
    """The working day that is `count` (0 or more) of them after `day`; of 0, `day` itself or the next one."""
    return _add(day, count, is_working_day)


def add_trading_days(day: date, count: int) -> date:
    """The trading day that is `count` (0 or more) of them after `day`; of 0, `day` itself or the next one."""
    return _add(day, count, is_trading_day)


def year(number: int) -> Year:
    """A year as it was at most `KEPT_SECONDS` ago."""
    now = clock.now()
    kept = _kept.get(number)
    # Not one read in the future either: tests and simulations go back in time.
    if kept is None or not timedelta() <= now - kept[0] < timedelta(seconds=KEPT_SECONDS):
        kept = _kept[number] = (now, current(number))
        if not kept[1].published:
            logger.warning(
                "no holidays of this year are published: its weekdays count as worked", year=number
            )
    return kept[1]


def current(number: int) -> Year:
    """A year as it is now. One round trip."""
    row = next(store.query(CalendarYearRow, str(number), newest_first=True, limit=1), None)
    return of_row(row) if row else delivered(number)


def of_row(row: CalendarYearRow) -> Year:
    """The year that an edition says."""
    days = {
        date.fromisoformat(day): Day(DayKind(each["kind"]), each["name"]) for day, each in row.days.items()
    }
    return Year(int(row.year), days, bool(row.published), row.source, int(row.edition))


def forget() -> None:
    """Read every year anew when it is next asked for."""
    _kept.clear()


def _step(day: date, step: timedelta, wanted: Callable[[date], bool]) -> date:
    for _ in range(LONGEST):
        day += step
        if wanted(day):
            return day
    raise NoSuchDay(f"none within a year of {day}")


def _add(day: date, count: int, wanted: Callable[[date], bool]) -> date:
    if count < 0:
        raise ValueError("days are added from 0 on")
    day = day if wanted(day) else _step(day, ONE, wanted)
    for _ in range(count):
        day = _step(day, ONE, wanted)
    return day
