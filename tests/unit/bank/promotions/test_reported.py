"""Faults that users of other projects have reported, none of which may be here."""

import pytest

from bank.promotions import (
    AmountOff,
    Benefit,
    Cart,
    Discounted,
    Line,
    PercentOff,
    Reason,
    Scope,
    Terms,
    best,
    together,
)

TEN_PERCENT = Terms(PercentOff(1_000))
CART = Cart.of([Line("item", "goods", 1, 9_000), Line("delivery", "delivery", 1, 1_000)])


def gift_card(balance: int) -> Benefit:
    return Benefit("card", Terms(AmountOff(balance)), "card", order=1)


def test_an_exclusive_benefit_does_not_overrule_what_comes_before_it() -> None:
    """shopware#13674: `prevent combination` of a lower priority won against a higher one."""
    first = Benefit("first", TEN_PERCENT, "first", order=1)
    exclusive = Benefit("exclusive", TEN_PERCENT, "exclusive", exclusive=True, order=10)

    for quote in (together(CART, [exclusive, first]), best(CART, [exclusive, first])):
        assert [each.benefit_id for each in quote.benefits] == ["first"]
        assert quote.left_out == {"exclusive": Reason.NOT_COMBINABLE}


def test_nothing_that_was_named_is_skipped_without_its_own_reason() -> None:
    """medusa#15396: codes that did not apply were left out silently, whatever the reason."""
    named = [
        Benefit("applies", TEN_PERCENT, "a"),
        Benefit("same kind", Terms(AmountOff(1)), "a", order=1),
        Benefit("for more", Terms(AmountOff(1), minimum=10_001), "b"),
        Benefit("for more after the others", Terms(AmountOff(1), minimum=9_001), "c", order=1),
        Benefit("for other goods", Terms(AmountOff(1), Scope(skus=frozenset({"other"}))), "d"),
    ]

    assert together(CART, named).left_out == {
        "same kind": Reason.GROUP_USED,
        "for more": Reason.MINIMUM_NOT_MET,
        "for more after the others": Reason.MINIMUM_NOT_MET_AFTER_OTHERS,
        "for other goods": Reason.NO_ELIGIBLE_ITEM,
    }


@pytest.mark.parametrize("first", [0, 1, 4_500, 8_999])
def test_a_gift_card_beside_a_voucher_pays_exactly_what_is_left(first: int) -> None:
    """saleor#12890: of 90, a voucher took 25 and the card of 65 paid 40. In parts, each gets its own back."""
    cart = Cart.of([Line("item", "goods", 1, 9_000)])
    voucher = Benefit("voucher", Terms(AmountOff(2_500)), "voucher")
    quote = together(cart, [gift_card(6_500), voucher])
    order = Discounted.of_quote(quote, {"card": {"customer's card": 1}, "voucher": {"merchant": 1}})
    assert order.bearers == {"card": {"customer's card": 6_500}, "voucher": {"merchant": 2_500}}
    assert order.net == 0

    part, rest = order.divided([first])
    last, _ = rest.divided(rest.prices)

    assert (part.net, last.net) == (0, 0)
    back = [each.bearers.get("card", {}).get("customer's card", 0) for each in (part, last)]
    assert sum(back) == 6_500
    assert abs(back[0] - first * 65 / 90) < 1


def test_a_refund_restores_the_balance_of_a_gift_card() -> None:
    """SyliusGiftCardPlugin#284: the payment was refunded, and the card stayed empty."""
    quote = together(CART, [gift_card(4_000)])
    order = Discounted.of_quote(quote, {"card": {"customer's card": 1}})

    half, rest = order.divided(order.by_line(5_000))

    assert (half.bearers, half.net) == ({"card": {"customer's card": 2_000}}, 3_000)
    assert (rest.bearers, rest.net) == ({"card": {"customer's card": 2_000}}, 3_000)


def test_a_line_that_cost_nothing_is_refunded_with_nothing() -> None:
    """Sylius/RefundPlugin#252: delivery that was discounted by 100 % could be refunded at its full price."""
    free = Benefit(
        "free delivery", Terms(PercentOff(10_000), Scope(skus=frozenset({"delivery"}))), "delivery"
    )
    order = Discounted.of_quote(together(CART, [free]), {"free delivery": {"merchant": 1}})

    delivery, rest = order.divided([0, 1_000])

    assert (delivery.price, delivery.net) == (1_000, 0)
    assert (rest.price, rest.net) == (9_000, 9_000)
