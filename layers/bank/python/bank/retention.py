"""Retention of personal data: how long the law has the bank keep it, and when it may go.

Anti-Money Laundering Law of the PRC as revised in 2024, article 34: facts of identity are kept for at least
ten years after the business relation has ended (five under the law of 2006, article 19).
"""

from datetime import date, datetime, timedelta

from bank import clock

IDENTITY_YEARS = 10


def identity_until(ended_at: datetime) -> date:
    """The last day on which facts of identity are kept, in Asia/Shanghai, of a relation that has ended.

    Years are calendar years; what ended on 29 February is kept until 1 March where there is no such day.
    """
    ended = clock.business_date(ended_at)
    year = ended.year + IDENTITY_YEARS
    return date(year, 3, 1) if (ended.month, ended.day) == (2, 29) else ended.replace(year=year)


def purge_at(until: date) -> int:
    """The end of that day, from which on a table may delete what is kept: seconds since the epoch."""
    return int(clock.midnight(until + timedelta(days=1)).timestamp())
