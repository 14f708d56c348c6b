"""Benefit products: what staff draft, and what is shown of them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bank.benefits.offers import Kind
from bank.benefits.where import MAX_RULE
from bank.http import Amount, Body, Currency, Identifier, Instant, Page, Schema, Text
from bank.promotions import Per
from benefits.domain.cycles import MAX_PER_CUSTOMER, ClaimCycle
from benefits.domain.products import WHOLE, Shelf

Names = Annotated[list[Identifier], Field(max_length=200)]
BasisPoints = Annotated[int, Field(ge=1, le=WHOLE, description="1/10,000")]
Count = Annotated[int, Field(ge=1, le=1_000)]
Stock = Annotated[int, Field(ge=1, le=10**9)]
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


class Where(Body):
    """Places and times at which it can be used; anywhere where nothing is named."""

    merchants: Names = []
    categories: Names = Field(default=[], description="Of merchants: ISO 18245", examples=[["5411"]])
    units: Names = Field(default=[], description="Of the bank's organisation, which keep the merchant")
    channels: Names = Field(default=[], description="Ids of clients")
    rule: str = Field(
        default="",
        max_length=MAX_RULE,
        description="A condition on amount, level, hour, weekday, day and month (zen-engine)",
        examples=["weekday >= 6 and amount >= 5000"],
    )


class Validity(Body):
    """Time in which an entitlement is valid: so many days with that of the issue, or a window."""

    days: Annotated[int, Field(ge=1, le=1_100)] | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Validity":
        window = self.starts_at is not None and self.ends_at is not None
        if window == (self.days is not None) or (self.starts_at is None) != (self.ends_at is None):
            raise ValueError("give either days, or both starts_at and ends_at")
        return self


class Caps(Body):
    """Stock and budget, in all and a business day; without a bound where none is given."""

    units: Stock | None = None
    budget: Amount | None = Field(default=None, description="Minor units; a claim takes the most it can cost")
    day_units: Stock | None = None
    day_budget: Amount | None = None


class Content(Body):
    """Content of a product: its benefit and its terms."""

    kind: Annotated[Kind, Field(strict=False)]
    name: Text
    currency: Currency
    discount: Discount = Field(examples=[{"type": "amount_off", "amount": 1000}])
    lines: Lines | None = None
    minimum: Annotated[int, Field(ge=0, le=10**12)] = 0
    minimum_on: Lines | None = None
    requires: Names = []
    where: Where | None = None
    validity: Validity = Field(examples=[{"days": 30}])
    bearers: dict[Annotated[str, Field(max_length=80)], BasisPoints] = Field(
        default={"head_office": WHOLE},
        max_length=5,
        description="Who bears it: `head_office`, `unit:<id>`, `merchant`, `supplier:<id>`; basis points",
    )
    group: Identifier | None = Field(default=None, description="At most one of a group is used in an order")
    exclusive: bool = False
    order: Annotated[int, Field(ge=0, le=1_000)] = 0
    uses: Count = 1
    per_customer: Annotated[int, Field(ge=1, le=MAX_PER_CUSTOMER)] = 1
    cycle: Annotated[ClaimCycle, Field(strict=False)] = ClaimCycle.EVER
    stock: Caps | None = None
    cost: Annotated[int, Field(ge=0, le=10**12)] = Field(
        default=0, description="What the supplier is due for a use"
    )
    supplier_id: Identifier | None = None
    giftable: bool = False


class CreateProduct(Body):
    """A product to be drafted."""

    content: Content


class Reason(Body):
    """A reason, for the record."""

    reason: Text


class ProductAnswer(Schema):
    """A product as staff see it. `offer_id` is the version that is on the shelf, or was last."""

    product_id: str = Field(examples=["ben_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    status: Shelf
    version: int
    offer_id: str | None
    content: Content
    draft: Content | None = Field(description="What the next version is to be, where it differs")
    unit_id: str
    created_at: Instant


class ProductPage(Schema):
    """A page of products."""

    items: list[ProductAnswer]
    next_cursor: str | None


class ProductsQuery(Page):
    """Paging through products."""


class ShelfItem(Schema):
    """A product on the shelf, as customers and channels see it."""

    product_id: str
    offer_id: str
    content: Content


class ShelfPage(Schema):
    """A page of the shelf."""

    items: list[ShelfItem]
    next_cursor: str | None


class CapsAnswer(Schema):
    """Rest of a version's caps; null where there is no such bound."""

    offer_id: str
    units: int | None
    budget: int | None
    day_units: int | None
    day_budget: int | None
