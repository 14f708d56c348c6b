"""The shelf: a draft becomes a version that is handed out once others have approved it.

A version never changes: what was handed out keeps its terms, whatever comes after it.
"""

from typing import Any

from bank import clock, store
from bank.access.principal import Principal
from bank.benefits import offers, suppliers
from bank.benefits.suppliers import NotSupplied, SupplierRow
from bank.benefits.tables import OfferRow
from bank.control import audit, stake
from bank.store import Transaction
from benefits.domain.products import NotOnShelf, ProductStatus, Shelf, at_stake
from benefits.service import products
from benefits.tables import SHELF, ProductRow


def publish(*, product_id: str, principal: Principal, actor: audit.Actor) -> ProductRow:
    """Make the draft the next version, and put it on the shelf in the place of the one before.

    Raises ProductNotFound, Invalid, NotYours, NotSupplied; ProductStatus where the draft is on the shelf.
    """

    def act() -> ProductRow:
        row = products.find(product_id=product_id, principal=principal)
        products.require_sound(row.draft, principal)
        _require_supplied(row)
        version = int(row.version) + 1
        _require_new(row)
        transaction = Transaction()
        offer = OfferRow.of(
            offers.offer_id(product_id, version),
            row.draft,
            product_id=product_id,
            unit_id=row.unit_id,
            approved_at=clock.instant(),
        )
        stake.about(at_stake(row.draft, offer.to_domain()), row.draft["currency"])
        after = {"version": version, "content": row.draft}
        products.tell(transaction, actor, "published", row, before=_state(row), after=after)
        transaction.create(offer)
        products.change(transaction, row, version=version, status=Shelf.ON_SHELF.value, shelf=SHELF)
        transaction.commit()
        return products.load(product_id)

    return store.retry_on_conflict(act)


def take_off(*, product_id: str, principal: Principal, actor: audit.Actor, reason: str) -> ProductRow:
    """Hand out no more of it, at once. Raises ProductNotFound, ProductStatus."""
    return _shelve(product_id, principal, actor, reason, on=False)


def put_back(*, product_id: str, principal: Principal, actor: audit.Actor, reason: str) -> ProductRow:
    """Hand out its last version again. Raises ProductNotFound, ProductStatus."""
    return _shelve(product_id, principal, actor, reason, on=True)


def _shelve(
    product_id: str, principal: Principal, actor: audit.Actor, reason: str, *, on: bool
) -> ProductRow:
    status, what = (Shelf.ON_SHELF, "put_back") if on else (Shelf.OFF_SHELF, "taken_off")

    def act() -> ProductRow:
        row = products.find(product_id=product_id, principal=principal)
        if row.status != (Shelf.OFF_SHELF if on else Shelf.ON_SHELF):
            raise ProductStatus(f"product {product_id} is {row.status}")
        transaction = Transaction()
        after = {**_state(row), "status": status.value}
        products.tell(transaction, actor, what, row, before=_state(row), after=after, reason=reason)
        products.change(transaction, row, status=status.value, shelf=SHELF if on else None)
        transaction.commit()
        return products.load(product_id)

    return store.retry_on_conflict(act)


def _state(row: ProductRow) -> dict[str, Any]:
    """State of a product that checkers are shown: the draft, and what it takes the place of."""
    return {"status": row.status, "version": int(row.version), "draft": products.digest(row.draft)}


def _require_supplied(row: ProductRow) -> None:
    """Raise NotSupplied where the draft's supplier is not active, or not one of the product's unit."""
    supplier_id = row.draft.get("supplier_id")
    if supplier_id is None:
        return
    supplier = store.get(SupplierRow, supplier_id)
    refusal = suppliers.refusal(supplier, on=clock.business_date())
    if refusal:
        raise refusal
    assert supplier is not None, "there is one that is active"
    if not supplier.supplies_unit(row.unit_id) or supplier.currency != row.draft["currency"]:
        raise NotSupplied(f"supplier {supplier_id} does not supply this unit in {row.draft['currency']}")


def _require_new(row: ProductRow) -> None:
    if row.status != Shelf.ON_SHELF or row.offer_id is None:
        return
    offer = store.get(OfferRow, row.offer_id)
    if offer is not None and offer.content == row.draft:
        raise ProductStatus(f"the draft of {row.product_id} is on the shelf already")


def last_version(product_id: str) -> tuple[ProductRow, OfferRow]:
    """A product and the version that is handed out of it, or was last, as they were within seconds.

    Raises ProductNotFound, NotOnShelf where it has no version yet.
    """
    (row,) = store.get_many([store.lately(ProductRow, product_id)])
    if row is None:
        raise products.missing(product_id)
    if row.offer_id is None:
        raise not_handed_out(product_id)
    (offer,) = store.get_many([store.lately(OfferRow, row.offer_id)])
    assert offer is not None, "a version is written with its product"
    return row, offer


def require_handed_out(row: ProductRow) -> None:
    """Raise NotOnShelf where a product is off the shelf."""
    if row.status != Shelf.ON_SHELF:
        raise not_handed_out(row.product_id)


def not_handed_out(product_id: str) -> NotOnShelf:
    """The refusal of a product that is not on the shelf."""
    return NotOnShelf(f"product {product_id} is not handed out")
