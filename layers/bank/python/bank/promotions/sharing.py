"""Shares in a discount: of those who bear it, and of the parts of an order. Exact to the minor unit.

A capture takes part of an order, a refund gives part of one back, and both take the discounts along in
proportion. Parts follow running totals, so that however an order is divided, and in whatever order, no minor
unit is lost or made, a part of a line never has more discount than price, and the last part has what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bank.money import allocate, portion
from bank.promotions.stacking import Quote


@dataclass(frozen=True)
class Discounted:
    """An order, or a part of one: what its lines cost before discounts, and what each benefit gives on them.

    `discounts`: by line, by benefit. `bearers`: by benefit, who bears how much of it. The rest of an order
    that was divided keeps the prices and discounts that its lines had at first.
    """

    prices: tuple[int, ...]
    discounts: tuple[Mapping[str, int], ...]
    bearers: Mapping[str, Mapping[str, int]]
    first_prices: tuple[int, ...]
    first_discounts: tuple[int, ...]

    @classmethod
    def of(
        cls,
        prices: Sequence[int],
        discounts: Sequence[Mapping[str, int]],
        bearers: Mapping[str, Mapping[str, int]],
    ) -> "Discounted":
        """An undivided order. Raises ValueError for discounts below 0, above a price, or not fully borne."""
        sums = [sum(each.values()) for each in discounts]
        amounts = [amount for parts in (*discounts, *bearers.values()) for amount in parts.values()]
        if min(amounts, default=0) < 0 or any(off > price for off, price in zip(sums, prices, strict=True)):
            raise ValueError("a discount is below 0 or above its line's price")
        if _by_benefit(discounts) != {benefit: sum(parts.values()) for benefit, parts in bearers.items()}:
            raise ValueError("what benefits give is not what is borne")
        return cls(tuple(prices), tuple(discounts), bearers, tuple(prices), tuple(sums))

    @classmethod
    def of_quote(cls, quote: Quote, bearers: Mapping[str, Mapping[str, int]]) -> "Discounted":
        """The order of a quote; `bearers`: by benefit, who bears its discount, by weight."""
        lines = quote.cart.lines
        return cls.of(
            [line.amount for line in lines],
            [
                {each.benefit.benefit_id: each.off[at] for each in quote.applied if at in each.off}
                for at in range(len(lines))
            ],
            {
                each.benefit.benefit_id: shares(each.amount, bearers[each.benefit.benefit_id])
                for each in quote.applied
            },
        )

    def less(self, name: str, amount: int) -> "Discounted":
        """Return the undivided order with so much more taken off, borne by who gives it.

        It is divided over the lines by what is left of each. Raises ValueError for more than is left.
        """
        lefts = [price - sum(off.values()) for price, off in zip(self.prices, self.discounts, strict=True)]
        discounts = [
            {**off, name: part} for off, part in zip(self.discounts, allocate(amount, lefts), strict=True)
        ]
        return Discounted.of(self.prices, discounts, {**self.bearers, name: {name: amount}})

    @property
    def price(self) -> int:
        """Return what it costs before discounts."""
        return sum(self.prices)

    @property
    def discount(self) -> int:
        """Return what benefits give on it."""
        return sum(sum(each.values()) for each in self.discounts)

    @property
    def net(self) -> int:
        """Return what the customer pays for it."""
        return self.price - self.discount

    def by_line(self, amount: int) -> list[int]:
        """Divide an amount over the lines in proportion to their prices: for who names no lines."""
        return allocate(amount, self.prices)

    def divided(self, amounts: Sequence[int]) -> tuple["Discounted", "Discounted"]:
        """Return the part that so much of each line's price is, and the rest.

        Raises ValueError for more than a line's price.
        """
        if any(not 0 <= amount <= price for amount, price in zip(amounts, self.prices, strict=True)):
            raise ValueError("a line has no such part")
        rest_prices = [price - amount for price, amount in zip(self.prices, amounts, strict=True)]
        discounts = [self._of_line(at, rest) for at, rest in enumerate(rest_prices)]
        rest_discounts = [_less(all_, part) for all_, part in zip(self.discounts, discounts, strict=True)]
        given = _by_benefit(discounts)
        bearers = {
            each: shares(given[each], parts) for each, parts in self.bearers.items() if given.get(each)
        }
        rest_bearers = {each: _less(parts, bearers.get(each, {})) for each, parts in self.bearers.items()}
        rest = Discounted(
            tuple(rest_prices), tuple(rest_discounts), rest_bearers, self.first_prices, self.first_discounts
        )
        return Discounted.of(amounts, discounts, bearers), rest

    def _of_line(self, at: int, rest: int) -> dict[str, int]:
        """Return what benefits give on a part of a line, when `rest` is what is left of its price."""
        price, discount = self.first_prices[at], self.first_discounts[at]
        kept = discount - portion(discount, price - rest, price)
        return shares(sum(self.discounts[at].values()) - kept, self.discounts[at])


def shares(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Divide an amount among those who bear it, by weight (largest remainder); parts of 0 are left out.

    Where the weights are what each has left, none bears more than that.
    """
    if not amount:
        return {}
    parts = allocate(amount, list(weights.values()))
    return {each: part for each, part in zip(weights, parts, strict=True) if part}


def _less(amounts: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    return {each: amount - taken.get(each, 0) for each, amount in amounts.items()}


def _by_benefit(discounts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    given: dict[str, int] = {}
    for line in discounts:
        for benefit, amount in line.items():
            given[benefit] = given.get(benefit, 0) + amount
    return given
