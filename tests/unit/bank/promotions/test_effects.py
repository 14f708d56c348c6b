"""Each effect by itself: examples, bounds, and units against a list of all of them."""

from collections.abc import Callable
from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank.money import basis_points
from bank.promotions import (
    AmountOff,
    Cart,
    CheapestOff,
    Effect,
    FixedPrice,
    Line,
    NthOff,
    Per,
    PercentOff,
    Scope,
    Terms,
    Tiers,
)
from bank.promotions.cart import MAX_LINES, MAX_UNITS, Prices, spread
from tests.unit.bank.promotions.given import CARTS

THREE = Cart.of([Line("tea", "drinks", 2, 300), Line("cup", "goods", 1, 201), Line("ink", "goods", 1, 50)])
FULL_AND_REPEATED = Tiers(((100, 10),), repeats=True)


@pytest.mark.parametrize(
    ("effect", "off"),
    [
        (AmountOff(60), {0: 33, 1: 22, 2: 5}),
        (AmountOff(1_000), {0: 300, 1: 201, 2: 50}),
        (AmountOff(60, Per.LINE), {0: 60, 1: 60, 2: 50}),
        (AmountOff(60, Per.UNIT), {0: 120, 1: 60, 2: 50}),
        (PercentOff(1_000), {0: 30, 1: 20, 2: 5}),
        (PercentOff(1_000, cap=11), {0: 6, 1: 4, 2: 1}),
        (PercentOff(5_000, Per.LINE), {0: 150, 1: 101, 2: 25}),
        (PercentOff(5_000, Per.LINE, cap=11), {0: 6, 1: 4, 2: 1}),
        (FixedPrice(60), {0: 180, 1: 141}),
        # The dearest is 201, then 150, 150 and 50.
        (NthOff(2, 5_000), {0: 75, 2: 25}),
        (NthOff(3), {0: 150}),
        (CheapestOff(5_000), {2: 25}),
        (Tiers(((100, 10), (500, 55), (552, 70))), {0: 30, 1: 20, 2: 5}),
        (FULL_AND_REPEATED, {0: 27, 1: 18, 2: 5}),
    ],
)
def test_what_an_effect_takes_off_each_line(effect: Effect, off: dict[int, int]) -> None:
    assert Terms(effect).on(THREE).off(THREE) == off


def test_units_of_an_uneven_price_differ_by_one_minor_unit() -> None:
    cart = Cart.of([Line("tea", "tea", 3, 100)])

    # 34, 33 and 33, half off each, rounded half up.
    assert Terms(PercentOff(5_000, Per.UNIT)).on(cart).off(cart) == {0: 17 + 17 + 17}
    assert Terms(NthOff(2)).on(cart).off(cart) == {0: 33}


def test_of_units_that_cost_the_same_those_of_the_first_line_come_first() -> None:
    cart = Cart.of([Line("tea", "tea", 1, 100), Line("cup", "cup", 1, 100)])

    assert Terms(NthOff(2)).on(cart).off(cart) == {1: 100}
    assert Terms(CheapestOff(10_000)).on(cart).off(cart) == {0: 100}


@given(CARTS, st.integers(2, 4), st.integers(1, 10_000))
def test_every_nth_unit_is_as_in_a_list_of_all_units(cart: Cart, n: int, points: int) -> None:
    prices = sorted(
        (price for line in cart.lines if not line.floor for price in even(line.amount, line.quantity)),
        reverse=True,
    )

    expected = sum(basis_points(price, points) for price in prices[n - 1 :: n])

    assert Terms(NthOff(n, points)).on(cart).amount(cart) == expected


def even(amount: int, quantity: int) -> list[int]:
    return [amount // quantity + (at < amount % quantity) for at in range(quantity)]


@given(CARTS, st.integers(0, 2_000))
def test_an_amount_is_spread_in_proportion_and_no_line_is_passed(cart: Cart, total: int) -> None:
    prices = Prices(cart.left, [1] * len(cart.lines), [line.floor for line in cart.lines])

    off = spread(total, prices)

    room = [line.amount - line.floor for line in cart.lines]
    assert sum(off) == min(total, sum(room))
    assert all(0 <= part <= most for part, most in zip(off, room, strict=True))
    # Of lines with room left, none has less than its share by more than one minor unit.
    open_ = [
        (part, line.amount) for part, most, line in zip(off, room, cart.lines, strict=True) if part < most
    ]
    assert all(
        abs(part * other_price - other * price) <= max(price, other_price)
        for (part, price), (other, other_price) in pairwise(open_)
    )


def test_the_largest_cart_is_computed_by_lines_and_not_by_units() -> None:
    cart = Cart.of([Line(str(at), "a", MAX_UNITS, 10**6 + at) for at in range(MAX_LINES)])

    assert Terms(NthOff(2)).on(cart).amount(cart) == sum(
        price
        for price in sorted(
            (price for line in cart.lines for price in even(line.amount, MAX_UNITS)), reverse=True
        )[1::2]
    )


@pytest.mark.parametrize(
    ("scope", "lines"),
    [
        (Scope(), [0, 1, 2]),
        (Scope(skus=frozenset({"tea"})), [0]),
        (Scope(skus=frozenset({"tea"}), categories=frozenset({"goods"})), [0, 1, 2]),
        (Scope(not_categories=frozenset({"goods"})), [0]),
        (Scope(categories=frozenset({"goods"}), unit_from=51), [1]),
        (Scope(unit_from=150, unit_to=200), [0]),
        (Scope(unit_to=49), []),
    ],
)
def test_the_lines_of_a_scope(scope: Scope, lines: list[int]) -> None:
    assert scope.lines(THREE.lines) == lines


INVALID: list[Callable[[], object]] = [
    lambda: AmountOff(0),
    lambda: PercentOff(0),
    lambda: PercentOff(10_001),
    lambda: PercentOff(1, cap=0),
    lambda: FixedPrice(-1),
    lambda: NthOff(1),
    lambda: CheapestOff(10_001),
    lambda: Tiers(()),
    lambda: Tiers(((0, 1),)),
    lambda: Tiers(((100, 10), (200, 10))),
    lambda: Tiers(((200, 10), (100, 20))),
    lambda: Tiers(((100, 10), (200, 20)), repeats=True),
    lambda: Terms(CheapestOff(1), Scope(undiscounted=True)),
    lambda: Terms(AmountOff(1), minimum=-1),
    lambda: Line("a", "a", 0, 1),
    lambda: Line("a", "a", 1, 1, 2),
    lambda: Line("a", "a", 1, 10**12 + 1),
    lambda: Cart.of([]),
    lambda: Cart.of([Line("a", "a", 1, 1)] * 51),
    lambda: THREE.less({2: 51}),
    lambda: THREE.less({2: -1}),
]


@pytest.mark.parametrize("make", INVALID)
def test_what_cannot_be_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"effect|unit|lines|taken|minimum"):
        make()
