"""Suppliers, each with its contract, terms and documents."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.authority import UNKNOWN, Stops
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Key, table_name
from bank.store.idempotency import IdempotentRow
from suppliers.domain import Status

STATUS_SHARDS = 4


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Suppliers of a unit by status, for branches, which read the units of their subtree."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_status = UnicodeAttribute(hash_key=True)
    supplier_id = UnicodeAttribute(range_key=True)


class ByStatus(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """All suppliers by status, for the head office and the jobs; in shards that the reader merges."""

    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status_shard = UnicodeAttribute(hash_key=True)
    supplier_id = UnicodeAttribute(range_key=True)


class DossierRow(IdempotentRow):
    """A supplier with its contract, terms and documents. Changes are made on the revision that was read.

    Benefits read `bank.benefits.suppliers.SupplierRow`, and settlement the payee, which follow it.
    """

    class Meta:
        table_name = table_name("suppliers")

    supplier_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    credit_code = UnicodeAttribute()
    contract_from = UnicodeAttribute()
    contract_until = UnicodeAttribute()
    settlement = UnicodeAttribute()
    currency = UnicodeAttribute()
    # {"bank_code", "account_number", "holder_name", "fingerprint", "sealed"}: the number masked, and sealed.
    bank_account: JSONAttribute = JSONAttribute(null=True)
    # {"masked", "fingerprint", "sealed"}: the phone of who hears what is done to it. Former: "until".
    contact: JSONAttribute = JSONAttribute(null=True)
    former_contacts: JSONAttribute = JSONAttribute(null=True)
    # By id: {"kind", "file_name", "sha256", "length", "media_type", "by", "at"}.
    documents: JSONAttribute = JSONAttribute(default=dict)
    status = UnicodeAttribute(default=Status.APPLIED.value)
    status_reason = UnicodeAttribute(null=True)
    # By whom it is suspended (bank.access.authority.Stops).
    suspensions: JSONAttribute = JSONAttribute(null=True)
    admitted_at = UnicodeAttribute(null=True)
    # Since when it leaves, what becomes of what is issued (AtExit) until which day, when it was closed.
    exiting_since = UnicodeAttribute(null=True)
    at_exit = UnicodeAttribute(null=True)
    exit_until = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    # Whose staff may know of it (bank.access.principal.Ownership): no channel does.
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    unit_status = UnicodeAttribute()
    status_shard = UnicodeAttribute()
    by_unit = ByUnit()
    by_status = ByStatus()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(unit_id=self.unit_id)

    @property
    def settlement_account_id(self) -> str:
        """Its settlement account, which it has from its admission on."""
        return ids.derived("stl", self.supplier_id, self.currency)

    @property
    def suspended_by(self) -> Stops:
        """By whom it is suspended, with their units; empty where it is not."""
        return (self.suspensions or UNKNOWN) if self.status == Status.SUSPENDED else {}


def listed(*, unit_id: str, supplier_id: str, status: str) -> dict[str, str]:
    """The index keys of a supplier in this status."""
    return {
        "unit_status": f"{unit_id}#{status}",
        "status_shard": f"{status}#{ids.shard(supplier_id, STATUS_SHARDS)}",
    }


def key(supplier_id: str) -> Key:
    """Key of a supplier's row."""
    return DossierRow, supplier_id
