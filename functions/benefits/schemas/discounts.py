"""Discounts of coupons, and the lines of an order that they are for."""

from typing import Annotated, Literal

from pydantic import Field

from bank.http import Amount, Body, Identifier
from bank.promotions import Per
from benefits.domain.products import WHOLE

Names = Annotated[list[Identifier], Field(max_length=200)]
BasisPoints = Annotated[int, Field(ge=1, le=WHOLE, description="1/10,000")]
Base = Annotated[Per, Field(strict=False, description="What it is computed and rounded for")]


class AmountOff(Body):
    """A fixed amount off (立减, 代金券)."""

    type: Literal["amount_off"]
    amount: Amount
    per: Base = Per.ORDER


class PercentOff(Body):
    """A percentage off (折扣), at most `cap`."""

    type: Literal["percent_off"]
    basis_points: BasisPoints
    per: Base = Per.ORDER
    cap: Amount | None = None


class FixedPrice(Body):
    """A price for each unit (特价)."""

    type: Literal["fixed_price"]
    price: Annotated[int, Field(ge=0, le=10**12)]


class NthOff(Body):
    """A percentage off every n-th unit (第二件半价)."""

    type: Literal["nth_off"]
    n: Annotated[int, Field(ge=2, le=100)]
    basis_points: BasisPoints = WHOLE


class CheapestOff(Body):
    """A percentage off the cheapest unit."""

    type: Literal["cheapest_off"]
    basis_points: BasisPoints


class Step(Body):
    """A step of tiers: from a spend on, an amount off."""

    threshold: Amount
    amount: Amount


class Tiers(Body):
    """Amounts off from thresholds on (满减); `repeats`: the only one, as often as it is met (每满减)."""

    type: Literal["tiers"]
    steps: list[Step] = Field(min_length=1, max_length=20)
    repeats: bool = False


Discount = Annotated[
    AmountOff | PercentOff | FixedPrice | NthOff | CheapestOff | Tiers, Field(discriminator="type")
]


class Lines(Body):
    """Lines of an order that it is for: all, or those of some articles or categories or unit prices."""

    skus: Names = []
    categories: Names = []
    not_categories: Names = []
    unit_from: Amount | None = None
    unit_to: Amount | None = None
    undiscounted: bool = Field(default=False, description="Only lines that no other benefit is used on")
