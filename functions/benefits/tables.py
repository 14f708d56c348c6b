"""The benefits room's tables; offers and entitlements are the kernel's. Patterns and costs: README.md."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.benefits import offers
from bank.store import Table, table_name
from bank.store.idempotency import IdempotentRow
from benefits.domain.products import Shelf

SHELF = "shelf"


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Products of a unit, for staff, who read the units of their subtree."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_id = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)


class OnShelf(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Products on the shelf. Sparse: one that is taken off leaves it."""

    class Meta:
        index_name = "on_shelf"
        projection = KeysOnlyProjection()

    shelf = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute(range_key=True)


class ProductRow(IdempotentRow):
    """A product: its draft, and the version that is handed out. Changes are made on the revision as read."""

    class Meta:
        table_name = table_name("benefit-products")

    product_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute(default=Shelf.DRAFT.value)
    # Versions that were approved; the last is the one that is handed out.
    version = NumberAttribute(default=0)
    draft: JSONAttribute = JSONAttribute()
    shelf = UnicodeAttribute(null=True)
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    made_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    revision = NumberAttribute(default=1)
    by_unit = ByUnit()
    on_shelf = OnShelf()

    @property
    def offer_id(self) -> str | None:
        """The version that is handed out, or was last."""
        return offers.offer_id(self.product_id, int(self.version)) if self.version else None

    @property
    def ownership(self) -> Ownership:
        """Ownership, for data scopes: the unit's."""
        return Ownership(unit_id=self.unit_id)


class ClaimRow(Table):
    """A claim that was granted, by its request: in a later cycle the customer's entitlements are others.

    Of a first version that is claimed once for ever, the entitlements themselves tell.
    """

    class Meta:
        table_name = table_name("benefit-claims")

    claim_id = UnicodeAttribute(hash_key=True)
    entitlement_id = UnicodeAttribute()
