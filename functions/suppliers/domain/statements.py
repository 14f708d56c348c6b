"""Statements: what a month's use of a supplier's benefits makes it due, less what it bears itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from bank import clock

# Statements are closed on this day of the month that follows, when events of its last day are long there.
CLOSING_DAY = 3
# So many months a run looks back for what no run before it has closed.
MOST_MONTHS = 12


Grade = Literal["A", "B", "C", "D"]
# The least percentage of each grade but the last.
GRADES: tuple[tuple[Grade, int], ...] = (("A", 99), ("B", 95), ("C", 90))
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"


class StatementStatus(StrEnum):
    """States of a statement. Lines are disputed while it is closed; an agreed one is booked, for good."""

    CLOSED = "closed"
    AGREED = "agreed"


@dataclass(frozen=True)
class Totals:
    """Use in a month: how often redeemed and reversed, and how much of it came late, from months before.

    `cost` is what the supplier is due for it and `borne` what it bears of discounts, in minor units, each
    less what was reversed: below zero where more was reversed than used.
    """

    redeemed: int = 0
    reversed: int = 0
    late: int = 0
    cost: int = 0
    borne: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.redeemed + other.redeemed,
            self.reversed + other.reversed,
            self.late + other.late,
            self.cost + other.cost,
            self.borne + other.borne,
        )


@dataclass(frozen=True)
class Agreed:
    """A statement's outcome in minor units: what the supplier `owed` before, is `paid`, or `owes` on."""

    cost: int
    owed: int
    paid: int
    owes: int

    def amounts(self, *, marketing: str, suppliers: str, settlement: str) -> dict[str, int]:
        """The legs of its journal by account; none where nothing moves.

        The cost is borne by marketing. What is not paid out of it settles what the supplier owes, which
        stands on `suppliers` since its shares of discounts were given.
        """
        legs = {marketing: -self.cost, suppliers: self.cost - self.paid, settlement: self.paid}
        return {account: amount for account, amount in legs.items() if amount}


def agreed(*, cost: int, borne: int, owed: int) -> Agreed:
    """Net a month: `cost` (with what disputes added) less `borne` and what the supplier `owed` from before.

    Below zero it is paid nothing and owes the rest, which the next statement takes.
    """
    due = cost - borne - owed
    return Agreed(cost=cost, owed=owed, paid=max(0, due), owes=max(0, -due))


def period_of(moment: datetime) -> str:
    """The month in Shanghai that an instant lies in: `2026-11`."""
    return clock.business_date(moment).strftime("%Y-%m")


def following(period: str) -> str:
    """The month after."""
    year, month = map(int, period.split("-"))
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def preceding(period: str) -> str:
    """The month before."""
    year, month = map(int, period.split("-"))
    return f"{year - (month == 1):04d}-{(month - 2) % 12 + 1:02d}"


def last_closed(today: date) -> str:
    """The last month whose statements are closed on a business date."""
    before = preceding(today.strftime("%Y-%m"))
    return before if today.day >= CLOSING_DAY else preceding(before)


def months(first: str, last: str) -> list[str]:
    """The months from the first to the last, the last `MOST_MONTHS` of them; none where it is before."""
    found: list[str] = []
    while last >= first and len(found) < MOST_MONTHS:
        found.insert(0, last)
        last = preceding(last)
    return found


def grade(totals: Totals, disputed: int) -> Grade | None:
    """Rate a supplier by its use: what was neither reversed nor rightly disputed; None without use."""
    if not totals.redeemed:
        return None
    good = 100 * (totals.redeemed - totals.reversed - disputed)
    return next((name for name, least in GRADES if good >= least * totals.redeemed), "D")


def decided(disputes: Mapping[str, Mapping[str, object]]) -> bool:
    """Return whether none of a statement's disputes is open."""
    return all(dispute["status"] != OPEN for dispute in disputes.values())
