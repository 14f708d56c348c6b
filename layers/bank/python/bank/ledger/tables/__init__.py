"""The ledger's tables. Access patterns and what each costs: functions/accounts/README.md."""

from bank.ledger.tables.accounts import AccountRow, ByOwner, BySettlement
from bank.ledger.tables.holds import HOLD_SHARDS, HoldRow, OpenHolds, open_partitions
from bank.ledger.tables.journals import ENTRY_SHARDS, WIDE_SHARDS, EntryRow, JournalRow, ReportRow
from bank.ledger.tables.payees import PayeeRow

__all__ = [
    "ENTRY_SHARDS",
    "HOLD_SHARDS",
    "WIDE_SHARDS",
    "AccountRow",
    "ByOwner",
    "BySettlement",
    "EntryRow",
    "HoldRow",
    "JournalRow",
    "OpenHolds",
    "PayeeRow",
    "ReportRow",
    "open_partitions",
]
