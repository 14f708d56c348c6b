"""The rules of earning: pure, without AWS, clock or chance."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bank import clock
from bank.ledger.lots import added, earliest
from bank.money import MAX_AMOUNT, MINOR_DIGITS, portion
from bank.rules import Kind, Number, Schema, Word

# What a programme's rules know of a payment; each hit gives points for each whole yuan, and points besides.
FACTS: dict[str, Kind] = {
    "amount": Number(1, MAX_AMOUNT, whole=True),
    "currency": Word(frozenset(MINOR_DIGITS)),
    "capture": Word(frozenset({"automatic", "manual"})),
    "hour": Number(0, 23, whole=True),
    "weekday": Number(1, 7, whole=True),
    "day": Number(1, 31, whole=True),
}
HITS = {"per_yuan": re.compile(r"\d{1,3}"), "plus": re.compile(r"(\d{1,6})?")}
MODEL = Schema(facts=FACTS, hits=HITS)
YUAN = 100


class EarningStatus(StrEnum):
    """Status of what a payment earns. `UNKNOWN`: refunded before it was heard of; `VOID`: earns nothing."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    BOOKED = "booked"
    VOID = "void"


@dataclass(frozen=True)
class Tier:
    """A tier: the points of a year that lead to it, and the hundredths of points that it earns."""

    name: str
    points: int
    percent: int


@dataclass(frozen=True)
class Terms:
    """Terms of a programme: days until what is earned is booked, months that it is valid, bounds, and tiers.

    A bound is the most points for a payment, for what is booked of a due day, and of its month. Tiers rise.
    """

    pending_days: int
    valid_months: int
    per_payment: int
    per_day: int
    per_month: int
    tiers: tuple[Tier, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The terms as they are stored and approved."""
        return {**vars(self), "tiers": [dict(vars(tier)) for tier in self.tiers]}


@dataclass(frozen=True)
class Qualified:
    """Points that a customer was given in a calendar year, and in the one before it."""

    year: str = ""
    points: int = 0
    before: int = 0

    def in_year(self, year: str) -> "Qualified":
        """As of a year: a new one begins at nil. What is late counts in the latest year."""
        if year <= self.year:
            return self
        follows = self.year and int(year) == int(self.year) + 1
        return Qualified(year, 0, self.points if follows else 0)

    def plus(self, points: int) -> "Qualified":
        """With so many points more, or less; never less than nil."""
        return Qualified(self.year, max(self.points + points, 0), self.before)

    def tier(self, tiers: Iterable[Tier]) -> Tier | None:
        """The highest tier that the points of the year or of the one before lead to: so it lasts for both."""
        best = max(self.points, self.before)
        return max(
            (each for each in tiers if each.points <= best), key=lambda each: each.points, default=None
        )


@dataclass(frozen=True)
class Counted:
    """Points that a customer has been given on the latest due day, and in its month."""

    day: str = ""
    on_day: int = 0
    in_month: int = 0

    def on(self, day: str) -> "Counted":
        """As of a due day: a new one begins at nil. What is late counts with the latest day."""
        if day <= self.day:
            return self
        return Counted(day, 0, self.in_month if self.day[:7] == day[:7] else 0)

    def plus(self, points: int) -> "Counted":
        """With so many points more."""
        return Counted(self.day, self.on_day + points, self.in_month + points)


def facts_of(amount: int, currency: str, capture: str, paid_at: datetime) -> dict[str, Any]:
    """The facts of a payment, by the clock of Shanghai."""
    local = paid_at.astimezone(clock.SHANGHAI)
    return {
        "amount": amount,
        "currency": currency,
        "capture": capture,
        "hour": local.hour,
        "weekday": local.isoweekday(),
        "day": local.day,
    }


def earned(amount: int, hits: Iterable[Mapping[str, str]], terms: Terms, tier: Tier | None = None) -> int:
    """The points that a payment of so many minor units earns by the hits of the rules, in a tier."""
    found = list(hits)
    rate = sum(int(hit["per_yuan"]) for hit in found)
    plus = sum(int(hit.get("plus") or 0) for hit in found)
    points = (amount // YUAN * rate + plus) * (tier.percent if tier else 100) // 100
    return min(points, terms.per_payment)


def due_day(paid_at: datetime, now: datetime, terms: Terms) -> str:
    """The business day on which it is booked: never one that is past, however late it is heard of."""
    after = clock.business_date(paid_at) + timedelta(days=terms.pending_days)
    return max(after, clock.business_date(now)).isoformat()


def kept(points: int, amount: int, refunded: int) -> int:
    """Points of a payment that are left after refunds of so much of it, by the running total."""
    left = max(amount - refunded, 0)
    return portion(points, left, amount)


def within(points: int, counted: Counted, terms: Terms) -> int:
    """The points of these that the bounds of day and month leave."""
    return max(min(points, terms.per_day - counted.on_day, terms.per_month - counted.in_month), 0)


def taken_back(points: int, lot: str, spendable: Mapping[str, int]) -> dict[str, int]:
    """The lots that points of one lot are taken back from: that one, then those that expire first.

    Fewer than `points` where there are no more: the rest is owed.
    """
    own = min(points, spendable.get(lot, 0))
    others = {month: left for month, left in spendable.items() if month != lot}
    rest = earliest(others, min(points - own, sum(others.values())))
    return rest | ({lot: own} if own else {})


def latest(lots: Mapping[str, int], points: int) -> dict[str, int]:
    """So many points of these lots, those that expire last; ValueError where there are fewer."""
    rest = earliest(lots, sum(lots.values()) - points)
    return added(lots, {month: -part for month, part in rest.items()})
