"""Terms of a benefit: the lines that it is for, the spend that it needs, and what it takes off."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bank.promotions.cart import Cart, Line, Prices, spread
from bank.promotions.effects import CheapestOff, Effect, Taken
from bank.promotions.reasons import Reason


@dataclass(frozen=True)
class Scope:
    """A choice of lines: all, or those of some articles or categories, or of a unit price before discounts.

    `undiscounted`: only while no other benefit has taken anything off them.
    """

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()
    unit_from: int | None = None
    unit_to: int | None = None
    undiscounted: bool = False

    def lines(self, lines: Sequence[Line]) -> list[int]:
        """Return the places of the chosen lines, discounted ones included."""
        return [at for at, line in enumerate(lines) if self._names(line) and self._prices(line)]

    def _names(self, line: Line) -> bool:
        named = line.sku in self.skus or line.category in self.categories
        return (named or not (self.skus or self.categories)) and line.category not in self.not_categories

    def _prices(self, line: Line) -> bool:
        above = (self.unit_from or 0) * line.quantity <= line.amount
        return above and (self.unit_to is None or line.amount <= self.unit_to * line.quantity)


@dataclass(frozen=True)
class Terms:
    """An effect on the lines of a scope, from a spend of `minimum` on, as those lines cost by then.

    The spend is on the same lines, or on those of `minimum_on` (free shipping from 100 on goods). `requires`:
    categories of which there must be a line each.
    """

    effect: Effect
    scope: Scope = field(default_factory=Scope)
    minimum: int = 0
    minimum_on: Scope | None = None
    requires: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.minimum < 0:
            raise ValueError("a minimum spend is not below 0")
        if self.scope.undiscounted and isinstance(self.effect, CheapestOff):
            # It could take more off after others than before them.
            raise ValueError("the cheapest unit is not chosen among undiscounted lines")

    def on(self, cart: Cart) -> "TermsOnCart":
        """Return them with the lines of a cart that they are for, for every state of its prices."""
        lines = _Lines.of(self.scope, cart)
        spend_on = lines if self.minimum_on is None else _Lines.of(self.minimum_on, cart)
        missing = not self.requires <= {line.category for line in cart.lines}
        return TermsOnCart(self, lines, spend_on, missing)


class _Lines(NamedTuple):
    """Lines of a scope by their places in a cart, with their full prices, units and floors."""

    scope: Scope
    places: list[int]
    full: list[int]
    quantities: list[int]
    floors: list[int]

    @classmethod
    def of(cls, scope: Scope, cart: Cart) -> "_Lines":
        return cls._at(scope, scope.lines(cart.lines), cart)

    @classmethod
    def _at(cls, scope: Scope, places: list[int], cart: Cart) -> "_Lines":
        lines = [cart.lines[at] for at in places]
        full = [line.amount for line in lines]
        return cls(scope, places, full, [line.quantity for line in lines], [line.floor for line in lines])

    def now(self, cart: Cart) -> tuple[list[int], Prices]:
        """Return the places and prices of those that the scope holds for by now."""
        prices = [cart.left[at] for at in self.places]
        if not self.scope.undiscounted or prices == self.full:
            return self.places, Prices(prices, self.quantities, self.floors)
        places = [at for at in self.places if cart.left[at] == cart.lines[at].amount]
        lines = self._at(self.scope, places, cart)
        return places, Prices(lines.full, lines.quantities, lines.floors)


@dataclass(frozen=True)
class TermsOnCart:
    """Terms, the lines of a cart that they are for, and those on which the minimum is to be spent."""

    terms: Terms
    lines: _Lines
    spend_on: _Lines
    missing: bool

    def amount(self, cart: Cart) -> int:
        """Return what they take off in all, 0 where they do not apply."""
        taken, _, prices = self._taken(cart)
        if isinstance(taken, int):
            return min(taken, prices.room)
        return 0 if isinstance(taken, Reason) else sum(taken)

    def off(self, cart: Cart) -> dict[int, int] | Reason:
        """Return what they take off each line, at least something, or the reason for which it is nothing."""
        taken, places, prices = self._taken(cart)
        if isinstance(taken, Reason):
            return taken
        parts = spread(taken, prices) if isinstance(taken, int) else taken
        off = {at: part for at, part in zip(places, parts, strict=True) if part}
        return off or Reason.NOTHING_TO_DISCOUNT

    def _taken(self, cart: Cart) -> tuple[Taken, list[int], Prices]:
        """Return what the effect takes, and the lines that it takes it from."""
        places, prices = self.lines.now(cart)
        refusal = self._refusal(cart, places, prices)
        return refusal or self.terms.effect.takes(prices), places, prices

    def _refusal(self, cart: Cart, places: list[int], prices: Prices) -> Reason | None:
        if not places:
            return Reason.ITEMS_DISCOUNTED if self.lines.places else Reason.NO_ELIGIBLE_ITEM
        if self.missing:
            return Reason.REQUIRED_ITEM_MISSING
        counted = prices if self.spend_on is self.lines else self.spend_on.now(cart)[1]
        return Reason.MINIMUM_NOT_MET if sum(counted.prices) < self.terms.minimum else None
