"""Laws that have the bank keep what a customer asks to be erased (PIPL, article 47; GDPR, article 17(3)(b)).

While they run, what is kept is stored and protected, and used for nothing else (PIPL, article 47).
"""

from datetime import date, datetime
from typing import NamedTuple

from bank import retention


class Law(NamedTuple):
    """A duty to keep, `until` when; `counted`: whether ten years from the end of the business relation."""

    name: str
    keeps: str
    source: str
    until: str
    counted: bool = False

    def last_day(self, ended_at: datetime) -> date | None:
        """The last day of it for a relation that has ended; None where it counts from another day."""
        return retention.identity_until(ended_at) if self.counted else None


IDENTITY = Law(
    name="identity",
    keeps="Facts of identity: name and id number as verified, when and how they were verified",
    source="Anti-Money Laundering Law of the PRC (2024), article 34",
    counted=True,
    until="ten years after the business relation has ended",
)
TRANSACTIONS = Law(
    name="transactions",
    keeps="Records of deposits, payments, transfers and withdrawals, with what was written on them",
    source="Anti-Money Laundering Law of the PRC (2024), article 34",
    counted=True,
    until="ten years after each transaction, so ten years after the relation at the latest",
)
ACCOUNTING = Law(
    name="accounting",
    keeps="Accounts, journals and statements, without anything that says whose they were",
    source="Measures for the Administration of Accounting Archives (Ministry of Finance, Order 79 of 2015), "
    "article 14 and its schedule: vouchers and books",
    until="thirty years after the end of the accounting year",
)
DUE_DILIGENCE = Law(
    name="due_diligence",
    keeps="Records of the bank's duties against money laundering and fraud",
    source="Anti-Money Laundering Law of the PRC (2024), article 34",
    until="ten years, and an inquiry that has begun is ended first",
)
LOGS = Law(
    name="logs",
    keeps="The audit trail: who did what, when, and from which address",
    source="Cybersecurity Law of the PRC (article 21(3) as of 2016): six months at least; longer, since the "
    "bank has to prove what was done",
    until="five years at least (AuditRetentionDays)",
)

# Each that something of a customer is kept under, in the order in which customers are told.
ALL = (IDENTITY, TRANSACTIONS, ACCOUNTING, DUE_DILIGENCE, LOGS)
