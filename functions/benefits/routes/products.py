"""Benefit products: drafted, approved, on the shelf and off it."""

from typing import Any

from bank import errors
from bank.access import acts
from bank.benefits.suppliers import NotSupplied
from bank.benefits.tables import OfferRow
from bank.control import audit
from bank.http import Answer, Call, Page
from benefits import rendering
from benefits.domain.products import ProductStatus
from benefits.routes.api import BANK, STAFF, app
from benefits.schemas import products as schemas
from benefits.service import capping, products, publishing, vouchers
from benefits.tables import ProductRow

ONE: dict[str, Any] = {"answer": schemas.ProductAnswer, "problems": [errors.NotFound]}
CHANGED: dict[str, Any] = {
    "scope": "benefits:write",
    "callers": STAFF,
    "answer": schemas.ProductAnswer,
    "problems": [errors.NotFound, ProductStatus],
}


def _shown(row: ProductRow) -> schemas.ProductAnswer:
    (offer,) = products.given_by([row])
    return rendering.product(row, offer)


@app.post(
    "/benefit-products",
    act=acts.RECORD,
    scope="benefits:write",
    callers=STAFF,
    status=201,
    body=schemas.CreateProduct,
    answer=schemas.ProductAnswer,
    problems=[errors.Invalid, products.NotYours],
)
def create_benefit_product(call: Call, body: schemas.CreateProduct) -> Answer:
    """Draft a product of the caller's unit; it is handed out once another has approved it."""
    row, replayed = products.create(
        product_id=call.record_id("ben"),
        request_digest=call.digest,
        content=body.content.model_dump(mode="json", by_alias=True, exclude_none=True),
        principal=call.principal,
        actor=audit.actor(call),
    )
    return Answer(_shown(row), replayed=replayed)


@app.get("/benefit-products", scope="benefits:read", callers=BANK, query=Page, answer=schemas.ProductPage)
def list_benefit_products(call: Call, query: Page) -> schemas.ProductPage:
    """Products of the caller's units, drafts too."""
    call.principal.require_bank()
    rows, last = products.list_products(principal=call.principal, after=query.after, limit=query.limit)
    given: list[OfferRow | None] = products.given_by(rows)
    items = [rendering.product(row, offer) for row, offer in zip(rows, given, strict=True)]
    return schemas.ProductPage(items=items, next_cursor=last)


@app.get("/benefit-products/{product_id}", scope="benefits:read", callers=STAFF, **ONE)
def get_benefit_product(call: Call, product_id: str) -> schemas.ProductAnswer:
    """One product: what is handed out of it, and its draft."""
    return _shown(products.find(product_id=product_id, principal=call.principal))


@app.post(
    "/benefit-products/{product_id}/draft",
    act=acts.RECORD,
    scope="benefits:write",
    callers=STAFF,
    body=schemas.CreateProduct,
    answer=schemas.ProductAnswer,
    problems=[errors.NotFound, errors.Invalid, products.NotYours],
)
def redraft_benefit_product(
    call: Call, product_id: str, body: schemas.CreateProduct
) -> schemas.ProductAnswer:
    """Replace the draft: the next version once it is published. What is handed out stays as it is."""
    row = products.redraft(
        product_id=product_id,
        content=body.content.model_dump(mode="json", by_alias=True, exclude_none=True),
        principal=call.principal,
        actor=audit.actor(call),
    )
    return _shown(row)


@app.post(
    "/benefit-products/{product_id}/publication",
    act=acts.approved(acts.GUARD),
    **CHANGED | {"problems": [errors.NotFound, ProductStatus, NotSupplied]},
)
def publish_benefit_product(call: Call, product_id: str) -> schemas.ProductAnswer:
    """Make the draft a version, and hand it out from now on. What was handed out before keeps its terms."""
    row = publishing.publish(product_id=product_id, principal=call.principal, actor=audit.actor(call))
    return _shown(row)


@app.post("/benefit-products/{product_id}/withdrawal", act=acts.RECORD, body=schemas.Reason, **CHANGED)
def withdraw_benefit_product(call: Call, product_id: str, body: schemas.Reason) -> schemas.ProductAnswer:
    """Take it off the shelf at once: no more is handed out; what was stays good."""
    row = publishing.take_off(
        product_id=product_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
    )
    return _shown(row)


@app.post(
    "/benefit-products/{product_id}/return",
    act=acts.approved(acts.GUARD),
    body=schemas.Reason,
    **CHANGED,
)
def return_benefit_product(call: Call, product_id: str, body: schemas.Reason) -> schemas.ProductAnswer:
    """Put its last version on the shelf again."""
    row = publishing.put_back(
        product_id=product_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
    )
    return _shown(row)


@app.get(
    "/benefit-products/{product_id}/caps",
    scope="benefits:read",
    callers=STAFF,
    query=schemas.CapsQuery,
    answer=schemas.CapsAnswer,
    problems=[errors.NotFound, ProductStatus],
)
def get_benefit_caps(call: Call, product_id: str, query: schemas.CapsQuery) -> schemas.CapsAnswer:
    """Rest of the stock and budget of the version that is handed out, of a branch and a channel; codes."""
    row = products.find(product_id=product_id, principal=call.principal)
    found = capping.left(row, unit_id=query.unit_id, client_id=query.client_id)
    return rendering.left(*found, vouchers.pool_of(row))


@app.get("/benefit-shelf", scope="entitlements:read", query=Page, answer=schemas.ShelfPage)
def list_benefit_shelf(call: Call, query: Page) -> schemas.ShelfPage:
    """Products that customers can claim."""
    found, last = products.list_shelf(after=query.after, limit=query.limit)
    return schemas.ShelfPage(items=[rendering.shelf_item(*each) for each in found], next_cursor=last)
