"""Codes that customers show, and the redemptions that merchants make by them."""

from typing import Annotated

from pydantic import Field

from bank.http import Body, Identifier, Instant, Schema


class CodeAnswer(Schema):
    """A code to show at a merchant, good once until `expires_at`, and its QR as an SVG document."""

    code: str = Field(examples=["890123456789012345"])
    entitlement_id: str
    expires_at: Instant
    qr_svg: str = Field(examples=['<svg xmlns="http://www.w3.org/2000/svg">...</svg>'])


class RedeemByCode(Body):
    """A redemption at one of the channel's merchants, by the code that the customer shows."""

    code: Annotated[str, Field(pattern=r"^[0-9]{18}$", examples=["890123456789012345"])]
    merchant_id: Identifier
    store_id: Identifier | None = Field(default=None, description="As the channel calls it")
    terminal_id: Identifier | None = Field(default=None, description="As the channel calls it")


class RedemptionByCode(Schema):
    """One use, where it was, and how many are left; `reversed_at` is null unless it was reversed."""

    redemption_id: str = Field(examples=["rdm_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    product_id: str
    name: str
    merchant_id: str
    store_id: str | None
    terminal_id: str | None
    uses_left: int
    redeemed_at: Instant
    reversed_at: Instant | None
