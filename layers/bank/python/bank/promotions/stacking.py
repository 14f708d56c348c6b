"""Stacking: which benefits may apply beside which, in what order, and for which reason another does not.

Of a group (platform coupon, merchant's coupon, ...) at most one applies, an exclusive benefit alone, and at
most `MAX_TOGETHER` in all. They apply by their order, then by id, each to the prices that those before it
left. So an outcome follows from the set of benefits, not from how it is listed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bank.promotions.cart import Cart
from bank.promotions.reasons import AFTER_OTHERS, Reason
from bank.promotions.terms import Terms

# Each costs a payment two write units, and the search for the best grows by the choices of one more.
MAX_TOGETHER = 3


@dataclass(frozen=True)
class Benefit:
    """A benefit that a customer has, by its id. What is lowest in `order` applies first."""

    benefit_id: str
    terms: Terms
    group: str
    exclusive: bool = False
    order: int = 0

    @property
    def place(self) -> tuple[int, str]:
        """Return its place among others."""
        return self.order, self.benefit_id

    def beside(self, others: Collection["Benefit"]) -> Reason | None:
        """Return the reason for which it is not combined with these, whatever they take off; or None."""
        if any(each.group == self.group for each in others):
            return Reason.GROUP_USED
        if others and (self.exclusive or any(each.exclusive for each in others)):
            return Reason.NOT_COMBINABLE
        return None


@dataclass(frozen=True)
class Applied:
    """A benefit and what it takes off each line of the cart, by the line's place."""

    benefit: Benefit
    off: dict[int, int]

    @property
    def amount(self) -> int:
        """Return what it takes off in all."""
        return sum(self.off.values())


@dataclass(frozen=True)
class Quote:
    """A cart after the benefits that apply, these in their order, and the reason for each other by its id."""

    cart: Cart
    applied: tuple[Applied, ...] = ()
    left_out: dict[str, Reason] = field(default_factory=dict)

    @property
    def discount(self) -> int:
        """Return what they take off in all."""
        return sum(each.amount for each in self.applied)

    @property
    def benefits(self) -> tuple[Benefit, ...]:
        """Return the benefits that apply, in their order."""
        return tuple(each.benefit for each in self.applied)


def in_order(benefits: Sequence[Benefit]) -> list[Benefit]:
    """Return benefits in the order in which they apply. Raises ValueError where two have the same id."""
    if len({each.benefit_id for each in benefits}) < len(benefits):
        raise ValueError("a benefit is named twice")
    return sorted(benefits, key=lambda each: each.place)


def together(cart: Cart, benefits: Sequence[Benefit]) -> Quote:
    """All of these on a cart; left out is what takes nothing off or is not combined with those before it."""
    quote, left_out = Quote(cart), dict[str, Reason]()
    for benefit in in_order(benefits):
        found = apply(benefit, quote.cart, quote.benefits)
        if isinstance(found, Reason):
            left_out[benefit.benefit_id] = alone(benefit, cart) or AFTER_OTHERS.get(found, found)
        else:
            quote = Quote(quote.cart.less(found.off), (*quote.applied, found))
    return Quote(quote.cart, quote.applied, left_out)


def apply(benefit: Benefit, cart: Cart, others: Collection[Benefit]) -> Applied | Reason:
    """Return what a benefit takes off a cart beside others, or the reason for which it does not apply."""
    off = benefit.beside(others) or benefit.terms.on(cart).off(cart)
    if isinstance(off, Reason):
        return off
    return Reason.LIMIT_REACHED if len(others) >= MAX_TOGETHER else Applied(benefit, off)


def alone(benefit: Benefit, cart: Cart) -> Reason | None:
    """Return the reason for which a benefit would not even apply alone, or None."""
    found = apply(benefit, cart, ())
    return found if isinstance(found, Reason) else None
