"""Accounts, each with its balance."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank.access.authority import UNKNOWN, Stops
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.ledger import chart, domain, parts
from bank.ledger.velocity import Lowered, Origin, Velocity, VelocityCounter
from bank.store import Table, table_name


class ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Accounts of an owner. Keys only, so that a change of balance costs no index write."""

    class Meta:
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class BySettlement(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Settlement accounts and those of points, in shards (`bank.ledger.payees`); keys that never change."""

    class Meta:
        index_name = "by_settlement"
        projection = KeysOnlyProjection()

    settlement_shard = UnicodeAttribute(attr_name="ss", hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class AccountRow(Table):
    """An account and its balance. No VersionAttribute of PynamoDB's: conditions name what they need."""

    class Meta:
        table_name = table_name("ledger-accounts")

    account_id = UnicodeAttribute(hash_key=True)
    # Of a further part of an account (bank.ledger.parts) that account, so that it is in nobody's list.
    owner_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute(default=domain.Status.ACTIVE.value)
    status_reason = UnicodeAttribute(null=True)
    # By whom it is frozen (bank.access.authority.Stops); none on one that was frozen before this was kept.
    freezes: JSONAttribute = JSONAttribute(attr_name="fz", null=True)
    balance = NumberAttribute(default=0)
    held = NumberAttribute(default=0)
    available = NumberAttribute(default=0)
    # How far below zero a clearing account may stand; counted in what is available.
    credit_limit = NumberAttribute(attr_name="cl", null=True)
    limit_per_payment = NumberAttribute(default=domain.NO_LIMIT)
    limit_per_day = NumberAttribute(default=domain.NO_LIMIT)
    limit_per_month = NumberAttribute(default=domain.NO_LIMIT)
    limit_per_year = NumberAttribute(default=domain.NO_LIMIT)
    day = UnicodeAttribute(default="")
    day_left = NumberAttribute(default=domain.NO_LIMIT)
    month = UnicodeAttribute(default="")
    month_left = NumberAttribute(default=domain.NO_LIMIT)
    year = UnicodeAttribute(default="")
    year_left = NumberAttribute(default=domain.NO_LIMIT)
    # Steps of the balance so far; a step is one posting. Holds change no balance and take no step.
    version = NumberAttribute(default=0)
    booked_at = UnicodeAttribute(default="")
    opened_at = UnicodeAttribute()
    # What the last posting was, for the statement that is written from this table's stream.
    last: JSONAttribute = JSONAttribute(null=True)
    # Velocity (bank.ledger.velocity), under short names: they are on a hot row, which must stay within 1 KB.
    minute = NumberAttribute(attr_name="am", null=True)
    minute_count = NumberAttribute(attr_name="ac", null=True)
    minute_sum = NumberAttribute(attr_name="as", null=True)
    earlier = UnicodeAttribute(attr_name="ae", null=True)
    seen = UnicodeAttribute(attr_name="al", null=True)
    # What left it on `day` without its customer's confirmation (bank.ledger.counting).
    free_spent = NumberAttribute(attr_name="fs", null=True)
    # A lowered limit (bank.ledger.lowering): until when (Unix seconds), and how much in 24 hours.
    lowered_until = NumberAttribute(attr_name="lu", null=True)
    lowered_per_day = NumberAttribute(attr_name="la", null=True)
    # Of points: by expiry, what is reserved, and what the bank owes for them (bank.ledger.lots).
    lots = UnicodeAttribute(attr_name="lt", null=True)
    # Whose staff and which channel may know of it (bank.access.principal.Ownership).
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    # What other rooms need to know of the owner when they read the account (a merchant's terms).
    metadata: JSONAttribute = JSONAttribute(null=True)
    request_digest = UnicodeAttribute(null=True)
    # Of settlement accounts and points: their partition of the index by which jobs walk through them.
    settlement_shard = UnicodeAttribute(attr_name="ss", null=True)
    # How many rows keep the balance, if several; on the account's own row.
    parts = NumberAttribute(attr_name="pt", null=True)
    by_owner = ByOwner()
    by_settlement = BySettlement()
    # Its further rows, once they have been read (bank.ledger.rows.whole); not stored.
    further: "Sequence[AccountRow] | None" = None

    @classmethod
    def lasts(cls, row: Table | None) -> bool:
        """Only an account of several parts: so many pay there that they must not all read one row."""
        return isinstance(row, cls) and (row.row_count > 1 or parts.is_further(row.account_id))

    @property
    def row_count(self) -> int:
        """Number of rows that keep the account's balance, its own row among them."""
        if parts.is_further(self.account_id):
            return 1
        if self.kind == domain.Kind.INTERNAL.value:
            return chart.PARTS
        return int(self.parts or 1)

    @property
    def row_ids(self) -> list[str]:
        """The ids of all of the account's rows, this account's own first."""
        return [parts.row_id(self.account_id, number) for number in range(self.row_count)]

    @property
    def part(self) -> int | None:
        """Return which of its account's rows it is; None where it is the only one."""
        alone = self.row_count == 1 and not parts.is_further(self.account_id)
        return None if alone else parts.number_of(self.account_id)

    @property
    def ownership(self) -> Ownership:
        """Ownership of the account, for data scopes. The owner of a customer's wallet is the customer."""
        return Ownership(self.client_id, self.unit_id, self.owner_id)

    @property
    def frozen_by(self) -> Stops:
        """By whom it is frozen, with their units; empty where it is not."""
        return (self.freezes or UNKNOWN) if self.status == domain.Status.FROZEN.value else {}

    def to_domain(self, *, one_row: bool = False) -> domain.Account:
        """The account as the rules see it: all of its rows, which were read; `one_row`: this one alone."""
        own = self._own()
        if one_row or self.row_count == 1:
            return own
        assert self.further is not None, f"account {self.account_id} has several rows, of which one was read"
        return own.whole([row.to_domain(one_row=True) for row in self.further])

    def _own(self) -> domain.Account:
        return domain.Account(
            account_id=self.account_id,
            owner_id=self.owner_id,
            kind=domain.Kind(self.kind),
            currency=self.currency,
            status=domain.Status(self.status),
            balance=int(self.balance),
            held=int(self.held),
            available=int(self.available),
            limits=domain.Limits(
                int(self.limit_per_payment),
                int(self.limit_per_day),
                int(self.limit_per_month),
                int(self.limit_per_year),
            ),
            day=self.day,
            day_left=int(self.day_left),
            month=self.month,
            month_left=int(self.month_left),
            year=self.year,
            year_left=int(self.year_left),
            version=int(self.version),
            booked_at=self.booked_at,
            opened_at=self.opened_at,
            metadata=self.metadata or {},
            credit_limit=int(self.credit_limit or 0),
            velocity=self.velocity,
            last_origin=Origin.unpack(self.seen or ""),
            lowered=self.lowered,
            free_spent=int(self.free_spent or 0),
            lots=self.lots or "",
        )

    @property
    def velocity(self) -> Velocity:
        """Velocity of the account, from its packed attributes."""
        in_minute = VelocityCounter(int(self.minute_count or 0), int(self.minute_sum or 0))
        return Velocity.unpack(int(self.minute or 0), in_minute, self.earlier or "")

    @property
    def lowered(self) -> Lowered | None:
        """The lowered limit that it has, or had: its end may be past."""
        if self.lowered_until is None:
            return None
        return Lowered(int(self.lowered_until), int(self.lowered_per_day or 0))
