"""Benefit products: what staff draft, and what is shown of them."""

from pydantic import Field

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from benefits.domain.products import Shelf
from benefits.schemas.contents import Content


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


class CapsQuery(Schema):
    """A unit and a channel whose rest is asked for besides."""

    unit_id: Identifier | None = None
    client_id: Identifier | None = None


class Rest(Schema):
    """Rest of what one branch or channel may hand out; null where there is no such bound."""

    units: int | None
    budget: int | None


class Codes(Schema):
    """Codes of a product's pool."""

    free: int
    issued: int


class CapsAnswer(Schema):
    """Rest of a version's caps; null where there is no such bound, or where it was not asked for."""

    offer_id: str
    units: int | None
    budget: int | None
    day_units: int | None
    day_budget: int | None
    branch: Rest | None
    channel: Rest | None
    codes: Codes | None = Field(default=None, description="Of a product that hands out codes")
