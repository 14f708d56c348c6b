"""The merchants room's table: merchants and their terms. Patterns and costs: README.md."""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids, store
from bank.access.authority import UNKNOWN, Stops
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.config import config
from bank.counterparties.cycles import Cycle
from bank.ledger.payees import settlement_id
from bank.store import Key, Table, table_name
from bank.store.idempotency import IdempotentRow
from merchants.domain import Status

MERCHANT = "merchant"
PAYOUT = "payout#"
PAGE = 50
SHARDS = 4


class ByCycle(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Merchants of a settlement cycle. Keys only: a change of terms costs no index write."""

    class Meta:
        index_name = "by_cycle"
        projection = KeysOnlyProjection()

    cycle_shard = UnicodeAttribute(hash_key=True)
    merchant_id = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Merchants that a channel registered. Keys that never change."""

    class Meta:
        index_name = "by_client"
        projection = KeysOnlyProjection()

    client_shard = UnicodeAttribute(hash_key=True)
    merchant_id = UnicodeAttribute(range_key=True)


class ByUnit(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Merchants that a unit of the bank keeps."""

    class Meta:
        index_name = "by_unit"
        projection = KeysOnlyProjection()

    unit_shard = UnicodeAttribute(hash_key=True)
    merchant_id = UnicodeAttribute(range_key=True)


class ByClosing(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Merchants that close and are not closed yet, by when that began; others are not in it."""

    class Meta:
        index_name = "by_closing"
        projection = KeysOnlyProjection()

    closing_shard = UnicodeAttribute(hash_key=True)
    closing_since = UnicodeAttribute(range_key=True)


class MerchantRow(IdempotentRow):
    """A merchant and its terms. Every change raises `revision` and is made on the one that was read."""

    class Meta:
        table_name = table_name("merchants")

    merchant_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True, default=MERCHANT)
    name = UnicodeAttribute()
    category_code = UnicodeAttribute()
    # {"basis_points", "min", "max"}: what the merchant pays on each payment.
    fee: JSONAttribute = JSONAttribute()
    settlement = UnicodeAttribute()
    country = UnicodeAttribute()
    city = UnicodeAttribute()
    # {"bank_code", "account_number", "holder_name", "fingerprint", "sealed"}: the number masked, and sealed.
    bank_account: JSONAttribute = JSONAttribute(null=True)
    # {"masked", "fingerprint", "sealed"}: the phone of who hears what is done to it. Former: "until".
    contact: JSONAttribute = JSONAttribute(null=True)
    former_contacts: JSONAttribute = JSONAttribute(null=True)
    status = UnicodeAttribute(default=Status.ACTIVE.value)
    status_reason = UnicodeAttribute(null=True)
    # By whom it is suspended (bank.access.authority.Stops); none where that happened before this was kept.
    suspensions: JSONAttribute = JSONAttribute(null=True)
    # Since when it closes, and when it was closed (instants).
    closing_since = UnicodeAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    closing_shard = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    # Whose staff and which channel may know of it (bank.access.principal.Ownership).
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    cycle_shard = UnicodeAttribute()
    client_shard = UnicodeAttribute()
    unit_shard = UnicodeAttribute()
    by_cycle = ByCycle()
    by_client = ByClient()
    by_unit = ByUnit()
    by_closing = ByClosing()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the record, for data scopes."""
        return Ownership(self.client_id, self.unit_id)

    @property
    def settlement_account_id(self) -> str:
        """Its settlement account in the bank's home currency, which every merchant has."""
        return settlement_id(self.merchant_id, config.home_currency)

    @property
    def suspended_by(self) -> Stops:
        """By whom it is suspended, with their units; empty where it is not."""
        return (self.suspensions or UNKNOWN) if self.status == Status.SUSPENDED else {}


class PayoutRow(Table):
    """A payout of before the room `settlement` made them: read to be moved there, and written no more."""

    class Meta:
        table_name = table_name("merchants")

    merchant_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    payout_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    business_date = UnicodeAttribute()
    settlement_account_id = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    # As on file at the time, the number masked.
    bank_account: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute(default="booked")
    booked_at = UnicodeAttribute()


class MovedPayoutRow(Table):
    """The same in the table of the room `settlement`, which tells no event of it."""

    class Meta:
        table_name = table_name("payouts")

    payee_id = UnicodeAttribute(hash_key=True)
    record = UnicodeAttribute(range_key=True)
    payout_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    business_date = UnicodeAttribute()
    settlement_account_id = UnicodeAttribute()
    journal_id = UnicodeAttribute()
    bank_account: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute()
    booked_at = UnicodeAttribute()
    moved = BooleanAttribute()


def key(merchant_id: str) -> Key:
    """Key of a merchant's row."""
    return MerchantRow, merchant_id, MERCHANT


def spread(key: str, merchant_id: str) -> str:
    """The index partition of a merchant: spread, since most merchants may share one cycle or unit."""
    return f"{key}#{ids.shard(merchant_id, SHARDS)}"


def _shards(keys: Iterable[str]) -> Iterator[str]:
    return (f"{key}#{shard}" for key in keys for shard in range(SHARDS))


def page(cycles: Iterable[Cycle], *, after: str | None, limit: int) -> list[str]:
    """The next `limit` ids of merchants in these cycles, in order, after the id `after`."""
    condition = ByCycle.merchant_id > after if after else None
    merged = heapq.merge(
        *(
            [found.merchant_id for found in MerchantRow.by_cycle.query(shard, condition, limit=limit)]
            for shard in _shards(cycles)
        )
    )
    # A merchant that has just changed its cycle may still stand in both.
    distinct = (merchant_id for merchant_id, _ in itertools.groupby(merged))
    return list(itertools.islice(distinct, limit))


def kept_by(index: Any, keeper: str, *, after: str | None) -> Iterator[str]:
    """Ids of a channel's or a unit's merchants in order, after the id `after`; read as they are asked for.

    `index` is `MerchantRow.by_client` or `MerchantRow.by_unit`.
    """
    condition = type(index).merchant_id > after if after else None
    found = (index.query(shard, condition, page_size=PAGE) for shard in _shards([keeper]))
    return (row.merchant_id for row in heapq.merge(*found, key=lambda row: row.merchant_id))


def closing(merchant_id: str) -> str:
    """The index partition of a merchant that closes."""
    return spread("closing", merchant_id)


def closing_since(instant: str) -> Iterator[str]:
    """Ids of merchants that close since `instant` or longer."""
    for shard in _shards(["closing"]):
        found = MerchantRow.by_closing.query(shard, ByClosing.closing_since <= instant)
        yield from [row.merchant_id for row in found]


def all_merchants() -> Iterator[MerchantRow]:
    """Every merchant as it is now, cycle by cycle, read a hundred at a time."""
    for shard in _shards(Cycle):
        found = MerchantRow.by_cycle.query(shard, page_size=store.BATCH_GET_LIMIT)
        while keys := [key(row.merchant_id) for row in itertools.islice(found, store.BATCH_GET_LIMIT)]:
            yield from (row for row in store.get_many(keys) if row is not None)


def payouts(merchant_id: str) -> list[PayoutRow]:
    """A merchant's payouts of before, oldest first."""
    return list(store.query(PayoutRow, merchant_id, PayoutRow.record.startswith(PAYOUT)))
