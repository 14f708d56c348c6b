"""The one calendar of working days and trading days: China's, with its holidays and make-up working days.

A year's days come from the State Council's notice of the November before. Those of 2025 and 2026 are in
`published`; staff enter later ones, and change any, in the room `operations`, two persons each. A process
keeps a year for `KEPT_SECONDS`: a change holds everywhere five minutes later at most, so that it is made days
before the day it is about. A year that is not published yet has weekends only: `is_published` says so, and
people are woken in December.
"""

from bank.calendar.domain import Day, DayKind, Year
from bank.calendar.years import (
    KEPT_SECONDS,
    add_trading_days,
    add_working_days,
    is_published,
    is_trading_day,
    is_working_day,
    next_trading_day,
    next_working_day,
    previous_trading_day,
    previous_working_day,
    year,
)

__all__ = [
    "KEPT_SECONDS",
    "Day",
    "DayKind",
    "Year",
    "add_trading_days",
    "add_working_days",
    "is_published",
    "is_trading_day",
    "is_working_day",
    "next_trading_day",
    "next_working_day",
    "previous_trading_day",
    "previous_working_day",
    "year",
]
