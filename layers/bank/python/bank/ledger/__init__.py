"""The double-entry ledger that every room which moves money stands on.

A room builds a `Journal`, adds it with `post` (or a hold with `holds`) to the transaction that also writes
the room's own record, and commits: all or nothing. What is deferred, the applier books from the stream.
"""

from bank.ledger import accounts, applier, chart, holds, lowering, parts, payees, rows, statements, velocity
from bank.ledger.accounts import AccountNotFound
from bank.ledger.counting import spend_refusal
from bank.ledger.domain import (
    NO_LIMIT,
    Account,
    Hold,
    HoldStatus,
    Journal,
    Kind,
    Leg,
    Limits,
    Status,
    internal,
    journal,
    kind_of,
)
from bank.ledger.holds import HoldEnded
from bank.ledger.metadata import MerchantTerms, WalletCustomer
from bank.ledger.posting import post
from bank.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    AccountKind,
    CreditLimitExceeded,
    CurrencyMismatch,
    InsufficientFunds,
    LimitExceeded,
    credit_refusal,
    debit_refusal,
    limit_refusal,
    naming_mistake,
)
from bank.ledger.tables import AccountRow, HoldRow, JournalRow, PayeeRow

__all__ = [
    "NO_LIMIT",
    "Account",
    "AccountClosed",
    "AccountFrozen",
    "AccountKind",
    "AccountNotFound",
    "AccountRow",
    "CreditLimitExceeded",
    "CurrencyMismatch",
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
    "MerchantTerms",
    "PayeeRow",
    "Status",
    "WalletCustomer",
    "accounts",
    "applier",
    "chart",
    "credit_refusal",
    "debit_refusal",
    "holds",
    "internal",
    "journal",
    "kind_of",
    "limit_refusal",
    "lowering",
    "naming_mistake",
    "parts",
    "payees",
    "post",
    "rows",
    "spend_refusal",
    "statements",
    "velocity",
]
