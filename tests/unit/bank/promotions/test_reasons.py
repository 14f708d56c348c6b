"""The reason for which a benefit is left out: one each, and true."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings

from bank.promotions import (
    MAX_TOGETHER,
    SENTENCES,
    AmountOff,
    Benefit,
    Cart,
    FixedPrice,
    Line,
    NthOff,
    Quote,
    Reason,
    Scope,
    Terms,
    Tiers,
    best,
    together,
)
from tests.unit.bank.promotions.given import CARTS, benefits

TEA, CUP = Line("tea", "drinks", 2, 300), Line("cup", "goods", 1, 200, floor=150)
CART = Cart.of([TEA, CUP])
DRINKS, GOODS = Scope(categories=frozenset({"drinks"})), Scope(categories=frozenset({"goods"}))


@dataclass(frozen=True)
class Left:
    """A benefit that was left out, and the cart before any benefit and before its place."""

    benefit: Benefit
    chosen: tuple[Benefit, ...]
    full: Cart
    before: Cart

    def spend(self, cart: Cart) -> int:
        """What counts for the minimum, in this state."""
        terms = self.benefit.terms
        return total(terms.minimum_on or terms.scope, cart)

    def below(self, cart: Cart) -> bool:
        """Whether the minimum, or the first tier, is not reached in this state."""
        terms = self.benefit.terms
        tier = terms.effect.steps[0][0] if isinstance(terms.effect, Tiers) else 0
        return self.spend(cart) < terms.minimum or total(terms.scope, cart) < tier

    def too_few(self, cart: Cart) -> bool:
        effect = self.benefit.terms.effect
        return isinstance(effect, NthOff) and units(self.benefit.terms.scope, cart) < effect.n

    def applies(self, cart: Cart) -> bool:
        return bool(self.benefit.terms.on(cart).amount(cart))


def places(scope: Scope, cart: Cart) -> list[int]:
    return [
        at
        for at in scope.lines(cart.lines)
        if not (scope.undiscounted and cart.left[at] < cart.lines[at].amount)
    ]


def total(scope: Scope, cart: Cart) -> int:
    return sum(cart.left[at] for at in places(scope, cart))


def units(scope: Scope, cart: Cart) -> int:
    return sum(cart.lines[at].quantity for at in places(scope, cart) if not cart.lines[at].floor)


def others_exclude(left: Left) -> bool:
    return bool(left.chosen) and (left.benefit.exclusive or any(each.exclusive for each in left.chosen))


# What must hold where a reason is given.
TRUE: dict[Reason, Callable[[Left], bool]] = {
    Reason.NO_ELIGIBLE_ITEM: lambda left: not left.benefit.terms.scope.lines(left.full.lines),
    Reason.REQUIRED_ITEM_MISSING: lambda left: bool(
        left.benefit.terms.requires - {line.category for line in left.full.lines}
    ),
    Reason.MINIMUM_NOT_MET: lambda left: left.below(left.full),
    Reason.QUANTITY_NOT_MET: lambda left: left.too_few(left.full),
    Reason.NOTHING_TO_DISCOUNT: lambda left: (
        not (left.applies(left.full) or left.below(left.full) or left.too_few(left.full))
    ),
    Reason.ITEMS_DISCOUNTED: lambda left: (
        left.applies(left.full)
        and places(left.benefit.terms.scope, left.before) != left.benefit.terms.scope.lines(left.full.lines)
    ),
    Reason.MINIMUM_NOT_MET_AFTER_OTHERS: lambda left: not left.below(left.full) and left.below(left.before),
    Reason.NOTHING_LEFT_AFTER_OTHERS: lambda left: (
        left.applies(left.full) and not left.applies(left.before) and not left.below(left.before)
    ),
    Reason.GROUP_USED: lambda left: (
        left.applies(left.full) and left.benefit.group in {each.group for each in left.chosen}
    ),
    Reason.NOT_COMBINABLE: lambda left: left.applies(left.full) and others_exclude(left),
    Reason.LIMIT_REACHED: lambda left: left.applies(left.before) and len(left.chosen) == MAX_TOGETHER,
    Reason.BETTER_WITHOUT: lambda left: left.applies(left.before) and len(left.chosen) < MAX_TOGETHER,
}


def each_left_out(cart: Cart, having: list[Benefit], quote: Quote, up_to_place: bool) -> dict[str, Left]:
    found = {}
    for benefit in having:
        if benefit.benefit_id in quote.left_out:
            earlier = tuple(each for each in quote.benefits if each.place < benefit.place)
            chosen = earlier if up_to_place else quote.benefits
            found[benefit.benefit_id] = Left(benefit, chosen, cart, together(cart, earlier).cart)
    return found


@settings(max_examples=200)
@given(CARTS, benefits())
def test_each_benefit_applies_or_has_one_reason_and_it_is_true(cart: Cart, having: list[Benefit]) -> None:
    for quote, up_to_place in ((best(cart, having), False), (together(cart, having), True)):
        applied = {each.benefit_id for each in quote.benefits}
        assert applied | quote.left_out.keys() == {each.benefit_id for each in having}
        assert not applied & quote.left_out.keys()
        for benefit_id, left in each_left_out(cart, having, quote, up_to_place).items():
            reason = quote.left_out[benefit_id]
            assert TRUE[reason](left), reason


@given(CARTS, benefits())
def test_where_it_is_better_without_one_to_add_it_saves_no_more(cart: Cart, having: list[Benefit]) -> None:
    quote = best(cart, having)

    for benefit in having:
        if quote.left_out.get(benefit.benefit_id) is Reason.BETTER_WITHOUT:
            assert together(cart, [*quote.benefits, benefit]).discount <= quote.discount


def benefit(name: str, terms: Terms, group: str = "", exclusive: bool = False, order: int = 0) -> Benefit:
    return Benefit(name, terms, group or name, exclusive, order)


OFF = Terms(AmountOff(100))
FIRST = benefit("first", OFF, order=-1)


@pytest.mark.parametrize(
    ("others", "left_out", "reason"),
    [
        ([], benefit("b", Terms(AmountOff(1), Scope(skus=frozenset({"pen"})))), Reason.NO_ELIGIBLE_ITEM),
        ([], benefit("b", Terms(AmountOff(1), requires=frozenset({"pens"}))), Reason.REQUIRED_ITEM_MISSING),
        ([], benefit("b", Terms(AmountOff(1), DRINKS, minimum=301)), Reason.MINIMUM_NOT_MET),
        ([], benefit("b", Terms(Tiers(((501, 10),)))), Reason.MINIMUM_NOT_MET),
        ([], benefit("b", Terms(NthOff(3), DRINKS)), Reason.QUANTITY_NOT_MET),
        ([], benefit("b", Terms(FixedPrice(200), GOODS)), Reason.NOTHING_TO_DISCOUNT),
        ([FIRST], benefit("b", Terms(AmountOff(1), Scope(undiscounted=True))), Reason.ITEMS_DISCOUNTED),
        ([FIRST], benefit("b", Terms(AmountOff(1), minimum=401)), Reason.MINIMUM_NOT_MET_AFTER_OTHERS),
        (
            [benefit("first", Terms(FixedPrice(99), DRINKS), order=-1)],
            benefit("b", Terms(FixedPrice(100), DRINKS)),
            Reason.NOTHING_LEFT_AFTER_OTHERS,
        ),
        ([FIRST], benefit("b", Terms(AmountOff(99)), group="first"), Reason.GROUP_USED),
        ([FIRST], benefit("b", Terms(AmountOff(99)), exclusive=True), Reason.NOT_COMBINABLE),
        ([benefit("a", OFF, exclusive=True)], benefit("b", Terms(AmountOff(99))), Reason.NOT_COMBINABLE),
        (
            [benefit(name, OFF) for name in ("a", "c", "d")],
            benefit("e", Terms(AmountOff(1))),
            Reason.LIMIT_REACHED,
        ),
    ],
)
def test_the_reason_for_one(others: list[Benefit], left_out: Benefit, reason: Reason) -> None:
    having = [left_out, *others]

    assert best(CART, having).left_out == {left_out.benefit_id: reason}
    assert together(CART, having).left_out == {left_out.benefit_id: reason}


def test_it_is_better_without_one_that_takes_the_minimum_from_another() -> None:
    """The first alone takes 100; with its minimum gone the second takes nothing of its 150."""
    second = benefit("second", Terms(AmountOff(150), minimum=450))

    quote = best(CART, [FIRST, second])

    assert [each.benefit_id for each in quote.benefits] == ["second"]
    assert quote.left_out == {"first": Reason.BETTER_WITHOUT}


def test_the_codes_are_those_that_clients_keep() -> None:
    assert [str(each) for each in Reason] == [
        "no_eligible_item",
        "required_item_missing",
        "minimum_not_met",
        "quantity_not_met",
        "nothing_to_discount",
        "items_discounted",
        "minimum_not_met_after_others",
        "nothing_left_after_others",
        "group_used",
        "not_combinable",
        "limit_reached",
        "better_without",
    ]


def test_each_reason_has_a_sentence_in_english_and_in_chinese() -> None:
    assert list(SENTENCES) == list(Reason)
    assert all(re.fullmatch(r"[A-Z][A-Za-z ,]+\.", english) for english, _ in SENTENCES.values())
    assert all(re.fullmatch(r"[\u4e00-\u9fff\uff0c]+。", chinese) for _, chinese in SENTENCES.values())
    assert len({each for pair in SENTENCES.values() for each in pair}) == 2 * len(Reason)
