"""The State Council's notices of holidays and make-up working days, as this release knows them.

2025: General Office, urgent notice 12 of 2024, of 2024-11-12. 2026: urgent notice 7 of 2025, of 2025-11-04.
Both are on www.gov.cn.
"""

from datetime import date, timedelta

from bank.calendar.domain import Day, DayKind, Year

Stretch = tuple[str, date, date]

_HOLIDAYS: dict[int, tuple[Stretch, ...]] = {
    2025: (
        ("元旦", date(2025, 1, 1), date(2025, 1, 1)),
        ("春节", date(2025, 1, 28), date(2025, 2, 4)),
        ("清明节", date(2025, 4, 4), date(2025, 4, 6)),
        ("劳动节", date(2025, 5, 1), date(2025, 5, 5)),
        ("端午节", date(2025, 5, 31), date(2025, 6, 2)),
        ("国庆节、中秋节", date(2025, 10, 1), date(2025, 10, 8)),
    ),
    2026: (
        ("元旦", date(2026, 1, 1), date(2026, 1, 3)),
        ("春节", date(2026, 2, 15), date(2026, 2, 23)),
        ("清明节", date(2026, 4, 4), date(2026, 4, 6)),
        ("劳动节", date(2026, 5, 1), date(2026, 5, 5)),
        ("端午节", date(2026, 6, 19), date(2026, 6, 21)),
        ("中秋节", date(2026, 9, 25), date(2026, 9, 27)),
        ("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
    ),
}
_MAKE_UP: dict[int, tuple[tuple[str, date], ...]] = {
    2025: (
        ("春节", date(2025, 1, 26)),
        ("春节", date(2025, 2, 8)),
        ("劳动节", date(2025, 4, 27)),
        ("国庆节、中秋节", date(2025, 9, 28)),
        ("国庆节、中秋节", date(2025, 10, 11)),
    ),
    2026: (
        ("元旦", date(2026, 1, 4)),
        ("春节", date(2026, 2, 14)),
        ("春节", date(2026, 2, 28)),
        ("劳动节", date(2026, 5, 9)),
        ("国庆节", date(2026, 9, 20)),
        ("国庆节", date(2026, 10, 10)),
    ),
}
# Their brackets are those that official documents have.
_SOURCES = {2025: "国办发明电〔2024〕12号", 2026: "国办发明电〔2025〕7号"}  # noqa: RUF001


def delivered(number: int) -> Year:
    """The year as this release knows it: its notice's days, or weekends only."""
    days = {
        first + timedelta(days=after): Day(DayKind.HOLIDAY, name)
        for name, first, last in _HOLIDAYS.get(number, ())
        for after in range((last - first).days + 1)
    }
    days |= {day: Day(DayKind.MAKE_UP, name) for name, day in _MAKE_UP.get(number, ())}
    return Year(number, days, published=number in _SOURCES, source=_SOURCES.get(number, ""))
