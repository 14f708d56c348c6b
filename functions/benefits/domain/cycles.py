"""Cycles in which a customer may claim so often, and the time in which an entitlement is valid."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from bank import clock

# So many entitlements a customer and cycle at most: a claim reads each.
MAX_PER_CUSTOMER = 10


class ClaimCycle(StrEnum):
    """Cycles, by the calendar in Shanghai; a week begins on Monday (ISO 8601)."""

    EVER = "ever"
    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


def name_of(cycle: ClaimCycle, day: date) -> str:
    """Return the name of the cycle that a day falls in: `2026-11`, `2026-W48`."""
    year, week, _ = day.isocalendar()
    names = {
        ClaimCycle.EVER: "ever",
        ClaimCycle.YEAR: f"{day:%Y}",
        ClaimCycle.MONTH: f"{day:%Y-%m}",
        ClaimCycle.WEEK: f"{year:04d}-W{week:02d}",
        ClaimCycle.DAY: day.isoformat(),
    }
    return names[cycle]


def valid_between(validity: Mapping[str, Any], issued_at: str) -> tuple[str, str]:
    """Return the instants from which and until which an entitlement is valid that is issued now.

    `days`: so many business dates, that of the issue among them, each to its end in Shanghai.
    """
    days = validity.get("days")
    if days:
        last = clock.business_date(clock.parse(issued_at)) + timedelta(days=days)
        return issued_at, clock.instant(clock.midnight(last))
    return max(validity["starts_at"], issued_at), validity["ends_at"]
