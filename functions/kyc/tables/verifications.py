"""Verifications: by customer, by unit, and by when to ask again."""

from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.store import Key, table_name
from bank.store.idempotency import IdempotentRow
from kyc.domain.facts import Status

VERIFICATION = "verification"


UNIT_SHARDS = 4


DUE_SHARDS = 4


class ByCustomer(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """A customer's verifications, by time."""

    class Meta:
        index_name = "by_customer"
        projection = KeysOnlyProjection()

    customer_id = UnicodeAttribute(hash_key=True)
    made = UnicodeAttribute(range_key=True)
    subject = UnicodeAttribute()


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """A unit's verifications, by time, in shards: one branch may verify all customers."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_shard = UnicodeAttribute(hash_key=True)
    made = UnicodeAttribute(range_key=True)
    subject = UnicodeAttribute()


class Due(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Pending verifications by when to ask again: only these carry its keys."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    ask_at = UnicodeAttribute(range_key=True)
    subject = UnicodeAttribute()


class VerificationRow(IdempotentRow):
    """One question whether facts belong to one person, and what came of it.

    The sealed facts are there while it is pending; then masks tell what was asked.
    """

    class Meta:
        table_name = table_name("kyc")

    subject = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=VERIFICATION)
    customer_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    status = UnicodeAttribute(default=Status.PENDING.value)
    made = UnicodeAttribute()
    factors: JSONAttribute = JSONAttribute()
    name_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    id_number_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    phone_sealed = BinaryAttribute(null=True, legacy_encoding=False)
    name_masked = UnicodeAttribute()
    id_number_masked = UnicodeAttribute()
    phone_masked = UnicodeAttribute(null=True)
    # The card in the vault: its number stands there alone.
    card_id = UnicodeAttribute(null=True)
    card_masked = UnicodeAttribute(null=True)
    bank = UnicodeAttribute(null=True)
    id_fingerprint = UnicodeAttribute()
    document_expires_on = UnicodeAttribute(null=True)
    asks = NumberAttribute(default=0)
    # What came of it: channels that confirmed, fields that did not match, why it was refused, the level then.
    channels: JSONAttribute = JSONAttribute(null=True)
    mismatched: JSONAttribute = JSONAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    level = NumberAttribute(null=True)
    concluded_at = UnicodeAttribute(null=True)
    unit_shard = UnicodeAttribute()
    due_shard = UnicodeAttribute(null=True)
    ask_at = UnicodeAttribute(null=True)
    # Of a customer who has left.
    purge_at = NumberAttribute(null=True)
    by_customer = ByCustomer()
    by_unit = ByUnit()
    due = Due()

    @property
    def verification_id(self) -> str:
        """`ver_...`; also the number of the question to the provider."""
        return str(self.subject)

    @property
    def created_at(self) -> str:
        """Instant of the first request."""
        return str(self.made.split("#")[0])

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)


def verification_key(verification_id: str) -> Key:
    """Key of a verification."""
    return VerificationRow, verification_id, VERIFICATION


def unit_shards(unit_id: str) -> list[str]:
    """The index partitions of a unit's verifications."""
    return [f"{unit_id}#{shard}" for shard in range(UNIT_SHARDS)]


def unit_shard(unit_id: str, verification_id: str) -> str:
    """The one that a verification is in."""
    return unit_shards(unit_id)[ids.shard(verification_id, UNIT_SHARDS)]


def due_shards() -> list[str]:
    """The index partitions of pending verifications."""
    return [f"due#{shard}" for shard in range(DUE_SHARDS)]


def due_shard(verification_id: str) -> str:
    """The one that a verification is in."""
    return due_shards()[ids.shard(verification_id, DUE_SHARDS)]
