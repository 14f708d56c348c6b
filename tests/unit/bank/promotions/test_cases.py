"""Carts, promotions and totals of other projects' tests; cases.json and worked.json name their sources."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bank.promotions import (
    AmountOff,
    Benefit,
    Cart,
    CheapestOff,
    Effect,
    Line,
    NthOff,
    Per,
    PercentOff,
    Quote,
    Scope,
    Terms,
    best,
    together,
)
from bank.promotions.cart import units

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
WORKED = json.loads((HERE / "worked.json").read_text(encoding="utf-8"))
# What the bank does otherwise, and why.
OTHERWISE = {
    "two-exclusives-higher-priority-wins": "of two that exclude each other the customer gets the better one",
}
# What no price decides, and so is not for this package.
LATER = {
    "coupon-expired": "whether a coupon is still valid is known to the entitlement, not to its terms",
}
SHIPPING = "shipping"
SKIPPED = frozenset({SHIPPING})
FLOORS = {
    "floor-price-proportional": {"T": 45},
    "floor-price-fixed": {"T": 45},
    "floor-price-largest-remainder": {"T": 45},
}


def minor(amount: float) -> int:
    return round(amount * 100)


def cart_of(case: dict[str, Any]) -> Cart:
    floors = FLOORS.get(case["id"], {})
    lines = []
    for row in case["cart"]:
        if "subtotal" in row:
            lines += [
                Line("goods", "goods", 1, minor(row["subtotal"])),
                Line("s", SHIPPING, 1, minor(row["shipping"])),
            ]
            continue
        quantity = row["qty"]
        floor = minor(floors.get(row["item"], 0)) * quantity
        lines.append(Line(row["item"], row["item"], quantity, minor(row["price"]) * quantity, floor))
    if any(each["type"] == "free_shipping" for each in case["promotions"]):
        lines.append(Line("s", SHIPPING, 1, minor(case["expected"]["shipping"])))
    return Cart.of(lines)


def terms_of(case: dict[str, Any], each: dict[str, Any]) -> Terms:
    kind, where = each["type"], each.get("scope", "order")
    minimum = minor(each.get("min_spend", 0))
    if kind == "free_shipping":
        goods = Scope(not_categories=SKIPPED)
        return Terms(PercentOff(10_000), Scope(categories=SKIPPED), minimum, goods)
    if kind == "buy2_get1":
        return Terms(NthOff(3), Scope(skus=frozenset({where})))
    if where == "cheapest":
        return Terms(CheapestOff(minor(each["value"])))
    by = {"item": Per.UNIT, "each line": Per.LINE, "each item 10..50": Per.UNIT}.get(where, Per.ORDER)
    effect: Effect = (
        PercentOff(minor(each["value"]), by, minor(each["max_discount"]) if "max_discount" in each else None)
        if kind == "percent"
        else AmountOff(minor(each["value"]), by)
    )
    requires = frozenset({each["requires"]} if "requires" in each else ())
    return Terms(effect, scope_of(case, where), minimum, requires=requires)


def scope_of(case: dict[str, Any], where: str) -> Scope:
    if where == "each item 10..50":
        return Scope(unit_from=1_000, unit_to=5_000, undiscounted=True)
    if where == "non-promotion items":
        return Scope(undiscounted=True)
    if where in {row.get("item") for row in case["cart"]}:
        return Scope(skus=frozenset({where}))
    with_shipping = "subtotal" in case["cart"][0]
    return Scope(not_categories=frozenset() if with_shipping else SKIPPED)


def benefits_of(case: dict[str, Any]) -> list[Benefit]:
    one_of = case["expected"].get("policy") == "best_of"
    return [
        Benefit(
            str(number),
            terms_of(case, each),
            "one" if one_of else str(number),
            each.get("exclusive", False),
            -each.get("priority", -number),
        )
        for number, each in enumerate(case["promotions"])
    ]


Told = Callable[[Quote], Any]


def off_by_sku(quote: Quote, off: dict[int, int]) -> dict[str, float]:
    return {line.sku: off.get(at, 0) / 100 for at, line in enumerate(quote.cart.lines)}


def off_units(quote: Quote) -> dict[str, list[float]]:
    """What is off each unit of a line, most first."""
    found = {}
    for line, left in zip(quote.cart.lines, quote.cart.left, strict=True):
        full = line.amount // line.quantity
        found[line.sku] = sorted(
            ((full - price) / 100 for price in units_of(left, line.quantity)), reverse=True
        )
    return found


def units_of(price: int, quantity: int) -> list[int]:
    return [each for each, number in units(price, quantity) for _ in range(number)]


def unit_price(quote: Quote, at: int) -> float:
    return units_of(quote.cart.left[at], quote.cart.lines[at].quantity)[0] / 100


def amount(place: int) -> Told:
    return lambda quote: quote.applied[place].amount / 100


# What a case says of the outcome, as the bank computes it.
TOLD: dict[str, Told] = {
    "discount": lambda quote: quote.discount / 100,
    "total": lambda quote: (quote.cart.price - quote.discount) / 100,
    "per_unit": off_units,
    "per_item_1": lambda quote: off_by_sku(quote, quote.applied[0].off),
    "per_item_2": lambda quote: off_by_sku(quote, quote.applied[1].off),
    "subtotal_part": lambda quote: quote.cart.taken[0] / 100,
    "shipping_part": lambda quote: quote.cart.taken[1] / 100,
    "gift_discount": amount(0),
    "item_discount": amount(0),
    "member_discount": amount(1),
    "voucher_discount": amount(1),
    # It tells what a catalogue takes off a unit.
    "catalog_discount": lambda quote: quote.applied[0].amount / 100 / quote.cart.lines[0].quantity,
    "final_unit_price": lambda quote: unit_price(quote, 0),
    "unit": lambda quote: {line.sku: unit_price(quote, at) for at, line in enumerate(quote.cart.lines)},
    "shipping": lambda quote: quote.cart.left[-1] / 100,
}


def told(quote: Quote, expected: dict[str, Any]) -> dict[str, Any]:
    """The outcome in the words of what is expected."""
    return {
        name: per_item(quote, value) if name == "per_item" else TOLD[name](quote)
        for name, value in expected.items()
    }


def per_item(quote: Quote, expected: object) -> object:
    off = off_by_sku(quote, dict(enumerate(quote.cart.taken)))
    return off if isinstance(expected, dict) else list(off.values())


def case(case_id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in CASES + WORKED if each["id"] == case_id)
    return found


@pytest.mark.parametrize("case_id", [each["id"] for each in CASES if each["id"] not in {*OTHERWISE, *LATER}])
def test_what_others_expect_is_what_is_taken_off(case_id: str) -> None:
    its = case(case_id)
    cart, having = cart_of(its), benefits_of(its)
    expected = {name: value for name, value in its["expected"].items() if name != "policy"}
    # A catalogue's price is nobody's choice, so its cases do not ask for the best.
    chosen = not any("level" in each for each in its["promotions"])

    assert expected
    if chosen:
        assert told(best(cart, having), expected) == expected
    if "policy" not in its["expected"]:
        assert told(together(cart, having), expected) == expected


def test_the_cases_are_all_there() -> None:
    assert len(CASES) == 27
    assert {*OTHERWISE, *LATER} <= {each["id"] for each in CASES}
    assert [each["id"] for each in WORKED] == ["G01", "G02"]


def test_of_two_that_exclude_each_other_the_better_applies() -> None:
    its = case("two-exclusives-higher-priority-wins")

    quote = best(cart_of(its), benefits_of(its))

    # 20 % of 100, where the source has 10 off, which has the higher priority.
    assert (its["expected"], told(quote, its["expected"])) == ({"total": 90}, {"total": 80})


def test_an_expired_coupon_would_be_taken_off_by_whoever_passes_it_on() -> None:
    its = case("coupon-expired")

    assert (its["expected"]["discount"], best(cart_of(its), benefits_of(its)).discount) == (0, 1_000)


def test_a_gift_card_then_a_percentage_then_an_amount() -> None:
    its = case("G01")
    cart = Cart.of([Line("order", "order", 1, its["inputs"]["order"])])
    card, percent, amount_off = its["inputs"]["steps"]
    effects: tuple[Effect, ...] = (
        AmountOff(card["gift_credits"]),
        PercentOff(percent["percent_off"] * 100),
        AmountOff(amount_off["amount_off"]),
    )

    quote = together(
        cart, [Benefit(str(at), Terms(each), str(at), order=at) for at, each in enumerate(effects)]
    )

    expected = its["expected"]
    off = [each.amount for each in quote.applied]
    assert off == expected["applied"]
    assert [cart.price - sum(off[: at + 1]) for at in range(3)] == expected["running_total"]
    assert quote.discount == expected["discount_total"]


@pytest.mark.parametrize("card_first", [True, False])
def test_a_gift_card_pays_what_a_voucher_leaves(card_first: bool) -> None:
    inputs, expected = case("G02")["inputs"], case("G02")["expected"]
    cart = Cart.of([Line("item", "item", 1, inputs["price"])])
    card = Benefit(
        "card", Terms(AmountOff(inputs["gift_card_balance"])), "card", order=0 if card_first else 2
    )
    voucher = Benefit("voucher", Terms(AmountOff(inputs["voucher"])), "voucher", order=1)

    used = {each.benefit.benefit_id: each.amount for each in together(cart, [voucher, card]).applied}

    assert used == {"card": expected["paid_by_card"], "voucher": inputs["voucher"]}
    assert inputs["gift_card_balance"] - used["card"] == expected["card_balance_after"]
