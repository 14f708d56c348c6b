"""The law's ten years, which every room that keeps facts of identity counts alike."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock, retention


@pytest.mark.parametrize(
    ("ended_at", "until"),
    [
        (datetime(2026, 11, 22, 4, tzinfo=UTC), date(2036, 11, 22)),
        # In Shanghai it is the next day already.
        (datetime(2026, 12, 31, 16, tzinfo=UTC), date(2037, 1, 1)),
        (datetime(2028, 2, 29, 4, tzinfo=UTC), date(2038, 3, 1)),
        (datetime(2028, 2, 28, 4, tzinfo=UTC), date(2038, 2, 28)),
    ],
)
def test_facts_of_identity_are_kept_ten_calendar_years(ended_at: datetime, until: date) -> None:
    assert retention.identity_until(ended_at) == until


@given(st.integers(946_684_800, 7_258_118_400))
def test_nothing_goes_before_ten_years_are_over_nor_a_day_after_that(seconds: int) -> None:
    ended_at = datetime.fromtimestamp(seconds, UTC)
    until = retention.identity_until(ended_at)
    purged = datetime.fromtimestamp(retention.purge_at(until), clock.SHANGHAI)
    ended = ended_at.astimezone(clock.SHANGHAI)
    leap_day = (ended.month, ended.day) == (2, 29)
    ten_years = ended.replace(year=ended.year + 10, **({"month": 3, "day": 1} if leap_day else {}))
    assert ten_years < purged <= ten_years + timedelta(days=1)
