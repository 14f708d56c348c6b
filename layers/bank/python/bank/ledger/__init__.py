"""The double-entry ledger that every room which moves money stands on (design §5).

A room builds a `Journal`, adds it with `post` (or a hold with `holds`) to the transaction that also writes
the room's own record, and commits: all or nothing. What is deferred, the applier books from the stream.
"""

from bank.ledger import accounts, activity, applier, holds, statements
from bank.ledger.accounts import AccountNotFound
from bank.ledger.domain import (
    NO_LIMIT,
    Account,
    AccountClosed,
    AccountFrozen,
    Hold,
    HoldStatus,
    InsufficientFunds,
    Journal,
    Kind,
    Leg,
    LimitExceeded,
    Limits,
    Status,
    internal,
    journal,
    kind_of,
    why_not_credit,
    why_not_debit,
    why_not_spend,
)
from bank.ledger.holds import HoldEnded
from bank.ledger.posting import post, why_not
from bank.ledger.tables import AccountRow, HoldRow, JournalRow

__all__ = [
    "NO_LIMIT",
    "Account",
    "AccountClosed",
    "AccountFrozen",
    "AccountNotFound",
    "AccountRow",
    "Hold",
    "HoldEnded",
    "HoldRow",
    "HoldStatus",
    "InsufficientFunds",
    "Journal",
    "JournalRow",
    "Kind",
    "Leg",
    "LimitExceeded",
    "Limits",
    "Status",
    "accounts",
    "activity",
    "applier",
    "holds",
    "internal",
    "journal",
    "kind_of",
    "post",
    "statements",
    "why_not",
    "why_not_credit",
    "why_not_debit",
    "why_not_spend",
]
