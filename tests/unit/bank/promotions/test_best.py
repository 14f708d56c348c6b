"""The best of many benefits, against a slow and obvious search: all subsets of them."""

from itertools import combinations
from math import comb
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bank.promotions import (
    MAX_QUOTED,
    MAX_TOGETHER,
    AmountOff,
    Benefit,
    Cart,
    Effect,
    Line,
    PercentOff,
    Quote,
    Reason,
    Scope,
    Terms,
    best,
    together,
)
from bank.promotions.terms import TermsOnCart
from tests.unit.bank.promotions.given import CARTS, benefits, terms


def obvious(cart: Cart, having: list[Benefit]) -> Quote:
    """Of all subsets that apply as a whole: the one with most off, fewest benefits, first places."""
    quotes = (
        together(cart, subset) for count in range(MAX_TOGETHER + 1) for subset in combinations(having, count)
    )
    return min(
        (quote for quote in quotes if not quote.left_out),
        key=lambda quote: (-quote.discount, len(quote.applied), [each.place for each in quote.benefits]),
    )


@settings(max_examples=200)
@given(CARTS, benefits())
def test_the_best_is_that_of_all_subsets(cart: Cart, having: list[Benefit]) -> None:
    expected = obvious(cart, having)

    found = best(cart, having)

    assert found.applied == expected.applied
    assert found.cart == expected.cart


@given(CARTS, benefits(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(cart: Cart, having: list[Benefit], random: Random) -> None:
    shuffled = random.sample(having, len(having))

    assert best(cart, shuffled) == best(cart, having)
    assert together(cart, shuffled) == together(cart, having)


@given(CARTS, benefits())
def test_no_price_goes_below_its_floor_and_every_minor_unit_is_accounted_for(
    cart: Cart, having: list[Benefit]
) -> None:
    for quote in (best(cart, having), together(cart, having)):
        taken = [sum(each.off.get(at, 0) for each in quote.applied) for at in range(len(cart.lines))]

        assert tuple(taken) == quote.cart.taken
        assert all(line.amount - off >= line.floor for line, off in zip(cart.lines, taken, strict=True))
        assert all(each.amount > 0 for each in quote.applied)
        assert quote.discount == sum(taken) <= cart.price


@settings(max_examples=300)
@given(CARTS, terms(), st.data())
def test_the_less_a_cart_costs_the_less_is_taken_off(cart: Cart, what: Terms, data: st.DataObject) -> None:
    """The search relies on it, so it must hold between any two states of the prices."""
    first, second = cart, cart
    for at, line in enumerate(cart.lines):
        less = data.draw(st.integers(line.floor, line.amount))
        first = first.less({at: line.amount - data.draw(st.integers(less, line.amount))})
        second = second.less({at: line.amount - less})
    on = what.on(cart)

    assert on.amount(second) <= on.amount(first)


@given(CARTS, terms())
def test_what_is_taken_off_the_lines_adds_up_to_the_amount(cart: Cart, what: Terms) -> None:
    off = what.on(cart).off(cart)

    assert what.on(cart).amount(cart) == (0 if isinstance(off, Reason) else sum(off.values()))


@pytest.mark.parametrize("last", [[], [Benefit("e", Terms(AmountOff(100)), "three", order=1)]])
def test_of_equals_the_one_whose_benefits_stand_first(last: list[Benefit]) -> None:
    """Each of a and b, b and c, c and d takes 600 off; b and c look most promising."""
    cart = Cart.of([Line("item", "item", 1, 1_000)])
    having = [
        Benefit("a", Terms(AmountOff(400)), "one"),
        Benefit("b", Terms(AmountOff(200)), "two"),
        Benefit("c", Terms(PercentOff(5_000)), "one"),
        Benefit("d", Terms(PercentOff(2_000)), "two"),
        *last,
    ]

    quote = best(cart, having)

    assert [each.benefit_id for each in quote.benefits] == ["a", "b", *(each.benefit_id for each in last)]
    assert quote == best(cart, having[::-1])
    assert quote.applied == obvious(cart, having).applied


def test_of_equals_the_one_of_fewest_benefits() -> None:
    cart = Cart.of([Line("item", "item", 1, 1_000)])
    having = [
        Benefit(name, Terms(AmountOff(amount)), name)
        for name, amount in zip("abc", (400, 600, 1_000), strict=True)
    ]

    assert [each.benefit_id for each in best(cart, having).benefits] == ["c"]


def hostile(kind: int, number: int) -> Benefit:
    """Benefits that each take nearly the same, so that few bounds tell one combination from another."""
    effects: list[Effect] = [
        PercentOff(1_000 + number),
        AmountOff(100),
        PercentOff(1_000 + number, cap=5_000),
    ]
    scope = Scope(categories=frozenset("ab" if number % 2 else "bc"))
    return Benefit(
        f"{number:02}", Terms(effects[kind], scope, 100 * number), str(number), order=number * 7 % 5
    )


@pytest.mark.parametrize("kind", range(3))
def test_the_work_is_bounded_whatever_the_terms_are(kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each combination is computed once at most: there are 4,525 of up to three of thirty."""
    computed = 0
    amount = TermsOnCart.amount

    def counted(terms: TermsOnCart, cart: Cart) -> int:
        nonlocal computed
        computed += 1
        return amount(terms, cart)

    monkeypatch.setattr(TermsOnCart, "amount", counted)
    cart = Cart.of(
        [Line(name, name, 3, price) for name, price in zip("abc", (9_999, 20_001, 5_000), strict=True)]
    )

    best(cart, [hostile(kind, number) for number in range(MAX_QUOTED)])

    assert sum(comb(MAX_QUOTED, count) for count in range(1, MAX_TOGETHER + 1)) == 4_525
    assert MAX_QUOTED <= computed <= 4_525


@pytest.mark.parametrize("kind", range(3))
def test_the_best_of_hostile_ones_is_that_of_all_subsets(kind: int) -> None:
    cart = Cart.of([Line(name, name, 3, price) for name, price in zip("abc", (999, 2_001, 500), strict=True)])
    having = [hostile(kind, number) for number in range(15)]

    assert best(cart, having).applied == obvious(cart, having).applied


def test_more_than_can_be_asked_at_once_and_one_named_twice_are_refused() -> None:
    cart = Cart.of([Line("a", "a", 1, 100)])
    having = [Benefit(str(at), Terms(AmountOff(1)), str(at)) for at in range(MAX_QUOTED + 1)]

    with pytest.raises(ValueError, match="at most 30"):
        best(cart, having)
    with pytest.raises(ValueError, match="twice"):
        together(cart, [having[0], having[0]])
