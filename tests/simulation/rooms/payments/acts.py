"""What payers and merchants do."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

from bank import clock
from payments import app as payments
from payments.app import app
from payments.service import holds
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Row, check

EXPIRY = "payments.app.on_hold_expiry"


class PaymentActs(Room):
    """The part of the payments room that acts."""

    def actions(self) -> Iterable[Action]:
        """What payers and merchants do, and the job that expires holds."""
        yield Action("pay", 4.0, self._pay)
        yield Action("code", 0.5, self._code)
        if self.payments():
            yield Action("capture", 1.2, self._capture)
            yield Action("cancel", 0.5, lambda: self._act(self._one("authorized"), "cancel", None))
            yield Action("refund", 2.5, self._refund)
            yield Action("split", 1.0, self._split)
            yield Action("look at payments", 0.7, self._look)
        yield Action("expiry", 0.5, lambda: self.job(EXPIRY))
        yield Action("poisoned expiry", 0.2, self._poisoned_expiry)

    def payments(self) -> list[Row]:
        """Every payment there is, the one being acted on mostly being one of the last."""
        return [row for row in self.rows("payments") if row["record"] == "payment"]

    def _one(self, *statuses: str) -> Row:
        """A payment, mostly one in such a state."""
        payments = self.payments()
        wanted = [row for row in payments if row["status"] in statuses]
        return self.random.choice(wanted if wanted and self.random.random() < 0.8 else payments)

    def _part(self, amount: int) -> int:
        return self.random.choice([amount, amount, max(1, amount * 2 // 3), self.random.randint(1, 400)])

    def _merchants(self) -> list[str]:
        return [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]

    def _payers(self) -> list[Row]:
        return [row for row in self.rows("ledger-accounts") if row["kind"] == "wallet"]

    def _pay(self) -> None:
        payer, manual = self.random.choice(self._payers()), self.random.random() < 0.4
        minutes = self.random.choice([1, 30, 60 * 24 * 3])
        body: dict[str, Any] = {
            "payer_account_id": payer["account_id"],
            "merchant_id": self.random.choice(self._merchants()[:3]),
            "amount": self.random.choice([self.random.randint(1, 300), self.random.randint(1, 20_000)]),
            "currency": payer["currency"],
            "merchant_order_no": f"CD-{self.random.randint(1, 30)}",
            "capture": "manual" if manual else "automatic",
        }
        if manual and self.random.random() < 0.7:
            body["expires_at"] = clock.instant(self.world.now() + timedelta(minutes=minutes))
        self.clients.post(app, "/payments", body)

    def _code(self) -> None:
        """A code, and a scanner that uses it: soon, or too late, or twice."""
        payer = self.random.choice(self._payers())
        made = self.clients.change(app, "POST", "/payment-codes", {"account_id": payer["account_id"]})
        for _ in range(self.random.choice([1, 2]) if made else 0):
            body = {
                "payment_code": made["code"],
                "merchant_id": self.random.choice(self._merchants()),
                "amount": self.random.randint(1, 5_000),
                "currency": payer["currency"],
                "merchant_order_no": "scanned",
            }
            self.clients.post(app, "/payments", body)
            self.world.wait()

    def _act(self, payment: Row, act: str, body: Any) -> None:
        self.clients.post(app, f"/payments/{payment['payment_id']}/{act}", body)

    def _capture(self) -> None:
        payment = self._one("authorized")
        self._act(payment, "capture", self.random.choice([{}, {"amount": self._part(payment["amount"])}]))

    def _refund(self) -> None:
        payment = self._one("succeeded", "partially_refunded")
        self._act(payment, "refunds", {"amount": self._part(payment["amount"]), "reason": "why"})

    def _split(self) -> None:
        payment, names = (
            self._one("succeeded", "partially_refunded"),
            self.random.sample(self._merchants(), 2),
        )
        receivers = [{"merchant_id": name, "amount": self._part(payment["amount"])} for name in names]
        self._act(payment, "splits", {"receivers": receivers[: self.random.choice([1, 2])]})

    def _look(self) -> None:
        payment = self._one()
        what = self.random.choice(["", "/refunds", "/splits"])
        self.clients.read(app, f"/payments/{payment['payment_id']}{what}")
        name = self.random.choice(["merchant_id", "payer_account_id", "merchant_order_no"])
        self.clients.read(app, "/payments", {name: payment[name], "limit": "3"})

    def _poisoned_expiry(self) -> None:
        """The job, while one hold cannot be ended: the others are."""
        due = self._due()
        victim = self.random.choice(due)["reference"] if due else ""
        depth, faults = self.world.depth, self.world.faults.count

        def end(transaction: Any, payment: Any, hold: Any) -> None:
            # What else happens meanwhile ends it as ever.
            if hold.reference == victim and self.world.depth == depth:
                raise RuntimeError("poisoned")
            holds.EXPIRING.end(transaction, payment, hold)

        # A run is known by its instant.
        self.world.passes(1)
        poisoned = SimpleNamespace(EXPIRING=replace(holds.EXPIRING, end=end))
        with mock.patch.object(payments, "holds", poisoned):
            ended = self.job(EXPIRY)
        if ended and faults == self.world.faults.count:
            left = [hold["reference"] for hold in self._due()]
            check(
                set(left) & {hold["reference"] for hold in due} == {victim} - {""}, f"{left} are still held"
            )

    def _due(self) -> list[Row]:
        """Payments' open holds that are over by every clock."""
        over = clock.instant(self.world.now() - timedelta(seconds=1))
        return [
            hold
            for hold in self.rows("ledger-holds")
            if hold["status"] == "held" and hold["reference"][:4] == "pay_" and hold["expires_at"] <= over
        ]
