"""Instants as text, and the bank's calendar day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank import clock

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MICROSECONDS = timedelta(days=365 * 7000) // timedelta(microseconds=1)
MOMENTS = st.builds(
    lambda micros, offset: (datetime(1900, 1, 2, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(
        offset
    ),
    st.integers(0, MICROSECONDS),
    OFFSETS,
)


@given(MOMENTS)
def test_parse_is_the_inverse_of_instant(moment: datetime) -> None:
    assert clock.parse(clock.instant(moment)) == moment


@given(MOMENTS, MOMENTS)
def test_instants_have_one_width_and_sort_as_text(one: datetime, other: datetime) -> None:
    texts = clock.instant(one), clock.instant(other)

    assert [len(text) for text in texts] == [len("2026-11-21T12:00:00.000000Z")] * 2
    assert (texts[0] < texts[1]) == (one < other)


def test_an_instant_is_in_utc_with_microseconds() -> None:
    noon = datetime(2026, 11, 21, 20, tzinfo=clock.SHANGHAI)

    assert clock.instant(noon) == "2026-11-21T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, 999_999, UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 7, 1, 15, 59, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 16, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 7, 1, 23, 0, tzinfo=timezone(timedelta(hours=-5))), date(2026, 7, 2)),
    ],
)
def test_the_business_day_changes_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    with clock.source(lambda: moment):
        assert clock.business_date() == clock.business_date(moment) == day


def test_time_taken_from_elsewhere_is_given_back_even_after_a_failure() -> None:
    then = datetime(2000, 1, 1, tzinfo=UTC)

    def fail_in_its_day() -> None:
        with clock.source(lambda: then):
            assert clock.now() == then
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_in_its_day()

    assert clock.now() > then
    assert clock.now().tzinfo is UTC


def test_a_business_day_begins_at_midnight_in_shanghai() -> None:
    assert clock.instant(clock.midnight(date(2026, 11, 30))) == "2026-11-29T16:00:00.000000Z"


def test_a_wait_is_told_in_whole_seconds_rather_one_more_than_one_less() -> None:
    moment = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    for before, seconds in ((60.0, 60), (59.2, 60), (0.1, 1), (0.0, 0), (-5.0, 0)):
        with clock.source(lambda before=before: moment - timedelta(seconds=before)):
            assert clock.seconds_until(moment) == seconds
