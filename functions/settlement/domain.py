"""The rules of what is due on a settlement account: pure."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from bank import clock


def end_of(day: date) -> str:
    """The last instant of a business date, as booking times are written."""
    return clock.instant(clock.midnight(day + timedelta(days=1)) - timedelta(microseconds=1))


def closings(days: int, today: date, previous_working_day: Callable[[date], date]) -> list[date]:
    """The calendar days from the last one that has matured to yesterday; none for T+0.

    A day has matured on a working day `today` once `days` working days have come after it: what closed over a
    holiday is paid on the working day that ends it.
    """
    if not days:
        return []
    counted = today
    for _ in range(days - 1):
        counted = previous_working_day(counted)
    back = (today - counted).days + 1
    return [today - timedelta(days=before) for before in range(back, 0, -1)]


def matured(available: int, closed_at: Iterable[int]) -> int:
    """Return the amount to pay out: what is available, at most the lowest closing balance since it matured.

    `closed_at` are the balances at the end of `closings`, less what has been paid out after each: a payout
    takes the oldest money, and whatever else lowers the balance (refunds) the newest. So no money goes out
    before its time, also when a refund of old sales was paid with new ones. None is looked at once one leaves
    nothing.
    """
    due = available
    for balance in closed_at:
        due = min(due, balance)
        if due <= 0:
            break
    return max(0, due)


def payout_record(days: int, today: date, currency: str, step: int) -> str:
    """The key of a payout among its owner's: one per business date and currency.

    T+0 pays whenever it runs, so there the account's step (its version, as read) tells two payouts apart.
    """
    record = f"payout#{today.isoformat()}#{currency}"
    return record if days else f"{record}#{step:012d}"
