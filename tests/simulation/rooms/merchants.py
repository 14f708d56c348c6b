"""Merchants: registered, changed, suspended and paid out."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from approvals.app import app as approvals
from bank import clock, ids
from bank.config import config
from merchants.app import app
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, Row, check, parsed
from tests.support import http

SETTLEMENT = "merchants.app.on_settlement"
FEES = (
    {"basis_points": 60},
    {"basis_points": 0},
    {"basis_points": 38, "min": 10, "max": 500},
    {"basis_points": 10_000},
    {"basis_points": 250, "min": 300},
)
CYCLES = ("T+0", "T+1", "T+7")
BANK = {"bank_code": "102290000011", "account_number": "6222021234567890123", "holder_name": "Lucky Records"}
# Kinds of journals by which money may leave a merchant.
SETTLING = {"refund", "split", "payout"}
# What other rooms read of a merchant stands on its account as it does on its row.
TERMS = ("merchant_id", "name", "status", "fee", "settlement")


class Merchants(Room):
    """The merchants room's part."""

    def open(self) -> None:
        """One merchant of each cycle."""
        self._proposed: list[tuple[str, str, Any, dict[str, Any]]] = []
        for cycle in CYCLES:
            self._register(cycle)
        # Terms better than the bank's standard are proposed.
        for proposal in self._proposed:
            self._done(*proposal)

    def actions(self) -> Iterable[Action]:
        """What merchants and staff do, and the scheduled settlement."""
        yield Action("register", 0.2, lambda: self._register(self.random.choice(CYCLES)))
        yield Action("terms", 0.4, self._terms)
        yield Action("approve terms", 0.4, self._approve)
        yield Action("merchant status", 0.3, self._status)
        yield Action("settlement", 0.7, lambda: self.job(SETTLEMENT))
        yield Action("look at merchants", 0.3, self._look)

    def ids(self) -> list[str]:
        """Every merchant there is."""
        return [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]

    def _register(self, cycle: str) -> None:
        body = {
            "name": "Lucky Records",
            "category_code": "5735",
            "fee": self.random.choice(FEES),
            "settlement": cycle,
            "bank_account": self.random.choice([BANK, BANK, BANK, None]),
        }
        path = "/merchants"

        def proposed(answer: dict[str, Any]) -> None:
            if "approval_id" in answer:
                self._proposed.append(("POST", path, body, answer))

        self.clients.post(app, path, body, on_success=proposed, changing="status expires_at")

    def _terms(self) -> None:
        changes: list[Any] = [
            {"fee": self.random.choice(FEES)},
            {"settlement": self.random.choice(CYCLES)},
            {"bank_account": self.random.choice([BANK, None])},
        ]
        path, change = f"/merchants/{self.random.choice(self.ids())}", self.random.choice(changes)
        answer = self.clients.change(app, "PATCH", path, change)
        if answer and "approval_id" in answer:
            self._proposed.append(("PATCH", path, change, answer))

    def _approve(self) -> None:
        """Somebody approves a proposal, maybe again, and its channel does what was approved, maybe again."""
        if self._proposed:
            self._done(*self.random.choice(self._proposed))

    def _done(self, method: str, path: str, body: Any, proposal: dict[str, Any]) -> None:
        approval_id = proposal["approval_id"]
        decision = {"content_digest": proposal["content_digest"]}
        approve = f"/approvals/{approval_id}/approve"
        self.clients.change(approvals, "POST", approve, decision, principal=http.staff())
        self.clients.change(app, method, path, body, headers={"approval-id": approval_id})

    def _status(self) -> None:
        act = self.random.choice(["suspend", "resume", "resume"])
        self.clients.change(
            app, "POST", f"/merchants/{self.random.choice(self.ids())}/{act}", {"reason": "why"}
        )

    def _look(self) -> None:
        merchant_id = self.random.choice(self.ids())
        path = self.random.choice(["", f"/{merchant_id}", f"/{merchant_id}/payouts", f"/{merchant_id}/qr"])
        self.clients.read(app, f"/merchants{path}")

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The merchant is suspended, or its terms change, or its money is paid out."""
        yield self._status
        yield self._terms
        yield self._approve
        yield lambda: self.job(SETTLEMENT)

    def changed(self, changes: list[Change]) -> None:
        """A merchant's terms and its account agree; a payout pays what is due, once, with its journal.

        A settlement account pays for refunds, splits and payouts.
        """
        for change in changes:
            if change.table == "ledger-journals":
                self._settles(change.new or {})
            if change.table != "merchants":
                continue
            row = change.new or {}
            if row["record"] == "merchant":
                self._agrees(row)
            else:
                check(change.old is None, f"payout {change.key} was changed")
                self._payout(row)

    def _settles(self, journal: Row) -> None:
        pays = any(name.startswith("stl_") and amount < 0 for name, amount in parsed(journal["legs"]))
        check(not pays or journal["kind"] in SETTLING, f"a {journal['kind']} took from a merchant: {journal}")

    def _agrees(self, row: Row) -> None:
        account_id = ids.derived("stl", row["merchant_id"], config.home_currency)
        account = self.world.stored.rows["ledger-accounts"].get((account_id,), {})
        published = (parsed(account.get("metadata")) or {}).get("merchant", {})
        for term in TERMS:
            stored = parsed(row[term]) if term == "fee" else row[term]
            check(
                published.get(term) == stored,
                f"{row['merchant_id']}: {term} is {stored}, published is {published.get(term)}",
            )

    def _payout(self, row: Row) -> None:
        account_id, amount = row["settlement_account_id"], row["amount"]
        journal = self.world.stored.rows["ledger-journals"].get((row["journal_id"],), {})
        booked = dict(parsed(journal.get("legs")) or {}).get(account_id)
        check(booked == -amount, f"payout {row['payout_id']} of {amount} is booked as {booked}")
        merchant = self.world.stored.rows["merchants"][row["merchant_id"], "merchant"]
        payable = merchant["status"] == "active" and "bank_account" in merchant
        check(payable, f"{row['merchant_id']} was paid out while it is not payable")
        self._matured(row, int(merchant["settlement"].removeprefix("T+")))

    def _matured(self, row: Row, days: int) -> None:
        """No more than each closing balance since the money matured, less what was paid out since."""
        today = date.fromisoformat(row["business_date"])
        for back in range(days, 0, -1):
            midnight = clock.parse(f"{today - timedelta(days=back - 1)}T00:00:00+08:00")
            closing = clock.instant(midnight - timedelta(microseconds=1))
            since = sum(
                paid["amount"]
                for paid in self.rows("merchants")
                if paid.get("settlement_account_id") == row["settlement_account_id"]
                if closing < paid["booked_at"] and paid["payout_id"] != row["payout_id"]
            )
            balance = self.world.ledger.as_of(row["settlement_account_id"], closing)
            due = balance - since
            check(row["amount"] <= due, f"{row['payout_id']} pays {row['amount']}, of {closing} due is {due}")

    def finish(self) -> None:
        """A last run."""
        check(self.job(SETTLEMENT), "the settlement did not end")

    def drained(self) -> None:
        """A payout's row, journal and event are one."""
        paid = {row["payout_id"] for row in self.rows("merchants") if "payout_id" in row}
        booked = {row["reference"] for row in self.rows("ledger-journals") if row["kind"] == "payout"}
        published = [event["payout_id"] for event in self.world.bus.of_type("PayoutBooked")]
        check(paid == booked, f"paid out {paid}, booked {booked}")
        check(sorted(published) == sorted(paid), f"paid out {paid}, published {published}")
