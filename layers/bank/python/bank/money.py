"""Money: whole minor units beside an ISO 4217 currency. No float, ever, and no Decimal crosses I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

# Digits after the point, by ISO 4217 (list one, 2024). What the bank does not deal in is not here.
MINOR_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "SGD": 2, "JPY": 0, "KRW": 0, "KWD": 3}

# Minor units that 100 fen are taken for where limits and sums of several currencies are compared: below any
# rate of the last ten years, so that a limit needs no rate and is never above the one in yuan.
PER_YUAN = {
    "CNY": 100,
    "USD": 12,
    "EUR": 11,
    "GBP": 9,
    "HKD": 95,
    "SGD": 17,
    "JPY": 14,
    "KRW": 140,
    "KWD": 38,
}

# A bound on every amount (TIGER_STYLE: a limit on everything): ten thousand million yuan.
MAX_AMOUNT = 10**12
KeyT = TypeVar("KeyT")


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (fen, cents) of one currency. Arithmetic never mixes currencies."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is a whole number of minor units, not {self.amount!r}")
        if self.currency not in MINOR_DIGITS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        digits = MINOR_DIGITS[self.currency]
        sign, whole = ("-" if self.amount < 0 else ""), f"{abs(self.amount):0{digits + 1}d}"
        text = f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole
        return f"{sign}{text} {self.currency}"

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.amount


def valued(amount: int, currency: str, other: str) -> int:
    """The minor units of another currency that `amount` counts for, by `PER_YUAN`, rounded up.

    For limits and sums of several currencies, never for an exchange. Raises ValueError.
    """
    return -(-amount * _taken_for(other) // _taken_for(currency))


def limit_in(limit: int, currency: str, other: str) -> int:
    """The most in minor units of `other` that is `valued` at `limit` of a currency at most: rounded down.

    So a sum in `other` is within it exactly where the sum, valued, is within `limit`. Raises ValueError.
    """
    return limit * _taken_for(other) // _taken_for(currency)


def _taken_for(currency: str) -> int:
    try:
        return PER_YUAN[currency]
    except KeyError:
        raise ValueError(f"unknown currency {currency!r}") from None


def basis_points(amount: int, rate: int) -> int:
    """`rate` basis points (1/10,000) of a non-negative `amount`, rounded half up."""
    if amount < 0 or rate < 0:
        raise ValueError("amount and rate are not negative")
    return (amount * rate + 5_000) // 10_000


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts add up to it exactly.

    Largest remainder (Hamilton): each part is rounded down, and the units that are left go to the largest
    remainders, earlier parts first where they tie. Works for a negative total (a return) by symmetry.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative and their sum is positive")
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def portion(total: int, part: int, whole: int) -> int:
    """Return what of `total` belongs to `part` of `whole`, rounded half up; 0 where there is none of it.

    Of a running total, so that what parts get one after the other adds up to `total` exactly. Raises
    ValueError for a part that is none of the whole.
    """
    return allocate(total, [part, whole - part])[0] if total else 0


def draw(available: Mapping[KeyT, int], amount: int, first: int) -> dict[KeyT, int] | None:
    """Divide `amount` (positive) over several by what each has available; None where all have less.

    One alone where one has enough: the first such from the one at `first` on, so that those who draw at once
    seldom meet. Else the largest first.
    """
    keys = list(available)
    keys = keys[first:] + keys[:first]
    for key in keys:
        if available[key] >= amount:
            return {key: amount}
    drawn: dict[KeyT, int] = {}
    for key in sorted(keys, key=lambda each: -available[each]):
        left = amount - sum(drawn.values())
        if left and available[key] > 0:
            drawn[key] = min(left, available[key])
    return drawn if sum(drawn.values()) == amount else None
