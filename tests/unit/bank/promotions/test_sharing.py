"""Discounts divided among those who bear them and over parts of an order."""

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bank.promotions import (
    AmountOff,
    Benefit,
    Cart,
    Discounted,
    Line,
    PercentOff,
    Scope,
    Terms,
    best,
    shares,
)
from tests.unit.bank.promotions.given import CARTS, benefits

FUNDERS = st.dictionaries(
    st.sampled_from(["head office", "branch", "merchant", "supplier"]), st.integers(1, 100), min_size=1
)


@st.composite
def orders(draw: st.DrawFn) -> Discounted:
    """The best quotes of carts, their discounts borne by whomever."""
    quote = best(draw(CARTS), draw(benefits(most=4)))
    return Discounted.of_quote(quote, {each.benefit_id: draw(FUNDERS) for each in quote.benefits})


def borne(order: Discounted) -> dict[tuple[str, str], int]:
    return {
        (benefit, funder): amount
        for benefit, parts in order.bearers.items()
        for funder, amount in parts.items()
        if amount
    }


def given_by(order: Discounted) -> dict[tuple[int, str], int]:
    return {
        (at, benefit): amount
        for at, line in enumerate(order.discounts)
        for benefit, amount in line.items()
        if amount
    }


def added(*all_: dict[tuple[str, str], int] | dict[tuple[int, str], int]) -> dict[object, int]:
    found: dict[object, int] = {}
    for each in all_:
        for key, amount in each.items():
            found[key] = found.get(key, 0) + amount
    return found


@given(st.integers(0, 10**9), FUNDERS)
def test_who_bears_a_discount_bears_all_of_it_each_within_one_minor_unit_of_its_share(
    discount: int, funders: dict[str, int]
) -> None:
    found = shares(discount, funders)

    assert sum(found.values()) == discount
    assert all(part > 0 for part in found.values())
    whole = sum(funders.values())
    assert all(
        abs(found.get(each, 0) - Fraction(discount * weight, whole)) < 1 for each, weight in funders.items()
    )


@given(orders(), st.data())
def test_any_sequence_of_parts_returns_exactly_what_was_given(order: Discounted, data: st.DataObject) -> None:
    """By line, by amount, or all that is left: of each benefit, on each line, and to each funder."""
    rest, parts = order, list[Discounted]()
    for _ in range(data.draw(st.integers(0, 5))):
        if rest.price and data.draw(st.booleans()):
            amounts = rest.by_line(data.draw(st.integers(0, rest.price)))
        else:
            amounts = [data.draw(st.integers(0, price)) for price in rest.prices]
        part, rest = rest.divided(amounts)
        parts.append(part)
    last, nothing = rest.divided(rest.prices)

    assert (nothing.price, nothing.discount, borne(nothing)) == (0, 0, {})
    assert added(*map(given_by, [*parts, last])) == given_by(order)
    assert added(*map(borne, [*parts, last])) == borne(order)
    assert sum(each.net for each in [*parts, last]) == order.net


@given(orders(), st.data())
def test_every_part_is_an_order_by_itself(order: Discounted, data: st.DataObject) -> None:
    """No line has more discount than price, no funder bears less than 0, and all that is given is borne."""
    part, rest = order.divided([data.draw(st.integers(0, price)) for price in order.prices])

    for each in (part, rest):
        for price, line in zip(each.prices, each.discounts, strict=True):
            assert 0 <= sum(line.values()) <= price
        assert all(amount >= 0 for parts in each.bearers.values() for amount in parts.values())
        assert sum(borne(each).values()) == sum(given_by(each).values()) == each.discount
        assert each.net >= 0


