"""Holds on accounts."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.ledger import domain
from bank.store import Table, table_name

HOLD_SHARDS = 8


def open_partitions(product: str) -> list[str]:
    """Index partitions of a product's open holds, and those of before decision 84, where all lie together.

    A hold lasts 30 days at most, so that nothing is left in the latter 30 days after they were last written.
    """
    return [f"open#{product}#{shard}" for shard in range(HOLD_SHARDS)] + [
        f"open#{shard}" for shard in range(HOLD_SHARDS)
    ]


class OpenHolds(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Holds that have not ended, by when they expire. Sparse: a hold leaves it when it ends."""

    class Meta:
        index_name = "open_holds"
        projection = KeysOnlyProjection()

    open_shard = UnicodeAttribute(hash_key=True)
    expires_at = UnicodeAttribute(range_key=True)
    hold_id = UnicodeAttribute()


class HoldRow(Table):
    """A hold on an account."""

    class Meta:
        table_name = table_name("ledger-holds")

    hold_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    captured = NumberAttribute(default=0)
    returned = NumberAttribute(default=0)
    day = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    reference = UnicodeAttribute()
    # Who gets what is captured, but for the bank's fee. Holds of before 72 (docs/decisions.md) have none.
    payee_account_id = UnicodeAttribute(null=True)
    # The journal that captured it.
    journal_id = UnicodeAttribute(null=True)
    # Of what never changes, to show whether a byte of it was altered.
    digest = UnicodeAttribute()
    open_shard = UnicodeAttribute(null=True)
    open_holds = OpenHolds()

    @classmethod
    def placed(cls, **facts: Any) -> "HoldRow":
        """The row of a hold that is placed now."""
        row = cls(**facts, status=domain.HoldStatus.HELD.value)
        row.digest, row.open_shard = row.facts_digest(), row.expected_shards()[0]
        return row

    def facts_digest(self) -> str:
        """The digest of what never changes."""
        facts = (self.account_id, int(self.amount), self.currency, self.day, self.expires_at, self.reference)
        payee = (self.payee_account_id,) if self.payee_account_id else ()
        return ids.digest([self.hold_id, *facts, *payee])

    def expected_shards(self) -> list[str | None]:
        """The index partitions that it may stand in: none once it has ended. The first is written today.

        It names the product that it is for, by the prefix of the record's id: `open#pay#3`.
        """
        if self.status != domain.HoldStatus.HELD.value:
            return [None]
        shard = ids.shard(self.hold_id, HOLD_SHARDS)
        return [f"open#{self.reference.partition('_')[0]}#{shard}", f"open#{shard}"]

    def to_domain(self) -> domain.Hold:
        """The hold as the rules see it."""
        return domain.Hold(
            hold_id=self.hold_id,
            account_id=self.account_id,
            amount=int(self.amount),
            currency=self.currency,
            status=domain.HoldStatus(self.status),
            captured=int(self.captured),
            returned=int(self.returned),
            day=self.day,
            expires_at=self.expires_at,
            reference=self.reference,
            payee_account_id=self.payee_account_id,
            intact=self.facts_digest() == self.digest,
        )
