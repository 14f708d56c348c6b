"""Lots: the points of one account by the month at whose end they expire, and what of them is reserved. Pure.

They stand packed on the account's own row and change with its balance, so that what is spent, given back or
expired is one condition of one write: `2612:120,2701:55|pay_1=2612:5|36`. First the lots that are
free, then each reservation with the lots that it took, then what the bank owes for all of them, in minor
units.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

# Months from that of an earning to that of its lot's expiry: so no account has more lots than fit its row.
MAX_MONTHS = 24
# Reservations of an account that may be open at once, for the same reason.
MAX_RESERVED = 4
_SIGNS = frozenset(":,;=|")

ByMonth = Mapping[str, int]


def expiry_month(day: str, months: int) -> str:
    """The month (YYYY-MM) at whose end a lot of `day` (YYYY-MM-DD) expires, so many months after its own."""
    if not 0 <= months <= MAX_MONTHS:
        raise ValueError(f"points are valid for 0 to {MAX_MONTHS} months")
    count = int(day[:4]) * 12 + int(day[5:7]) - 1 + months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def added(*parts: ByMonth) -> dict[str, int]:
    """The sum of lots, earliest first, without those of nothing."""
    months = sorted({month for part in parts for month in part})
    summed = {month: sum(part.get(month, 0) for part in parts) for month in months}
    return {month: points for month, points in summed.items() if points}


def earliest(lots: ByMonth, points: int) -> dict[str, int]:
    """So many points of these lots, those that expire first; ValueError where there are fewer."""
    taken, left = {}, points
    for month in sorted(lots):
        taken[month] = min(left, lots[month])
        left -= taken[month]
    if points < 0 or left:
        raise ValueError(f"there are no {points} points in {dict(lots)}")
    return {month: part for month, part in taken.items() if part}


@dataclass(frozen=True)
class Lots:
    """Lots of an account: points by month (YYYY-MM) that are `free`, and by reference that are `reserved`.

    `value` is what the bank owes for all of them by its books, in minor units of the home currency.
    """

    free: ByMonth = field(default_factory=dict)
    reserved: Mapping[str, ByMonth] = field(default_factory=dict)
    value: int = 0

    @property
    def available(self) -> int:
        """Points that are not reserved, those past their month among them."""
        return sum(self.free.values())

    @property
    def held(self) -> int:
        """Points that are reserved."""
        return sum(sum(part.values()) for part in self.reserved.values())

    @property
    def total(self) -> int:
        """All points: the account's balance."""
        return self.available + self.held

    def past(self, month: str) -> dict[str, int]:
        """Free lots that have expired by a month (YYYY-MM), whether or not that is booked."""
        return {each: points for each, points in self.free.items() if each < month}

    def spendable(self, month: str) -> dict[str, int]:
        """Free lots that can be spent in a month."""
        return {each: points for each, points in self.free.items() if each >= month}

    def with_free(self, lots: ByMonth) -> "Lots":
        """With so much more in its free lots."""
        return replace(self, free=added(self.free, lots))

    def without_free(self, lots: ByMonth) -> "Lots":
        """With so much less in its free lots; ValueError where there is less."""
        free = added(self.free, {month: -points for month, points in lots.items()})
        if any(points < 0 for points in free.values()):
            raise ValueError(f"there are no {dict(lots)} in {dict(self.free)}")
        return replace(self, free=free)

    def reserve(self, reference: str, points: int, month: str) -> "Lots":
        """With so many of what can be spent in a month reserved; ValueError where there are fewer."""
        taken = earliest(self.spendable(month), points)
        return replace(self.without_free(taken), reserved={**self.reserved, reference: taken})

    def without(self, reference: str) -> "Lots":
        """Without a reservation, as after its points were taken."""
        return replace(
            self, reserved={name: part for name, part in self.reserved.items() if name != reference}
        )

    def pack(self) -> str:
        """As text for the row. ValueError for a reference with one of its signs in it."""
        if any(_SIGNS & set(name) for name in self.reserved):
            raise ValueError(f"none of these can be a reservation's: {sorted(self.reserved)}")
        reserved = ";".join(f"{name}={_packed(part)}" for name, part in sorted(self.reserved.items()))
        return f"{_packed(self.free)}|{reserved}|{self.value}"

    @classmethod
    def unpack(cls, text: str) -> "Lots":
        """The inverse; none where the text is empty. ValueError where nothing packed it."""
        if not text:
            return cls()
        free, reserved, value = text.split("|")
        parts = (each.split("=") for each in reserved.split(";") if each)
        return cls(_unpacked(free), {name: _unpacked(part) for name, part in parts}, int(value))


def _packed(lots: ByMonth) -> str:
    # Months without their century and dash: the row must stay within 1 KB.
    return ",".join(f"{month[2:4]}{month[5:]}:{lots[month]}" for month in sorted(lots))


def _unpacked(text: str) -> dict[str, int]:
    pairs: Iterable[list[str]] = (each.split(":") for each in text.split(",") if each)
    return {f"20{month[:2]}-{month[2:]}": int(points) for month, points in pairs}
