"""Contents of products: what all kinds share, and what each kind has of its own."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bank.benefits.offers import Kind
from bank.benefits.where import MAX_RULE
from bank.http import Amount, Body, Currency, Identifier, Instant, Text
from benefits.domain.cycles import MAX_PER_CUSTOMER, ClaimCycle
from benefits.domain.products import WHOLE
from benefits.schemas.discounts import BasisPoints, Discount, Lines, Names

Uses = Annotated[int, Field(ge=1, le=1_000)]
Stock = Annotated[int, Field(ge=1, le=10**9)]


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


class Allotment(Body):
    """Stock and budget of each branch, or of each channel; without a bound where none is given."""

    units: Stock | None = None
    budget: Amount | None = Field(default=None, description="Minor units; a claim takes the most it can cost")


class Caps(Body):
    """Stock and budget, in all and a business day; without a bound where none is given."""

    units: Stock | None = None
    budget: Amount | None = Field(default=None, description="Minor units; a claim takes the most it can cost")
    day_units: Stock | None = None
    day_budget: Amount | None = None
    each_branch: Allotment | None = Field(default=None, description="Of the unit that keeps the wallet")
    each_channel: Allotment | None = Field(default=None, description="Of the client that claims")


class CommonContent(Body):
    """Content that products of each kind have."""

    name: Text
    currency: Currency
    validity: Validity = Field(examples=[{"days": 30}])
    bearers: dict[Annotated[str, Field(max_length=80)], BasisPoints] = Field(
        default={"head_office": WHOLE},
        max_length=5,
        description="Who bears it: `head_office`, `unit:<id>`, `merchant`, `supplier:<id>`; basis points",
    )
    per_customer: Annotated[int, Field(ge=1, le=MAX_PER_CUSTOMER)] = 1
    cycle: Annotated[ClaimCycle, Field(strict=False)] = ClaimCycle.EVER
    stock: Caps | None = None
    cost: Annotated[int, Field(ge=0, le=10**12)] = Field(
        default=0, description="What the supplier is due for a use"
    )
    supplier_id: Identifier | None = None
    giftable: bool = False


class CouponContent(CommonContent):
    """A coupon (优惠券), which takes something off payments."""

    kind: Literal["coupon"]
    discount: Discount = Field(examples=[{"type": "amount_off", "amount": 1000}])
    lines: Lines | None = None
    minimum: Annotated[int, Field(ge=0, le=10**12)] = 0
    minimum_on: Lines | None = None
    requires: Names = []
    where: Where | None = None
    group: Identifier | None = Field(default=None, description="At most one of a group is used in an order")
    exclusive: bool = False
    order: Annotated[int, Field(ge=0, le=1_000)] = 0
    uses: Uses = 1


class ServicePassContent(CommonContent):
    """A pass for so many uses of a service (次卡), redeemed at a merchant or supplier."""

    kind: Literal["service_pass"]
    uses: Uses
    where: Where | None = None


class VoucherCodeContent(CommonContent):
    """A code of a third party (第三方券码), one of the product's pool for each entitlement.

    It is not given away: who had it has seen it. `low_stock`: from so many free codes on, staff are told.
    """

    kind: Literal["voucher_code"]
    giftable: Literal[False] = False
    low_stock: Annotated[int, Field(ge=0, le=10_000)] = 0


Content = Annotated[CouponContent | ServicePassContent | VoucherCodeContent, Field(discriminator="kind")]

# As rows have contents, which were valid when they were written.
BY_KIND: Mapping[Kind, type[CouponContent | ServicePassContent | VoucherCodeContent]] = {
    Kind.COUPON: CouponContent,
    Kind.SERVICE_PASS: ServicePassContent,
    Kind.VOUCHER_CODE: VoucherCodeContent,
}
