"""Settlement: nights in which what is due to merchants is paid out, part by part."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from bank import clock
from settlement.app import app
from settlement.settings import settings
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, Row, check, parsed

RUN = "settlement.app.on_run"
SATURDAY = 5
# Kinds of journals by which money may leave a merchant.
SETTLING = {"refund", "split", "payout"}


def _worked(day: date) -> bool:
    """A working day: a history has no holidays in it."""
    return day.weekday() < SATURDAY


class Settlement(Room):
    """The settlement room's part."""

    queues = {settings.queue_url: "settlement.app.on_parts"}

    def actions(self) -> Iterable[Action]:
        """The scheduled run, and who looks at what came of it."""
        yield Action("settlement", 0.7, lambda: self.job(RUN))
        yield Action("look at payouts", 0.2, self._look)

    def _look(self) -> None:
        merchants = [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]
        self.clients.read(app, f"/merchants/{self.random.choice(merchants)}/payouts")

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The merchant's money is paid out."""
        yield self._night

    def _night(self) -> None:
        self.job(RUN)
        self.world.queues.deliver_some()

    def changed(self, changes: list[Change]) -> None:
        """A payout pays what is due, once, with its journal; by nothing else does money leave a merchant."""
        for change in changes:
            if change.table == "ledger-journals":
                self._settles(change.new or {})
            if change.table == "payouts":
                check(change.old is None, f"payout {change.key} was changed")
                self._payout(change.new or {})

    def _settles(self, journal: Row) -> None:
        pays = any(name.startswith("stl_") and amount < 0 for name, amount in parsed(journal["legs"]))
        check(not pays or journal["kind"] in SETTLING, f"a {journal['kind']} took from a merchant: {journal}")

    def _payout(self, row: Row) -> None:
        account_id, amount = row["settlement_account_id"], row["amount"]
        journal = self.world.stored.rows["ledger-journals"].get((row["journal_id"],), {})
        booked = dict(parsed(journal.get("legs")) or {}).get(account_id)
        check(booked == -amount, f"payout {row['payout_id']} of {amount} is booked as {booked}")
        merchant = self._owner(row["payee_id"])
        payable = merchant["status"] != "suspended" and "bank_account" in merchant
        check(payable, f"{row['payee_id']} was paid out while it is not payable")
        self._matured(row, int(merchant["settlement"].removeprefix("T+")))

    def _owner(self, payee_id: str) -> Row:
        """The merchant or the supplier that is paid out."""
        found: Row | None = self.world.stored.rows["suppliers"].get((payee_id,))
        return found or self.world.stored.rows["merchants"][payee_id, "merchant"]

    def _matured(self, row: Row, days: int) -> None:
        """No more than each closing balance since the money matured, less what was paid out since."""
        today = date.fromisoformat(row["business_date"])
        check(_worked(today), f"{row['payout_id']} was made on {today}")
        since_then = 0
        while days:
            days -= _worked(today - timedelta(days=since_then))
            since_then += 1
        for back in range(since_then, 0, -1):
            midnight = clock.parse(f"{today - timedelta(days=back - 1)}T00:00:00+08:00")
            closing = clock.instant(midnight - timedelta(microseconds=1))
            since = sum(
                paid["amount"]
                for paid in self.rows("payouts")
                if paid.get("settlement_account_id") == row["settlement_account_id"]
                if closing < paid["booked_at"] and paid["payout_id"] != row["payout_id"]
            )
            balance = self.world.ledger.as_of(row["settlement_account_id"], closing)
            due = balance - since
            check(row["amount"] <= due, f"{row['payout_id']} pays {row['amount']}, of {closing} due is {due}")

    def finish(self) -> None:
        """A last run."""
        check(self.job(RUN), "the settlement did not end")

    def drained(self) -> None:
        """Nobody is forgotten; a payout's row, journal and event are one."""
        self._nobody_forgotten()
        paid = {row["payout_id"] for row in self.rows("payouts")}
        booked = {row["reference"] for row in self.rows("ledger-journals") if row["kind"] == "payout"}
        published = [event["payout_id"] for event in self.world.bus.of_type("PayoutBooked")]
        check(paid == booked, f"paid out {paid}, booked {booked}")
        check(sorted(published) == sorted(paid), f"paid out {paid}, published {published}")

    def _nobody_forgotten(self) -> None:
        """After a night in which nothing fails, who is paid at once has nothing left."""
        check(self.job(RUN), "the settlement did not end")
        while self.world.queues.deliver_all():
            pass
        self.world.deliveries.deliver_all()
        if not _worked(clock.business_date()):
            return
        accounts = self.world.stored.rows["ledger-accounts"]
        payees = {row["payee_id"] for row in self.rows("ledger-payees") if self._at_once(row)}
        left = {
            account["account_id"]: account["available"]
            for account in accounts.values()
            if account["kind"] == "settlement" and account["owner_id"] in payees
            if account["status"] == "active" and account["available"]
        }
        check(not left, f"nobody has paid out {left}")

    def _at_once(self, payee: Row) -> bool:
        return not payee["days"] and not payee["stopped"] and "bank_account" in payee
