"""The calendar's years, and changes of their days. Two persons make one (`bank.control.gate`)."""

import re
from collections.abc import Mapping
from datetime import date

from bank import clock, errors, store
from bank.access.principal import THE_BANK
from bank.calendar import Day, Year
from bank.calendar.domain import fits
from bank.calendar.tables import CalendarYearRow
from bank.calendar.years import current
from bank.control import audit
from bank.store import Transaction

YEAR = re.compile(r"20[0-9]{2}")


class BadDay(errors.Unprocessable):
    """422: `day` is not one of the year, cannot be of that kind, or is over and was published."""

    code, title = "bad_calendar_day", "The day cannot be changed so"


class YearNotFound(errors.NotFound):
    """404: it is no year of a calendar."""

    code, title = "calendar_not_found", "No such year"


def find(year: str) -> Year:
    """A year as it is now, without what a process has kept of it. Raises YearNotFound."""
    return current(_number(year))


def change(
    *,
    year: str,
    days: Mapping[date, Day | None],
    published: bool | None,
    source: str,
    reason: str,
    actor: audit.Actor,
) -> Year:
    """Lay another edition over a year: some days are what is given; where None, what their weekday says.

    Days that are over stay as they were, once the year is published: what was settled by them was.
    Raises YearNotFound and BadDay.
    """
    number = _number(year)

    def act() -> Year:
        before = current(number)
        for day, special in days.items():
            _require_changeable(before, day, special)
        kept = {day: each for day, each in before.days.items() if day not in days}
        after = Year(
            number,
            {**kept, **{day: each for day, each in days.items() if each}},
            before.published if published is None else published,
            source,
            before.edition + 1,
        )
        transaction = Transaction()
        transaction.create(_row(after, actor), store.stale)
        audit.record(
            transaction,
            actor=actor,
            action="operations.calendar_changed",
            subject_id=f"calendar#{number}",
            ownership=THE_BANK,
            before=_told(before, days),
            after=_told(after, days),
            reason=reason,
        )
        transaction.commit()
        return after

    return store.retry_on_conflict(act)


def _number(year: str) -> int:
    if not YEAR.fullmatch(year):
        raise YearNotFound()
    return int(year)


def _require_changeable(year: Year, day: date, special: Day | None) -> None:
    if day.year != year.number:
        raise BadDay("it is a day of another year", day=day.isoformat())
    if special and not fits(day, special.kind):
        raise BadDay(
            "make-up days are Saturdays and Sundays, days without trading are not", day=day.isoformat()
        )
    if year.published and day < clock.business_date():
        raise BadDay("it is over", day=day.isoformat())


def _row(year: Year, actor: audit.Actor) -> CalendarYearRow:
    return CalendarYearRow(
        year=str(year.number),
        edition=f"{year.edition:04}",
        days={day.isoformat(): _written(each) for day, each in sorted(year.days.items())},
        published=year.published,
        source=year.source,
        changed_at=clock.instant(),
        changed_by=actor.subject,
    )


def _told(year: Year, days: Mapping[date, Day | None]) -> dict[str, object]:
    """Tell an edition to checkers and the audit trail: the days that change, and if it is published."""
    changed = {day.isoformat(): _written(year.days.get(day)) for day in sorted(days)}
    return {"edition": year.edition, "published": year.published, "source": year.source, "days": changed}


def _written(day: Day | None) -> dict[str, str] | None:
    return {"kind": day.kind.value, "name": day.name} if day else None
