"""Schedules as EventBridge Scheduler has them: `rate(5 minutes)`, `cron(0 2 * * ? *)` in a time zone.

Of cron, what jobs use: numbers, `*`, lists, ranges and steps in each field, days of the week by number or
name. Of time zones, UTC and Asia/Shanghai, which have no daylight saving.
Source: "Schedule types in EventBridge Scheduler".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bank import clock

ZONES: dict[str, tzinfo] = {"UTC": UTC, "Asia/Shanghai": clock.SHANGHAI}
RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)")
PART = re.compile(r"(?P<first>\d+|\*)(-(?P<last>\d+))?(/(?P<step>\d+))?")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# 29 February of a leap year comes again after eight years where a century has none.
LONGEST_DAYS = 8 * 366
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rate:
    """Every so often, counted from when the schedule was made: which is not known here."""

    period: timedelta

    def next(self, last: datetime | None) -> datetime | None:
        """The next run, after the last one that there was."""
        return last + self.period if last else None

    def due(self, now: datetime) -> datetime:
        """The instant after which a run must have been planned by now: one may be missed."""
        return now - 2 * self.period


@dataclass(frozen=True)
class Cron:
    """At these minutes of these hours, on the days that all of the rest name. `weekdays`: Sunday is 1."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    zone: tzinfo

    def next(self, last: datetime | None) -> datetime | None:
        """The first time after an instant."""
        return next((each for each in self._from(last, ONE_DAY) if each > last), None) if last else None

    def due(self, now: datetime) -> datetime:
        """The last time that is not after now."""
        return next(each for each in self._from(now, -ONE_DAY) if each <= now)

    def names(self, moment: datetime) -> bool:
        """Return whether it is one of the times."""
        return self.due(moment) == moment

    def _from(self, moment: datetime, step: timedelta) -> Iterator[datetime]:
        """Its times from the day of an instant on, forwards or backwards."""
        start = moment.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        times = [(hour, minute) for hour in self.hours for minute in self.minutes]
        for number in range(LONGEST_DAYS):
            day = start + number * step
            if self._is_on(day):
                for hour, minute in times if step > timedelta() else reversed(times):
                    yield day.replace(hour=hour, minute=minute).astimezone(UTC)

    def _is_on(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return day.day in self.days and day.month in self.months and weekday in self.weekdays


Schedule = Rate | Cron


def parse(expression: str, zone: str = "UTC") -> Schedule:
    """A schedule of its expression. Raises ValueError for what no job may use."""
    rate = RATE.fullmatch(expression)
    if rate and int(rate[1]):
        return Rate(timedelta(**{f"{rate[2]}s": int(rate[1])}))
    cron = CRON.fullmatch(expression)
    if not cron or zone not in ZONES:
        raise ValueError(f"no schedule that a job may have: {expression}, {zone}")
    minutes, hours, days, months, weekdays = cron.groups()
    return Cron(
        minutes=tuple(sorted(_field(minutes, 0, 59))),
        hours=tuple(sorted(_field(hours, 0, 23))),
        days=_field(days, 1, 31),
        months=_field(months, 1, 12),
        weekdays=_field(_numbered(weekdays), 1, 7),
        zone=ZONES[zone],
    )


def _numbered(weekdays: str) -> str:
    """Days of the week by number where they stand by name."""
    return re.sub(r"[A-Z]{3}", lambda name: str(WEEKDAYS.index(name[0]) + 1), weekdays)


def _field(text: str, lowest: int, highest: int) -> frozenset[int]:
    """The values of a field of cron."""
    found = set[int]()
    for part in text.replace("?", "*").split(","):
        match = PART.fullmatch(part)
        if not match:
            raise ValueError(f"no field of a schedule: {text}")
        first = lowest if match["first"] == "*" else int(match["first"])
        open_ended = match["first"] == "*" or match["step"]
        last = int(match["last"]) if match["last"] else highest if open_ended else first
        found.update(range(first, last + 1, int(match["step"] or 1)))
    if not found or not found <= set(range(lowest, highest + 1)):
        raise ValueError(f"no field of a schedule: {text}")
    return frozenset(found)
