"""The ledger's tables. Access patterns and what each costs: functions/accounts/README.md."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from bank import ids
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.ledger import domain
from bank.ledger.velocity import Origin, Velocity, VelocityCounter
from bank.store import Table, WitnessJSON, table_name

ENTRY_SHARDS = 8
HOLD_SHARDS = 8


class ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Accounts of an owner. Keys only, so that a change of balance costs no index write."""

    class Meta:
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class AccountRow(Table):
    """An account and its balance. No VersionAttribute of PynamoDB's: conditions name what they need."""

    class Meta:
        table_name = table_name("ledger-accounts")

    account_id = UnicodeAttribute(hash_key=True)
    owner_id = UnicodeAttribute()
    kind = UnicodeAttribute()
    currency = UnicodeAttribute()
    status = UnicodeAttribute(default=domain.Status.ACTIVE.value)
    status_reason = UnicodeAttribute(null=True)
    balance = NumberAttribute(default=0)
    held = NumberAttribute(default=0)
    available = NumberAttribute(default=0)
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
    # Whose staff and which channel may know of it (bank.access.principal.Ownership).
    client_id = UnicodeAttribute(default="")
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    # What other rooms need to know of the owner when they read the account (a merchant's terms).
    metadata: JSONAttribute = JSONAttribute(null=True)
    request_digest = UnicodeAttribute(null=True)
    by_owner = ByOwner()

    @property
    def ownership(self) -> Ownership:
        """Ownership of the account, for data scopes. The owner of a customer's wallet is the customer."""
        return Ownership(self.client_id, self.unit_id, self.owner_id)

    def to_domain(self) -> domain.Account:
        """The account as the rules see it."""
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
            velocity=self.velocity,
            last_origin=Origin.unpack(self.seen or ""),
        )

    @property
    def velocity(self) -> Velocity:
        """Velocity of the account, from its packed attributes."""
        in_minute = VelocityCounter(int(self.minute_count or 0), int(self.minute_sum or 0))
        return Velocity.unpack(int(self.minute or 0), in_minute, self.earlier or "")


class JournalRow(Table):
    """A journal: created once, never changed or deleted (no function has the permission)."""

    class Meta:
        table_name = table_name("ledger-journals")

    journal_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    reference = UnicodeAttribute()
    currency = UnicodeAttribute()
    legs: JSONAttribute = WitnessJSON()
    booked_at = UnicodeAttribute()
    digest = UnicodeAttribute()

    @classmethod
    def of(cls, journal: domain.Journal) -> "JournalRow":
        """The row of a journal, with the digest that shows whether a byte of it was altered."""
        legs = [[leg.account_id, leg.amount] for leg in journal.legs]
        content: dict[str, Any] = {
            "journal_id": journal.journal_id,
            "kind": journal.kind,
            "reference": journal.reference,
            "currency": journal.currency,
            "legs": legs,
            "booked_at": journal.booked_at,
        }
        return cls(**content, digest=ids.digest(content))

    def to_domain(self) -> domain.Journal:
        """The journal; raises ValueError where the stored legs no longer balance."""
        legs = tuple(domain.Leg(account_id, amount) for account_id, amount in self.legs)
        return domain.Journal(self.journal_id, self.kind, self.reference, self.currency, legs, self.booked_at)

    def intact(self) -> bool:
        """Return whether the content still gives the digest."""
        try:
            return JournalRow.of(self.to_domain()).digest == self.digest
        except (ValueError, TypeError, KeyError):
            return False


class EntryRow(Table):
    """An entry of an account's statement.

    Partition `<account_id>#p` holds the account's postings: each step of its balance, in order, as one item.
    On a wallet a posting is one journal's leg; on the others it may sum up many (`journal_count`, `lines`).
    Partitions `<account_id>#e0`... hold a settlement account's entries journal by journal, spread over
    shards; the entry of a journal's first deferred leg is also the mark that the journal has been applied.
    """

    class Meta:
        table_name = table_name("ledger-entries")

    account_shard = UnicodeAttribute(hash_key=True)
    entry_key = UnicodeAttribute(range_key=True)
    journal_id = UnicodeAttribute(null=True)
    kind = UnicodeAttribute()
    reference = UnicodeAttribute(null=True)
    counterparty = UnicodeAttribute(null=True)
    amount = NumberAttribute()
    balance_after = NumberAttribute()
    booked_at = UnicodeAttribute()
    seq = NumberAttribute()
    journal_count = NumberAttribute(default=1)
    # [[journal_id, amount], ...] of a posting that sums up many.
    lines: JSONAttribute = WitnessJSON(null=True)


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
        row.digest, row.open_shard = row.facts_digest(), row.expected_shard()
        return row

    def facts_digest(self) -> str:
        """The digest of what never changes."""
        facts = (self.account_id, int(self.amount), self.currency, self.day, self.expires_at, self.reference)
        return ids.digest([self.hold_id, *facts])

    def expected_shard(self) -> str | None:
        """The index partition that it stands in while it is open."""
        if self.status != domain.HoldStatus.HELD.value:
            return None
        return f"open#{ids.shard(self.hold_id, HOLD_SHARDS)}"

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
        )


class ReportRow(Table):
    """Report of a verification."""

    class Meta:
        table_name = table_name("ledger-reports")

    report = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    content: JSONAttribute = JSONAttribute()
