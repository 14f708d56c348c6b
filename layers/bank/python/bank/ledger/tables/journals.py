"""Journals, the statement entries they make, and reports of their verification."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import ids
from bank.ledger import domain, parts
from bank.store import Table, WitnessJSON, table_name

# Partitions of a settlement account's own entries; of one of several parts also those of wide journals, whose
# entries lie in any of more: 15,000 a second.
ENTRY_SHARDS, WIDE_SHARDS = 8, 32


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
    # Journals of release 0.1 have none, and a digest without it.
    made_by = UnicodeAttribute(null=True)
    wide = BooleanAttribute(null=True)
    digest = UnicodeAttribute()
    # Of a debit of an account of several rows (bank.ledger.parts): the amount by row. Outside of the digest.
    shares: JSONAttribute = JSONAttribute(attr_name="sh", null=True)

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
            **({"made_by": journal.made_by} if journal.made_by else {}),
            **({"wide": True} if journal.wide else {}),
        }
        return cls(**content, digest=ids.digest(content))

    def to_domain(self) -> domain.Journal:
        """The journal; raises ValueError where the stored legs no longer balance."""
        legs = tuple(domain.Leg(account_id, amount) for account_id, amount in self.legs)
        return domain.Journal(
            journal_id=self.journal_id,
            kind=self.kind,
            reference=self.reference,
            currency=self.currency,
            legs=legs,
            booked_at=self.booked_at,
            made_by=self.made_by or "",
            wide=bool(self.wide),
        )

    def shares_of(self, account_id: str) -> dict[str, int]:
        """Amounts by row that an account of several booked; empty where it had one row."""
        return {
            row: int(by) for row, by in (self.shares or {}).items() if parts.account_of(row) == account_id
        }

    def intact(self) -> bool:
        """Return whether the content still gives the digest."""
        try:
            return JournalRow.of(self.to_domain()).digest == self.digest
        except (ValueError, TypeError, KeyError):
            return False


class EntryRow(Table):
    """An entry of an account's statement.

    Partition `<row id>#p` holds an account's postings: each step of its balance, in order, as one item; where
    several rows keep the balance (bank.ledger.parts), those of each row.
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
    # After step `seq` of one row's balance. A debit that several rows of an account paid is of no step: 0.
    balance_after = NumberAttribute()
    booked_at = UnicodeAttribute()
    seq = NumberAttribute()
    # Of which row of the account they are, where it has several (bank.ledger.parts).
    part = NumberAttribute(null=True)
    journal_count = NumberAttribute(default=1)
    # Of a settlement account's own entry, when its step was booked; its posting says so, too.
    applied_at = UnicodeAttribute(attr_name="at", null=True)
    # [[journal_id, amount], ...] of a posting that sums up many.
    lines: JSONAttribute = WitnessJSON(null=True)


class ReportRow(Table):
    """Report of a verification."""

    class Meta:
        table_name = table_name("ledger-reports")

    report = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    content: JSONAttribute = JSONAttribute()
