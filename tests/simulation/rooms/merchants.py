"""Merchants: registered, changed and suspended."""

from collections.abc import Callable, Iterable
from typing import Any

from approvals.app import app as approvals
from bank import ids
from bank.config import config
from merchants.app import app
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, Row, check, parsed
from tests.support import http

CLOSING = "merchants.app.on_closing"
FEES = (
    {"basis_points": 60},
    {"basis_points": 0},
    {"basis_points": 38, "min": 10, "max": 500},
    {"basis_points": 10_000},
    {"basis_points": 250, "min": 300},
)
CYCLES = ("T+0", "T+1", "T+7")
BANK = {"bank_code": "102290000011", "account_number": "6222021234567890123", "holder_name": "Lucky Records"}
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
        """What merchants and staff do."""
        yield Action("register", 0.2, lambda: self._register(self.random.choice(CYCLES)))
        yield Action("terms", 0.4, self._terms)
        yield Action("approve terms", 0.4, self._approve)
        yield Action("merchant status", 0.3, self._status)
        yield Action("close merchant", 0.1, self._close)
        yield Action("merchants drain", 0.2, lambda: self.job(CLOSING))
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

    def _close(self) -> None:
        """For good, so that a history has others left to pay: never the first three."""
        for merchant_id in self.ids()[3:][:1]:
            path, why = f"/merchants/{merchant_id}/close", {"reason": "why"}
            answer = self.clients.change(app, "POST", path, why)
            if answer and "approval_id" in answer:
                self._proposed.append(("POST", path, why, answer))

    def _look(self) -> None:
        merchant_id = self.random.choice(self.ids())
        path = self.random.choice(["", f"/{merchant_id}", f"/{merchant_id}/qr"])
        self.clients.read(app, f"/merchants{path}")

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The merchant is suspended, or its terms change."""
        yield self._status
        yield self._terms
        yield self._approve

    def changed(self, changes: list[Change]) -> None:
        """A merchant's terms are the same on its row, on its account and for who pays it out."""
        for change in changes:
            if change.table == "merchants":
                self._agrees(change.new or {})
                self._closes(change)

    def _closes(self, change: Change) -> None:
        """Closing has no way back, and ends with nothing left."""
        new, old = change.new or {}, change.old or {}
        for name in ("closing_since", "closed_at"):
            check(old.get(name) in (None, new.get(name)), f"{change.key}: {name} was {old.get(name)}")
        if new.get("closed_at") and not old.get("closed_at"):
            left = {
                account["account_id"]: account["balance"]
                for account in self.rows("ledger-accounts")
                if account["owner_id"] == new["merchant_id"] and account["balance"]
            }
            check(not left, f"{change.key} was closed with {left}")

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
        payee = self.world.stored.rows["ledger-payees"].get((row["merchant_id"],), {})
        follows = (int(payee["days"]), payee["stopped"], payee["revision"], payee.get("bank_account"))
        expected = (
            int(row["settlement"].removeprefix("T+")),
            row["status"] == "suspended",
            row["revision"],
            row.get("bank_account"),
        )
        check(follows == expected, f"{row['merchant_id']} is paid out by {follows}, not {expected}")
