"""Limits, counted by the simulation itself: what is spent in a day, month and year never passes them."""

from collections import defaultdict
from datetime import timedelta

from bank import clock
from tests.simulation.stored import Change, Row, Stored, check, parsed

# Journals by which an owner spends, and the accounts of which this counts against the limits.
SPENDING = {
    "withdrawal": ("wal_", "stl_"),
    "payment": ("wal_", "stl_"),
    "transfer": ("wal_",),
    "deposit": ("clr_",),
}
SHANGHAI = timedelta(hours=8)


class Spending:
    """What each account has spent, by day (YYYY-MM-DD), month (YYYY-MM) and year (YYYY) in Shanghai."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._spent: dict[tuple[str, str], int] = defaultdict(int)

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

    def _count(self, account_id: str, amount: int, day: str) -> None:
        self._spent[account_id, day] += amount
        self._spent[account_id, day[:7]] += amount
        self._spent[account_id, day[:4]] += amount
