"""Limits, counted by the simulation itself: what is spent in a day, month and year never passes them.

What is spent in any 24 hours never passes a limit that is lowered.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from bank import clock
from tests.simulation.stored import Change, Row, Stored, check, parsed

# Journals by which an owner spends, and the accounts of which this counts against the limits.
SPENDING = {
    "withdrawal": ("wal_",),
    "payment": ("wal_",),
    "transfer": ("wal_",),
    "deposit": ("clr_",),
}
SHANGHAI = timedelta(hours=8)
# Between the clock that a spend was decided by and its write, with all that may happen meanwhile.
EDGE = timedelta(minutes=5)
ANY_DAY = timedelta(hours=24) - EDGE


class Spending:
    """What each account has spent, by day (YYYY-MM-DD), month (YYYY-MM) and year (YYYY) in Shanghai."""

    def __init__(self, stored: Stored, now: Callable[[], datetime]) -> None:
        self._stored, self._now = stored, now
        self._spent: dict[tuple[str, str], int] = defaultdict(int)
        # By account, each spend with its time.
        self._spends: dict[str, list[tuple[datetime, int]]] = defaultdict(list)

    def changed(self, by_table: dict[str, list[Change]]) -> None:
        """Count what these changes spend and give back, and compare with the account's own counters."""
        for change in by_table["ledger-journals"]:
            # What was held until a review was released has been counted with its hold.
            if ("hld_" + change.key[0][4:],) not in self._stored.rows["ledger-holds"]:
                self._journal(change.new or {})
        for change in by_table["ledger-holds"]:
            new = change.new or {}
            if change.old is None:
                self._spend(new["account_id"], new["amount"], new["day"])
            else:
                self._count(new["account_id"], -new["returned"], new["day"])

    def _journal(self, row: Row) -> None:
        spenders = SPENDING.get(row["kind"], ())
        day = (clock.parse(row["booked_at"]) + SHANGHAI).date().isoformat()
        for account_id, amount in parsed(row["legs"]):
            if amount < 0 and account_id.startswith(spenders):
                self._spend(account_id, -amount, day)

    def _spend(self, account_id: str, amount: int, day: str) -> None:
        row = self._stored.rows["ledger-accounts"][account_id,]
        self._count(account_id, amount, day)
        self._lowered(row, amount)
        check(row["status"] == "active", f"{account_id} is {row['status']} and was spent from")
        check(amount <= row["limit_per_payment"], f"{account_id} spent {amount} at once")
        for period, name in ((day, "day"), (day[:7], "month"), (day[:4], "year")):
            limit, spent = row[f"limit_per_{name}"], self._spent[account_id, period]
            check(spent <= limit, f"{account_id} has spent {spent} in {period}, its limit is {limit}")
            counted = (row[name], row[f"{name}_left"])
            check(
                counted == (period, limit - spent),
                f"{account_id} counts {counted}, spent is {spent} of {limit}",
            )

    def _lowered(self, row: Row, amount: int) -> None:
        """Invariant: while it is lowered, no 24 hours have more."""
        now, spends = self._now(), self._spends[row["account_id"]]
        spends.append((now, amount))
        if now.timestamp() < row.get("lu", 0):
            spent = sum(each for moment, each in spends if moment > now - ANY_DAY)
            check(spent <= row["la"], f"{row['account_id']} spent {spent} in a day, lowered to {row['la']}")

    def _count(self, account_id: str, amount: int, day: str) -> None:
        self._spent[account_id, day] += amount
        self._spent[account_id, day[:7]] += amount
        self._spent[account_id, day[:4]] += amount
