"""Effects of benefits: how much each takes off the lines that it is for.

`takes` returns an amount that is still to be divided over these lines, what is taken off each, or the reason
for which it is nothing. The less the lines cost, the less an effect takes: the search for the best
combination relies on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bank.money import basis_points
from bank.promotions.cart import Prices, units
from bank.promotions.reasons import Reason

WHOLE = 10_000

Taken = int | list[int] | Reason


class Per(StrEnum):
    """Bases that a discount is computed and rounded for: all lines together, each line, or each unit."""

    ORDER = "order"
    LINE = "line"
    UNIT = "unit"


@dataclass(frozen=True)
class AmountOff:
    """A fixed amount (立减, 代金券) off all lines together, each line, or each unit."""

    amount: int
    per: Per = Per.ORDER

    def __post_init__(self) -> None:
        _demand(self.amount > 0, self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        if self.per is Per.ORDER:
            return self.amount
        return _each(lines, self.per, lambda price: min(self.amount, price))


@dataclass(frozen=True)
class PercentOff:
    """A percentage (折扣) in basis points of what the lines cost by then, rounded half up; at most `cap`."""

    basis_points: int
    per: Per = Per.ORDER
    cap: int | None = None

    def __post_init__(self) -> None:
        _demand(0 < self.basis_points <= WHOLE and (self.cap is None or self.cap > 0), self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        if self.per is Per.ORDER:
            amount = basis_points(sum(lines.prices), self.basis_points)
            return amount if self.cap is None else min(amount, self.cap)
        off = _each(lines, self.per, lambda price: basis_points(price, self.basis_points))
        return off if self.cap is None or sum(off) <= self.cap else self.cap


@dataclass(frozen=True)
class FixedPrice:
    """A price for each unit (特价); units that cost less by then stay as they are."""

    price: int

    def __post_init__(self) -> None:
        _demand(self.price >= 0, self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        return _each(lines, Per.UNIT, lambda price: max(0, price - self.price))


@dataclass(frozen=True)
class NthOff:
    """A percentage off every `n`-th unit (第二件半价, 买二送一), counted from the dearest.

    Lines with a floor are not counted: else a discount on one line could move this one to another, and make
    it larger.
    """

    n: int
    basis_points: int = WHOLE

    def __post_init__(self) -> None:
        _demand(self.n >= 2 and 0 < self.basis_points <= WHOLE, self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        off, counted = [0] * len(lines.prices), 0
        for price, at, quantity in sorted(_units(lines), key=lambda units: (-units[0], units[1])):
            times = (counted + quantity) // self.n - counted // self.n
            off[at] += times * basis_points(price, self.basis_points)
            counted += quantity
        return off if counted >= self.n else Reason.QUANTITY_NOT_MET


@dataclass(frozen=True)
class CheapestOff:
    """A percentage off the cheapest unit; lines with a floor are not counted, as for `NthOff`.

    Of units that cost the same it is one of the first line.
    """

    basis_points: int

    def __post_init__(self) -> None:
        _demand(0 < self.basis_points <= WHOLE, self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        price, at, _ = min(_units(lines), default=(0, 0, 0))
        off = [0] * len(lines.prices)
        off[at] = basis_points(price, self.basis_points)
        return off


@dataclass(frozen=True)
class Tiers:
    """Amounts off from thresholds on (满减): that of the highest met.

    `repeats`: the only one, as many times as it is met (每满减).
    """

    steps: tuple[tuple[int, int], ...]
    repeats: bool = False

    def __post_init__(self) -> None:
        thresholds, amounts = zip(*self.steps, strict=True) if self.steps else ((), ())
        rising = all(
            each[0] > 0 and list(each) == sorted(set(each)) for each in (thresholds, amounts) if each
        )
        _demand(bool(self.steps) and rising and (len(self.steps) == 1 or not self.repeats), self)

    def takes(self, lines: Prices) -> Taken:
        """Return what it takes off these lines."""
        spent = sum(lines.prices)
        met = [step for step in self.steps if step[0] <= spent]
        if not met:
            return Reason.MINIMUM_NOT_MET
        threshold, amount = met[-1]
        return amount * (spent // threshold) if self.repeats else amount


Effect = AmountOff | PercentOff | FixedPrice | NthOff | CheapestOff | Tiers


def _each(lines: Prices, per: Per, off: Callable[[int], int]) -> list[int]:
    """Return what is taken off each line, where `off` says it of the price of the line, or of each unit."""
    taken = []
    for price, quantity, floor in zip(lines.prices, lines.quantities, lines.floors, strict=True):
        if per is Per.LINE:
            amount = off(price)
        else:
            each, dearer = divmod(price, quantity)
            amount = off(each) * (quantity - dearer) + (off(each + 1) * dearer if dearer else 0)
        taken.append(min(amount, price - floor))
    return taken


def _units(lines: Prices) -> list[tuple[int, int, int]]:
    """Return price, place of the line, and number of the units of the lines that have no floor."""
    return [
        (price, at, number)
        for at, (cost, quantity, floor) in enumerate(
            zip(lines.prices, lines.quantities, lines.floors, strict=True)
        )
        if not floor
        for price, number in units(cost, quantity)
    ]


def _demand(holds: bool, effect: object) -> None:
    if not holds:
        raise ValueError(f"not an effect: {effect}")
