"""The ledger's tables. Access patterns and what each costs: functions/accounts/README.md."""

from bank.ledger.tables.accounts import AccountRow, ByOwner
from bank.ledger.tables.holds import HOLD_SHARDS, HoldRow, OpenHolds
from bank.ledger.tables.journals import ENTRY_SHARDS, EntryRow, JournalRow, ReportRow

__all__ = [
    "ENTRY_SHARDS",
    "HOLD_SHARDS",
    "AccountRow",
    "ByOwner",
    "EntryRow",
    "HoldRow",
    "JournalRow",
    "OpenHolds",
    "ReportRow",
]
