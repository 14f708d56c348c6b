"""Suppliers as benefits read them: who supplies what a product hands out, and whether it may now.

The suppliers room alone writes them, in the transactions that change the supplier's own record.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from bank import errors, store
from bank.access import organisation
from bank.access.organisation import HEAD_OFFICE
from bank.store import Table, table_name


class Supply(StrEnum):
    """States of a supplier that was admitted. A suspended one may be active again, an exiting one never."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXITING = "exiting"
    CLOSED = "closed"


class AtExit(StrEnum):
    """Fates of what is issued of a supplier that leaves."""

    HONOURED = "honoured"
    REFUNDED = "refunded"


class NotSupplied(errors.Refusal):
    """409: the product's supplier does not supply now: nothing more is handed out of it."""

    code, title = "supplier_not_active", "Supplier not active"


class SupplierRow(Table):
    """An admitted supplier, as products and claims need it. Each change raises `revision`."""

    class Meta:
        table_name = table_name("benefit-suppliers")

    supplier_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    status = UnicodeAttribute(default=Supply.ACTIVE.value)
    # First and last business date of the contract, which ends at midnight in Shanghai after the last.
    contract_from = UnicodeAttribute()
    contract_until = UnicodeAttribute()
    # What it is paid in, and the unit of the bank that admitted it.
    currency = UnicodeAttribute()
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    # Of one that leaves: what becomes of what is issued (AtExit), and the last business date for it.
    at_exit = UnicodeAttribute(null=True)
    exit_until = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=1)

    @classmethod
    def lasts(cls, row: Table | None) -> bool:
        """Only one that is there: one that is admitted now can be named at once."""
        return row is not None

    def supplies_unit(self, unit_id: str) -> bool:
        """Return whether it may supply products of this unit: the one that admitted it, or one below."""
        return organisation.contains(self.unit_id, unit_id)


def lately(supplier_ids: Collection[str]) -> dict[str, SupplierRow]:
    """Suppliers by their ids as they were within seconds. No round trip where there are none."""
    keys = [store.lately(SupplierRow, each) for each in sorted(supplier_ids)]
    return {row.supplier_id: row for row in store.get_many(keys) if row} if keys else {}


def refusal(row: SupplierRow | None, *, on: date) -> NotSupplied | None:
    """Return why nothing of this supplier goes on the shelf or is handed out on a business date, or None.

    What was handed out before is redeemed all the same: of that a supplier's state says nothing.
    """
    if row is None or row.status != Supply.ACTIVE:
        return NotSupplied("the product's supplier hands out nothing now")
    if on.isoformat() < row.contract_from:
        return NotSupplied("the supplier's contract has not begun", code="supplier_contract_to_come")
    if on.isoformat() > row.contract_until:
        return NotSupplied("the supplier's contract has ended", code="supplier_contract_over")
    return None


def has_left(row: SupplierRow, *, on: date) -> bool:
    """Return whether what was issued of this supplier is redeemed no more on a business date.

    That is said by its exit: of one whose issued benefits are refunded from then on, of another after the
    last day for them. A supplier that is suspended, or whose contract has ended, has all of them redeemed.
    """
    if row.exit_until is None:
        return False
    return row.at_exit == AtExit.REFUNDED or on.isoformat() > row.exit_until
