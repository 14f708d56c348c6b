"""The best combination of a customer's benefits on a cart: the one that takes most off. Exact.

Of equals it is the one with fewest benefits, then the one whose benefits stand first by their places.
"""

from collections.abc import Mapping, Sequence

from bank.promotions.cart import Cart
from bank.promotions.reasons import AFTER_OTHERS, Reason
from bank.promotions.stacking import MAX_TOGETHER, Benefit, Quote, alone, apply, in_order, together

# Benefits in one quote.
MAX_QUOTED = 30


def best(cart: Cart, benefits: Sequence[Benefit]) -> Quote:
    """The best of them on a cart, and why the others are not of it. Raises ValueError beyond `MAX_QUOTED`."""
    if len(benefits) > MAX_QUOTED:
        raise ValueError(f"a quote is of at most {MAX_QUOTED} benefits")
    ordered = in_order(benefits)
    quote = together(cart, _Search(cart, ordered).best())
    applied = {each.benefit_id for each in quote.benefits}
    others = [each for each in ordered if each.benefit_id not in applied]
    left_out = {each.benefit_id: _reason(cart, quote, each) for each in others}
    return Quote(quote.cart, quote.applied, left_out)


def _reason(cart: Cart, quote: Quote, benefit: Benefit) -> Reason:
    """Return the reason for which a benefit is not of the best combination."""
    before = cart
    for each in quote.applied:
        if each.benefit.place < benefit.place:
            before = before.less(each.off)
    found = apply(benefit, before, quote.benefits)
    if isinstance(found, Reason):
        return alone(benefit, cart) or AFTER_OTHERS.get(found, found)
    return Reason.BETTER_WITHOUT


class _Search:
    """Branch and bound over what may apply next, in the order in which benefits apply.

    The less a cart costs, the less a benefit takes off it. So what it takes by now is the most that it takes
    after others: that bounds what can still come, and nothing is looked at that could not be better. However
    the terms are chosen, it computes each combination of up to `MAX_TOGETHER` benefits once at most.
    """

    def __init__(self, cart: Cart, benefits: Sequence[Benefit]) -> None:
        self._cart = cart
        self._benefits = benefits
        self._terms = [each.terms.on(cart) for each in benefits]
        self._combinable = [
            {at for at in range(first + 1, len(benefits)) if not benefits[at].beside((benefit,))}
            for first, benefit in enumerate(benefits)
        ]
        self._floor = sum(line.floor for line in cart.lines)
        self._discount = 0
        self._chosen: tuple[int, ...] = ()

    def best(self) -> list[Benefit]:
        """Return the benefits of the best combination."""
        # Each takes at most the whole price.
        self._go_on(self._cart, 0, (), dict.fromkeys(range(len(self._benefits)), self._cart.price))
        return [self._benefits[at] for at in self._chosen]

    def _go_on(self, cart: Cart, discount: int, chosen: tuple[int, ...], most: Mapping[int, int]) -> None:
        """Look at what may apply after the chosen, which took `discount`; each takes at most `most`."""
        gains = {at: self._terms[at].amount(cart) for at in self._promising(discount, chosen, most)}
        for at, gain in gains.items():
            if gain:
                self._keep_better(discount + gain, (*chosen, at))
        if len(chosen) + 1 == MAX_TOGETHER:
            return
        bounds = self._bounds(cart, gains, MAX_TOGETHER - len(chosen) - 1)
        # The most promising first: the sooner a good one is found, the more need not be looked at.
        for at in sorted(bounds, key=lambda at: (-bounds[at], at)):
            if self._may_be_better(discount + bounds[at], (*chosen, at)):
                off = self._terms[at].off(cart)
                assert isinstance(off, dict)
                self._go_on(cart.less(off), discount + gains[at], (*chosen, at), self._after(at, gains))

    def _keep_better(self, discount: int, chosen: tuple[int, ...]) -> None:
        if (-discount, len(chosen), chosen) < (-self._discount, len(self._chosen), self._chosen):
            self._discount, self._chosen = discount, chosen

    def _promising(self, discount: int, chosen: tuple[int, ...], most: Mapping[int, int]) -> list[int]:
        """Return those that may be of a better combination, by the most that they and others take."""
        beside = sum(sorted(most.values(), reverse=True)[: MAX_TOGETHER - len(chosen) - 1])
        return [at for at, amount in most.items() if discount + amount + beside >= self._discount]

    def _may_be_better(self, bound: int, chosen: tuple[int, ...]) -> bool:
        """Return whether a combination of these and at least one more, of so much at most, may be better."""
        if bound != self._discount:
            return bound > self._discount
        return len(chosen) < len(self._chosen) and chosen <= self._chosen[: len(chosen)]

    def _bounds(self, cart: Cart, gains: Mapping[int, int], others: int) -> dict[int, int]:
        """Return for each the most that it and so many others after it can take off together."""
        room = sum(cart.left) - self._floor
        bounds: dict[int, int] = {}
        by_group: dict[str, int] = {}
        for at in sorted(gains, reverse=True):
            benefit, gain = self._benefits[at], gains[at]
            if gain and not benefit.exclusive:
                after = [amount for group, amount in by_group.items() if group != benefit.group]
                bounds[at] = min(room, gain + sum(sorted(after, reverse=True)[:others]))
                by_group[benefit.group] = max(gain, by_group.get(benefit.group, 0))
        return bounds

    def _after(self, at: int, gains: Mapping[int, int]) -> dict[int, int]:
        """Return the gains of those that may be combined with one and come after it."""
        return {other: gain for other, gain in gains.items() if gain and other in self._combinable[at]}
