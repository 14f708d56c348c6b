"""The benefits room's tables; offers and entitlements are the kernel's. Patterns and costs: README.md."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
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
    # Of a product that hands out codes: whether few were free when that was looked at last, and how often.
    codes_low = BooleanAttribute(default=False)
    times_low = NumberAttribute(default=0)
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


class RedemptionCodeRow(Table):
    """A code by which a merchant can redeem an entitlement, while the entitlement names it as its last.

    Only its keyed digest is stored: who reads the table redeems nothing with it.
    """

    class Meta:
        table_name = table_name("redemption-codes")

    code_key = UnicodeAttribute(hash_key=True)
    entitlement_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    # That of the session of the customer who asked for it.
    device_id = UnicodeAttribute(default="")
    expires_at = UnicodeAttribute()
    purge_at = NumberAttribute()


class WrongCodesRow(Table):
    """Codes that were none and were shown for a merchant in an hour: `wrong#<merchant>#<hour>`."""

    class Meta:
        table_name = table_name("redemption-codes")

    code_key = UnicodeAttribute(hash_key=True)
    made = NumberAttribute(default=0)
    purge_at = NumberAttribute()


class ByAccount(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Redemptions of what a wallet was issued, for its customer's copy of own data."""

    class Meta:
        index_name = "by_account"
        projection = KeysOnlyProjection()

    account_id = UnicodeAttribute(hash_key=True)
    redeemed_at = UnicodeAttribute(range_key=True)


class RedemptionRow(IdempotentRow):
    """One use of an entitlement at a merchant, by its code; and its reversal, where it was reversed."""

    class Meta:
        table_name = table_name("redemptions")

    redemption_id = UnicodeAttribute(hash_key=True)
    entitlement_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    merchant_id = UnicodeAttribute()
    # As the channel calls them.
    store_id = UnicodeAttribute(null=True)
    terminal_id = UnicodeAttribute(null=True)
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    uses_left = NumberAttribute()
    # What it has of its product's budget, in minor units.
    cost = NumberAttribute()
    redeemed_at = UnicodeAttribute()
    reversal_id = UnicodeAttribute(null=True)
    reversed_at = UnicodeAttribute(null=True)
    # The verdict on it and its input (bank.risk.Verdict.pack).
    risk = UnicodeAttribute()
    by_account = ByAccount()

    @property
    def ownership(self) -> Ownership:
        """Ownership, for data scopes: the channel that redeemed it, and the unit that keeps the merchant."""
        return Ownership(self.client_id, self.unit_id)


class ByPool(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Codes of a product that are free, and those that were issued."""

    class Meta:
        index_name = "by_pool"
        projection = KeysOnlyProjection()

    pool = UnicodeAttribute(hash_key=True)
    code_key = UnicodeAttribute(range_key=True)


class VoucherCodeRow(Table):
    """A voucher code of a product, under its keyed digest; once it was issued, never free again."""

    class Meta:
        table_name = table_name("voucher-codes")

    code_key = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute()
    pool = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    entitlement_id = UnicodeAttribute(null=True)
    by_pool = ByPool()


def free_of(product_id: str) -> str:
    """The pool of what is free of a product."""
    return f"{product_id}#free"


def issued_of(product_id: str) -> str:
    """The pool of what was issued of a product."""
    return f"{product_id}#issued"
