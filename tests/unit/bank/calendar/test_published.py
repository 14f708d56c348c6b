"""The notices of the State Council, told again in other words than the code's."""

from datetime import date, timedelta

import pytest

from bank.calendar import DayKind
from bank.calendar.domain import fits, is_weekend
from bank.calendar.published import delivered

# Days off and days of work a holiday, as each notice counts them (放假…天, …上班).
NOTICES = {
    2025: {
        "元旦": (1, 0),
        "春节": (8, 2),
        "清明节": (3, 0),
        "劳动节": (5, 1),
        "端午节": (3, 0),
        "国庆节、中秋节": (8, 2),
    },
    2026: {
        "元旦": (3, 1),
        "春节": (9, 2),
        "清明节": (3, 0),
        "劳动节": (5, 1),
        "端午节": (3, 0),
        "中秋节": (3, 0),
        "国庆节": (7, 2),
    },
}


@pytest.mark.parametrize("number", NOTICES)
def test_each_holiday_has_as_many_days_off_and_made_up_as_its_notice_counts(number: int) -> None:
    days = delivered(number).days

    counted = {
        name: tuple(
            sum(1 for day in days.values() if (day.name, day.kind) == (name, kind))
            for kind in (DayKind.HOLIDAY, DayKind.MAKE_UP)
        )
        for name in {day.name for day in days.values()}
    }
    assert counted == NOTICES[number]


@pytest.mark.parametrize("number", NOTICES)
def test_a_make_up_day_is_a_weekend_near_its_holiday(number: int) -> None:
    days = delivered(number).days
    for day, special in days.items():
        assert fits(day, special.kind)
        if special.kind is DayKind.MAKE_UP:
            near = {day + timedelta(days=after) for after in range(-14, 15)}
            assert any(days[each].name == special.name for each in near & days.keys() - {day})


@pytest.mark.parametrize("number", NOTICES)
def test_a_year_has_the_working_days_that_the_law_leaves(number: int) -> None:
    """Weekdays less the 13 statutory holidays of 2025 on (国令第795号): all that is moved is made up."""
    year = delivered(number)
    days = [date(number, 1, 1) + timedelta(days=after) for after in range(365)]

    assert sum(map(year.is_working, days)) == sum(not is_weekend(day) for day in days) - 13 == 248


def test_a_year_without_a_notice_says_so_and_has_weekends_only() -> None:
    year = delivered(2027)

    assert (year.published, year.source, year.days) == (False, "", {})
    assert [year.is_working(date(2027, 1, day)) for day in (1, 2, 3, 4)] == [True, False, False, True]
