"""Refusals by caps.

None is recorded under its Idempotency-Key: a sale that is over is refused without a write, and what came back
since can be had with the same key.
"""

from datetime import date, timedelta

from bank import clock, errors


class SoldOut(errors.Conflict):
    """409: fewer are left than were asked for."""

    code, title = "sold_out", "None is left"


class BudgetUsedUp(SoldOut):
    """409: less money is left of what was set aside than this may cost."""

    code, title = "budget_used_up", "What was set aside for this is used up"


class SoldOutToday(SoldOut):
    """409: fewer are left of today's than were asked for; tomorrow has its own."""

    code, title = "sold_out_today", "None is left today"


class BudgetUsedUpToday(SoldOut):
    """409: less money is left of what was set aside for today than this may cost; tomorrow has its own."""

    code, title = "budget_used_up_today", "What was set aside for today is used up"


class CapTooLow(errors.Conflict):
    """409: more was taken already than a cap is to be lowered to."""

    code, title = "cap_too_low", "More than this is taken already"


# By what is counted.
REFUSALS = {
    "units": SoldOut,
    "budget": BudgetUsedUp,
    "day_units": SoldOutToday,
    "day_budget": BudgetUsedUpToday,
}


def sold_out(count: str, day: str) -> SoldOut:
    """Return the refusal by one of the counts of a cap, on a business day; by the day's, until the next."""
    refusal = REFUSALS[count]
    if issubclass(refusal, SoldOutToday | BudgetUsedUpToday):
        tomorrow = clock.midnight(date.fromisoformat(day) + timedelta(days=1))
        return refusal(retry_after=clock.seconds_until(tomorrow))
    return refusal()
