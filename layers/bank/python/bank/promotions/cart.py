"""A cart of lines, and what each costs as discounts are taken off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bank.money import MAX_AMOUNT, allocate

MAX_LINES, MAX_UNITS = 50, 1_000


@dataclass(frozen=True)
class Line:
    """A line of an order: `quantity` units for `amount` together, which no discount takes below `floor`."""

    sku: str
    category: str
    quantity: int
    amount: int
    floor: int = 0

    def __post_init__(self) -> None:
        if not (1 <= self.quantity <= MAX_UNITS and 0 <= self.floor <= self.amount <= MAX_AMOUNT):
            raise ValueError(f"a line has 1 to {MAX_UNITS} units and a price not below its floor: {self}")


@dataclass(frozen=True)
class Cart:
    """Lines, and what each costs after the discounts so far, in minor units."""

    lines: tuple[Line, ...]
    left: tuple[int, ...]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Cart":
        """A cart at full price. Raises ValueError for one without lines, or with too many."""
        if not 1 <= len(lines) <= MAX_LINES:
            raise ValueError(f"a cart has 1 to {MAX_LINES} lines")
        return cls(tuple(lines), tuple(line.amount for line in lines))

    @property
    def price(self) -> int:
        """Return the price of it all, before any discount."""
        return sum(line.amount for line in self.lines)

    @property
    def taken(self) -> tuple[int, ...]:
        """Return what has been taken off each line."""
        return tuple(line.amount - left for line, left in zip(self.lines, self.left, strict=True))

    def less(self, off: Mapping[int, int]) -> "Cart":
        """Return it with more taken off some lines. Raises ValueError for more than their floors allow."""
        left = list(self.left)
        for at, amount in off.items():
            left[at] -= amount
            if amount < 0 or left[at] < self.lines[at].floor:
                raise ValueError(f"{amount} cannot be taken off line {at}")
        return Cart(self.lines, tuple(left))


class Prices(NamedTuple):
    """Prices of some lines of a cart by now, beside how many units each has and its floor."""

    prices: Sequence[int]
    quantities: Sequence[int]
    floors: Sequence[int]

    @property
    def room(self) -> int:
        """Return what may still be taken off them."""
        return sum(self.prices) - sum(self.floors)


def units(price: int, quantity: int) -> list[tuple[int, int]]:
    """Return what the units of a line at a price cost, dearest first, and how many cost so much.

    They cost the same, or differ by one minor unit where the price cannot be divided evenly.
    """
    each, dearer = divmod(price, quantity)
    return [(each + 1, dearer), (each, quantity - dearer)] if dearer else [(each, quantity)]


def spread(total: int, lines: Prices) -> list[int]:
    """Divide `total`, or as much as there is room for, over lines in proportion to what they cost by now.

    Largest remainder; what a line has no room for falls to the others, again in proportion.
    """
    room = [price - floor for price, floor in zip(lines.prices, lines.floors, strict=True)]
    off = [0] * len(room)
    total = min(total, sum(room))
    unfilled = [at for at, most in enumerate(room) if most]
    while total:
        parts = allocate(total, [lines.prices[at] for at in unfilled])
        full = {at: room[at] for at, part in zip(unfilled, parts, strict=True) if part >= room[at]}
        for at, part in (full or dict(zip(unfilled, parts, strict=True))).items():
            off[at] = part
            total -= part
        unfilled = [at for at in unfilled if at not in full]
    return off