@given(orders(), st.data())
def test_what_is_left_of_a_line_follows_from_the_running_total_alone(
    order: Discounted, data: st.DataObject
) -> None:
    """So that many small refunds give back no more, and no less, than one large one."""
    amounts = [data.draw(st.integers(0, price)) for price in order.prices]
    first = [data.draw(st.integers(0, amount)) for amount in amounts]
    _, at_once = order.divided(amounts)

    _, after_first = order.divided(first)
    _, in_two = after_first.divided([all_ - part for all_, part in zip(amounts, first, strict=True)])

    sums = [[sum(line.values()) for line in each.discounts] for each in (at_once, in_two)]
    assert sums[0] == sums[1]
    assert at_once.net == in_two.net


@given(orders(), st.data())
def test_a_captured_part_is_refunded_like_an_order(order: Discounted, data: st.DataObject) -> None:
    captured, uncaptured = order.divided([data.draw(st.integers(0, price)) for price in order.prices])
    refunded, kept = captured.divided([data.draw(st.integers(0, price)) for price in captured.prices])

    assert added(borne(uncaptured), borne(refunded), borne(kept)) == borne(order)
    assert uncaptured.net + refunded.net + kept.net == order.net


def test_a_benefit_of_one_line_is_not_returned_with_another() -> None:
    tea, cup = Line("tea", "drinks", 1, 1_000), Line("cup", "goods", 1, 3_000)
    coupon = Benefit("coupon", Terms(AmountOff(300), Scope(skus=frozenset({"tea"}))), "coupon")
    sale = Benefit("sale", Terms(PercentOff(1_000)), "sale", order=1)
    quote = best(Cart.of([tea, cup]), [coupon, sale])
    order = Discounted.of_quote(
        quote, {"coupon": {"merchant": 1}, "sale": {"head office": 60, "merchant": 40}}
    )

    part, rest = order.divided([0, 3_000])

    assert (part.discounts, part.bearers) == (
        ({}, {"sale": 300}),
        {"sale": {"head office": 180, "merchant": 120}},
    )
    assert (part.net, rest.net) == (2_700, 630)
    assert rest.discounts[0] == {"coupon": 300, "sale": 70}


def test_a_half_minor_unit_goes_with_the_first_part() -> None:
    part, rest = Discounted.of([2], [{"coupon": 1}], {"coupon": {"merchant": 1}}).divided([1])

    assert (part.discount, part.net, rest.discount, rest.net) == (1, 0, 0, 1)


def test_funders_who_bear_the_same_get_the_same_back_in_turn() -> None:
    """Each time in proportion to what is left of theirs, so that none has to pay back at the next refund."""
    order = Discounted.of([3], [{"coupon": 3}], {"coupon": {"a": 1, "b": 1, "c": 1}})
    parts = []
    for _ in range(3):
        part, order = order.divided([1])
        parts.append(part.bearers["coupon"])

    assert parts == [{"a": 1}, {"b": 1}, {"c": 1}]


@pytest.mark.parametrize(
    ("discount", "bearers"),
    [(101, {"a": 101}), (50, {"a": 49}), (50, {}), (-1, {"a": -1}), (50, {"a": 60, "b": -10})],
)
def test_what_cannot_be_is_refused(discount: int, bearers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"below 0|not what is borne"):
        Discounted.of([100], [{"coupon": discount}], {"coupon": bearers})


@pytest.mark.parametrize("amount", [-1, 101])
def test_a_part_of_a_line_is_not_more_than_its_price(amount: int) -> None:
    order = Discounted.of([100], [{}], {})

    with pytest.raises(ValueError, match="no such part"):
        order.divided([amount])


@given(orders(), st.data())
def test_what_is_taken_off_besides_stays_within_what_each_line_has_left(
    order: Discounted, data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, order.net))
    if not order.net:
        return
    less = order.less("points", amount)

    assert (less.price, less.discount, less.net) == (order.price, order.discount + amount, order.net - amount)
    assert less.bearers == {**order.bearers, "points": {"points": amount}}
    for price, off in zip(less.prices, less.discounts, strict=True):
        assert 0 <= sum(off.values()) <= price
    with pytest.raises(ValueError, match="discount"):
        order.less("points", order.net + len(order.prices))
