"""Schedules as the scheduler reads them, and when a job is late by them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.clock import SHANGHAI
from infra import templates
from operations.domain.lateness import MARGIN, Job, Runs, is_late, next_planned
from operations.domain.schedules import Cron, Rate, parse

MINUTE = timedelta(minutes=1)
MOMENTS = st.integers(0, 4 * 366 * 24 * 3600).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
)
LISTS = st.lists(st.integers(0, 23), min_size=1, max_size=3).map(lambda some: ",".join(map(str, some)))
CRONS = st.builds(
    "cron({} {} {} {} ? *)".format,
    st.one_of(LISTS, st.sampled_from(["*", "0", "*/15", "10-20", "5/20"])),
    st.one_of(LISTS, st.sampled_from(["*", "2", "*/6", "22-23"])),
    st.sampled_from(["*", "1", "28-31", "*/7"]),
    st.sampled_from(["*", "2", "1-6"]),
)


def cron(expression: str, zone: str = "UTC") -> Cron:
    found = parse(expression, zone)
    assert isinstance(found, Cron)
    return found


def named(field: str, value: int, lowest: int) -> bool:
    """Whether a field of cron names a value, read part by part."""
    for part in field.replace("?", "*").split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = lowest if first == "*" else int(first)
        high = int(last) if last else 99 if first == "*" or step else low
        if low <= value <= high and (value - low) % int(step or 1) == 0:
            return True
    return False


@given(expression=CRONS, moment=MOMENTS)
def test_the_last_time_and_the_next_are_named_and_none_is_between(expression: str, moment: datetime) -> None:
    schedule = cron(expression)
    last, after = schedule.due(moment), schedule.next(moment)
    minutes, hours, days, months, *_ = expression[5:-1].split()

    assert after is not None
    assert last <= moment < after
    for each in (last, after):
        assert named(minutes, each.minute, 0)
        assert named(hours, each.hour, 0)
        assert named(days, each.day, 1)
        assert named(months, each.month, 1)
        assert schedule.names(each)
    start = last.replace(second=0, microsecond=0) + MINUTE
    between = [start + number * MINUTE for number in range(min(1500, int((after - start) / MINUTE)))]
    assert not any(
        named(minutes, each.minute, 0)
        and named(hours, each.hour, 0)
        and named(days, each.day, 1)
        and named(months, each.month, 1)
        for each in between
    )


def test_a_zone_moves_the_times() -> None:
    two = cron("cron(0 2 * * ? *)", "Asia/Shanghai")

    assert two.due(datetime(2026, 11, 29, 1, tzinfo=UTC)) == datetime(2026, 11, 28, 18, tzinfo=UTC)
    assert two.due(datetime(2026, 11, 29, 1, tzinfo=UTC)).astimezone(SHANGHAI).hour == 2


def test_days_of_the_week_go_by_number_or_name() -> None:
    """Sunday is 1; the 29th of November 2026 is one."""
    for expression in ("cron(0 2 ? * SUN *)", "cron(0 2 ? * 1 *)"):
        assert cron(expression).due(datetime(2026, 12, 2, tzinfo=UTC)) == datetime(
            2026, 11, 29, 2, tzinfo=UTC
        )
    weekdays = cron("cron(0 2 ? * MON-FRI *)")
    assert weekdays.due(datetime(2026, 11, 29, 12, tzinfo=UTC)) == datetime(2026, 11, 27, 2, tzinfo=UTC)


def test_the_29th_of_february_is_found_years_away() -> None:
    leap = cron("cron(0 0 29 2 ? *)")

    assert leap.next(datetime(2025, 1, 1, tzinfo=UTC)) == datetime(2028, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0 minutes)",
        "rate(5 weeks)",
        "cron(0 2 L * ? *)",
        "cron(60 2 * * ? *)",
        "cron(0 2 * * ? 2027)",
        "at(x)",
    ],
)
def test_what_no_job_may_use_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"schedule|FOO|index"):
        parse(expression)


def test_every_job_of_the_platform_has_a_schedule_that_is_understood() -> None:
    assert templates.all_jobs()
    for job in templates.all_jobs():
        parse(job.default, job.zone)


# Lateness ----------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 29, 4, tzinfo=UTC)
OFTEN = Job("a.b", "a-on-b", "rate(15 minutes)", "UTC", timedelta(minutes=10))
NIGHTLY = Job("a.c", "a-on-c", "cron(0 2 * * ? *)", "Asia/Shanghai", timedelta(minutes=10))
TONIGHT = datetime(2026, 11, 28, 18, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_frequent_job_may_miss_one_run_and_is_late_with_the_second() -> None:
    allowed = 2 * timedelta(minutes=15) + OFTEN.timeout + MARGIN

    assert not is_late(OFTEN, Runs(LONG_AGO, good=NOON - allowed), NOON)
    assert is_late(OFTEN, Runs(LONG_AGO, good=NOON - allowed - MINUTE), NOON)
    assert is_late(OFTEN, Runs(LONG_AGO), NOON)


def test_a_nightly_job_is_late_once_its_time_and_a_margin_are_over() -> None:
    before = Runs(LONG_AGO, good=TONIGHT - timedelta(days=1))
    deadline = TONIGHT + NIGHTLY.timeout + MARGIN

    assert not is_late(NIGHTLY, before, deadline - MINUTE)
    assert is_late(NIGHTLY, before, deadline)
    assert not is_late(NIGHTLY, Runs(LONG_AGO, good=TONIGHT), deadline)


def test_a_run_that_is_under_way_within_its_time_is_not_late() -> None:
    last_night = TONIGHT - timedelta(days=1)

    assert not is_late(NIGHTLY, Runs(LONG_AGO, good=last_night, under_way=TONIGHT), NOON)
    assert is_late(NIGHTLY, Runs(LONG_AGO, good=last_night, under_way=last_night), NOON)


def test_a_new_job_is_late_only_after_a_time_that_it_has_missed() -> None:
    assert not is_late(NIGHTLY, Runs(since=NOON), NOON)
    assert not is_late(NIGHTLY, Runs(since=NOON), NOON + timedelta(hours=14))
    assert is_late(NIGHTLY, Runs(since=NOON), NOON + timedelta(hours=15))


def test_the_next_run_is_the_schedule_s_or_follows_the_newest() -> None:
    assert next_planned(NIGHTLY, Runs(LONG_AGO), NOON) == TONIGHT + timedelta(days=1)
    assert next_planned(OFTEN, Runs(LONG_AGO, newest=NOON), NOON) == NOON + timedelta(minutes=15)
    assert next_planned(OFTEN, Runs(LONG_AGO), NOON) is None
    assert isinstance(parse("rate(1 day)"), Rate)
