"""Personal data that this room and its ledger keep: what an export gives of it, and what closure leaves."""

from accounts.tables import GapRow, MovementRow, OwnerRow
from bank.ledger.tables.accounts import AccountRow
from bank.ledger.tables.holds import HoldRow
from bank.ledger.tables.journals import EntryRow, JournalRow, ReportRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept

HOLDINGS = (
    Holding(
        model=AccountRow,
        whose=Whose.CUSTOMERS,
        holds="accounts: whose, balance, limits, freezes, spending counters (the bank's and merchants' too)",
        personal=("owner_id", "metadata", "seen", "earlier"),
        given="accounts",
        end=kept(laws.ACCOUNTING, "closed; the owner is an id"),
    ),
    Holding(
        model=EntryRow,
        whose=Whose.CUSTOMERS,
        holds="statements",
        personal=("counterparty", "reference"),
        given="statements",
        end=kept(laws.ACCOUNTING, "ids alone"),
    ),
    Holding(
        model=JournalRow,
        whose=Whose.CUSTOMERS,
        holds="journals, which no function can change or delete",
        personal=("made_by",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.ACCOUNTING, "ids alone"),
    ),
    Holding(
        model=HoldRow,
        whose=Whose.CUSTOMERS,
        holds="money held",
        withheld=Ground.ELSEWHERE,
        end=kept(laws.ACCOUNTING, "ids alone; nobody leaves with an open one"),
    ),
    Holding(
        model=MovementRow,
        whose=Whose.CUSTOMERS,
        holds="deposits and withdrawals, with the device and the verdict",
        personal=("counterparty", "reference", "device_id", "risk"),
        given="movements",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=OwnerRow,
        whose=Whose.CUSTOMERS,
        holds="which channel an owner id belongs to that it chose",
        personal=("owner_id",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.ACCOUNTING, "ids alone"),
    ),
    impersonal(GapRow, "what a sweep of the ledger has found, by ids, for a week"),
    impersonal(ReportRow, "reports of the ledger's verification"),
)
