"""Expressions of EventBridge Scheduler: the time from one firing of a schedule to its next."""
# The library is in LocalStack's environment, where type checkers do not look.
# mypy: disable-error-code="import-not-found,import-untyped"

import re
from datetime import datetime
from zoneinfo import ZoneInfo

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
CRON = re.compile(r"cron\((.+)\)")
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}


def seconds_to_next(expression: str, timezone: str, now: datetime) -> float | None:
    """Return the seconds from `now` to the next firing; None where there is none, as with at(...)."""
    rate = RATE.fullmatch(expression)
    if rate:
        return float(rate[1]) * SECONDS[rate[2]]
    cron = CRON.fullmatch(expression)
    return _seconds_to_cron(cron[1], now.astimezone(ZoneInfo(timezone))) if cron else None


def _seconds_to_cron(fields: str, now: datetime) -> float | None:
    from crontab import CronTab

    left: float | None = CronTab(fields).next(now=now, default_utc=False)
    return left
