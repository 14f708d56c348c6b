"""Steps through the calendar, and how soon a change of staff's holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import calendar, clock
from bank.calendar import Day, DayKind, Year, years
from bank.calendar.published import delivered
from bank.calendar.tables import CalendarYearRow
from tests.support.streams import Cloud

SPECIAL = st.dictionaries(
    st.dates(date(2027, 1, 1), date(2027, 12, 31)),
    st.builds(Day, st.sampled_from(DayKind), st.just("节")),
    max_size=60,
)
DAYS = st.dates(date(2026, 12, 1), date(2028, 1, 31))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What one test read is not the next one's."""
    years.forget()
    yield
    years.forget()


@pytest.fixture
def as_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The calendar that no member of staff has changed."""
    monkeypatch.setattr(years, "current", delivered)


def enter(
    edition: int, days: dict[str, dict[str, str]], *, number: int = 2027, published: bool = True
) -> None:
    CalendarYearRow(
        year=str(number),
        edition=f"{edition:04}",
        days=days,
        published=published,
        source="notice 1 of 2026",
        changed_at=clock.instant(),
        changed_by="stf_1",
    ).save()


@pytest.mark.usefixtures("as_delivered")
def test_the_days_around_national_day_2026() -> None:
    """Thursday to Wednesday off; the Saturday after is worked, and nothing is traded on it."""
    eve, after, saturday = date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 10)

    assert calendar.next_working_day(eve) == after
    assert calendar.previous_working_day(after) == eve
    assert calendar.add_working_days(eve, 3) == saturday
    assert calendar.is_working_day(saturday)
    assert not calendar.is_trading_day(saturday)
    assert calendar.add_trading_days(eve, 3) == date(2026, 10, 12)
    assert calendar.previous_trading_day(date(2026, 10, 12)) == date(2026, 10, 9)


@pytest.mark.usefixtures("as_delivered")
def test_of_no_days_more_it_is_the_day_itself_or_the_next() -> None:
    assert calendar.add_working_days(date(2026, 10, 8), 0) == date(2026, 10, 8)
    assert calendar.add_working_days(date(2026, 10, 1), 0) == date(2026, 10, 8)
    with pytest.raises(ValueError, match="from 0 on"):
        calendar.add_working_days(date(2026, 10, 8), -1)


@pytest.mark.usefixtures("as_delivered")
def test_steps_go_over_the_end_of_a_year() -> None:
    assert calendar.add_working_days(date(2025, 12, 31), 1) == date(2026, 1, 4)
    assert calendar.add_trading_days(date(2025, 12, 31), 1) == date(2026, 1, 5)


@given(special=SPECIAL, day=DAYS, count=st.integers(0, 30))
def test_whatever_is_entered_days_are_added_one_by_one(
    special: dict[date, Day], day: date, count: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(years, "current", lambda number: Year(number, special))
        years.forget()

        found = calendar.add_working_days(day, count)
        between = [day + timedelta(days=after) for after in range((found - day).days + 1)]
        worked = [each for each in between if calendar.is_working_day(each)]

        assert worked[-1] == found
        assert len(worked) == count + 1
        assert calendar.add_working_days(found, 0) == found
        assert calendar.previous_working_day(calendar.next_working_day(found)) == found


@given(special=SPECIAL, day=DAYS)
def test_trading_is_on_working_days_that_are_no_weekend(special: dict[date, Day], day: date) -> None:
    year = Year(2027, special)

    assert not year.is_trading(day) or (year.is_working(day) and day.weekday() < 5)


def test_a_calendar_without_working_days_is_an_error_and_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    everyday = {date(2027, 1, 1) + timedelta(days=n): Day(DayKind.HOLIDAY, "节") for n in range(1000)}
    monkeypatch.setattr(years, "current", lambda number: Year(number, everyday))

    with pytest.raises(years.NoSuchDay):
        calendar.next_working_day(date(2027, 1, 1))


def test_the_newest_edition_holds_and_a_year_that_nobody_changed_is_as_delivered(cloud: Cloud) -> None:
    enter(1, {"2027-01-01": {"kind": "holiday", "name": "元旦"}}, published=False)
    assert calendar.is_published(2027) is False
    enter(
        2,
        {
            "2027-01-01": {"kind": "holiday", "name": "元旦"},
            "2027-01-02": {"kind": "make_up", "name": "元旦"},
        },
    )
    years.forget()

    assert calendar.year(2027).edition == 2
    assert calendar.is_published(2027)
    assert not calendar.is_working_day(date(2027, 1, 1))
    assert calendar.is_working_day(date(2027, 1, 2))
    assert calendar.year(2026) == delivered(2026)


def test_a_change_holds_after_five_minutes_at_most_and_a_year_is_read_once_until_then(cloud: Cloud) -> None:
    now = [datetime(2027, 3, 1, tzinfo=UTC)]
    with clock.source(lambda: now[0]):
        assert calendar.is_working_day(date(2027, 3, 3))
        enter(1, {"2027-03-03": {"kind": "holiday", "name": "台风"}})
        now[0] += timedelta(seconds=calendar.KEPT_SECONDS - 1)
        assert calendar.is_working_day(date(2027, 3, 3))

        now[0] += timedelta(seconds=1)
        assert not calendar.is_working_day(date(2027, 3, 3))


def test_a_clock_that_goes_back_reads_anew(cloud: Cloud) -> None:
    with clock.source(lambda: datetime(2027, 3, 2, tzinfo=UTC)):
        assert calendar.is_working_day(date(2027, 3, 3))
    enter(1, {"2027-03-03": {"kind": "holiday", "name": "台风"}})
    with clock.source(lambda: datetime(2027, 3, 1, tzinfo=UTC)):
        assert not calendar.is_working_day(date(2027, 3, 3))
