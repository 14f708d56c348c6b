"""Days of a year: working or not, with trading or without."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

SATURDAY = 5


class DayKind(StrEnum):
    """Kinds of days that are not what their weekday says.

    A holiday has neither work nor trading. A make-up day (调休) is a working Saturday or Sunday, on which the
    exchanges stay closed. `no_trading` is a working day on which they are closed all the same.
    """

    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    NO_TRADING = "no_trading"


@dataclass(frozen=True)
class Day:
    """A day that is not what its weekday says, and why: `春节`."""

    kind: DayKind
    name: str


@dataclass(frozen=True)
class Year:
    """A calendar year: its special days, the notice that they come from, and the edition of what is known.

    Edition 0 is what the platform was delivered with. One that is not `published` has weekends only, or what
    staff entered before the notice.
    """

    number: int
    days: Mapping[date, Day] = field(default_factory=lambda: MappingProxyType({}))
    published: bool = False
    source: str = ""
    edition: int = 0

    def is_working(self, day: date) -> bool:
        """Return whether banks are open: a weekday without a holiday, or a make-up day."""
        special = self.days.get(day)
        if special is None or special.kind is DayKind.NO_TRADING:
            return not is_weekend(day)
        return special.kind is DayKind.MAKE_UP

    def is_trading(self, day: date) -> bool:
        """Return whether the exchanges trade: a weekday on which banks are open, unless they are closed."""
        special = self.days.get(day)
        return self.is_working(day) and not is_weekend(day) and special is None


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= SATURDAY


def fits(day: date, kind: DayKind) -> bool:
    """Return whether a day can be of this kind: make-up days are weekends, days without trading are none."""
    return kind is DayKind.HOLIDAY or is_weekend(day) == (kind is DayKind.MAKE_UP)
