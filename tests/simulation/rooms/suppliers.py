"""Suppliers: use that comes late, twice and in any order, months that close, statements that are agreed."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from unittest import mock

from bank import clock, ids
from suppliers.app import app
from suppliers.domain import REQUIRED
from suppliers.service import admission
from suppliers.tables import DossierRow
from tests.simulation.rooms.base import Action, Room
from tests.simulation.stored import Change, Row, check, parsed
from tests.support import bus, http

CLOSING, USAGE = "suppliers.app.on_statements", "suppliers.app.on_usage"
# As if the supplier had been admitted so long ago: two of its months are closed by the first run.
AGO = timedelta(days=75)
BANK = {"bank_code": "102290000011", "account_number": "6222021234567890123", "holder_name": "Coffee"}
TERMS = {
    "name": "Coffee Vouchers",
    "credit_code": "91310000132612172J",
    "contract_from": "2026-01-01",
    "contract_until": "2035-12-31",
    "settlement": "T+0",
    "bank_account": {
        "bank_code": "102290000011",
        "account_number": "6222021234567890123",
        "holder_name": "C",
    },
}
WHY = {"reason": "why"}
# Terms of a statement that never change once it is closed, and those that do not once it is agreed.
CLOSED = ("redeemed", "reversed", "late", "cost", "borne", "closed_at")
AGREED = ("agreed_cost", "owed", "paid", "owes", "agreed_at", "journal_id", "disputes")


class Suppliers(Room):
    """The suppliers room's part. What benefits tell of its supplier it makes up itself."""

    def open(self) -> None:
        """One supplier, admitted some months ago."""
        self._told: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []
        with mock.patch.object(admission, "_uploaded", return_value=REQUIRED):
            made = http.call(app, "POST", "/suppliers", TERMS)
            self._supplier = made.json["supplier_id"]
            http.call(app, "POST", f"/suppliers/{self._supplier}/admit", WHY)
        check(self.rows("suppliers")[0]["status"] == "active", "the supplier was not admitted")
        admitted_at = clock.instant(clock.now() - AGO)
        DossierRow(self._supplier).update([DossierRow.admitted_at.set(admitted_at)])

    def actions(self) -> Iterable[Action]:
        """What is used of it, and what staff do."""
        yield Action("use", 0.7, self._use)
        yield Action("close statements", 0.3, lambda: self.job(CLOSING))
        yield Action("dispute", 0.1, self._dispute)
        yield Action("agree", 0.4, self._agree)

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """The month is closed, or more is used in it."""
        yield lambda: self.job(CLOSING)
        yield self._use

    def _use(self) -> None:
        """Something was used, or comes back, in these months; some of all that was told arrives."""
        back = {each["data"]["redemption_id"] for each in self._told if "reversal_id" in each["data"]}
        used = [each for each in self._told if each["data"]["redemption_id"] not in back]
        event = self._reversal(used) if used and self.random.random() < 0.3 else self._redemption()
        self._told.append(event)
        self._waiting.append(event)
        again = self.random.sample(self._told, min(2, len(self._told)))
        self._deliver([*self.random.sample(self._waiting, min(3, len(self._waiting))), *again])

    def _redemption(self) -> dict[str, Any]:
        number = len(self._told)
        moment = clock.now() - timedelta(hours=self.random.randint(0, 24 * 70))
        data = {
            "redemption_id": f"rdm_{number}",
            "entitlement_id": f"ent_{number}",
            "product_id": "prd_1",
            "supplier_id": self._supplier,
            "currency": "CNY",
            "cost": self.random.randint(0, 500),
            "shares": {f"supplier:{self._supplier}": 0},
            "redeemed_at": clock.instant(moment),
        }
        return _event("EntitlementRedeemed", data)

    def _reversal(self, used: list[dict[str, Any]]) -> dict[str, Any]:
        of = self.random.choice(used)["data"]
        facts = {"reversal_id": f"rfd_{len(self._told)}", "reversed_at": clock.instant(), "whole": True}
        return _event("RedemptionReversed", of | facts)

    def _deliver(self, events: list[dict[str, Any]]) -> None:
        records = [
            {"messageId": str(number), "receiptHandle": "r", "body": bus.body(each), "attributes": {}}
            | {"messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "a:b:c:d:e:f"}
            for number, each in enumerate(events)
        ]
        answer = self.world.deliveries.invoke(USAGE, {"Records": records})
        if answer is None:
            return
        failed = {int(each["itemIdentifier"]) for each in answer["batchItemFailures"]}
        taken = [each for number, each in enumerate(events) if number not in failed]
        self._waiting = [each for each in self._waiting if each not in taken]

    def _dispute(self) -> None:
        for row in self._open()[:1]:
            path = f"/suppliers/{self._supplier}/statements/{row['period']}/disputes"
            body = WHY | {"code": "ent_1", "amount": self.random.randint(-50, 50)}
            self.as_staff(app, path, body)

    def _agree(self) -> None:
        """The oldest statement: its disputes are decided, it is read, and what it comes to is agreed on."""
        for row in self._open()[:1]:
            path = f"/suppliers/{self._supplier}/statements/{row['period']}"
            for dispute_id, dispute in parsed(row["disputes"]).items():
                if dispute["status"] == "open":
                    decision = self.random.choice(["accepted", "rejected"])
                    self.as_staff(app, f"{path}/disputes/{dispute_id}/decision", WHY | {"decision": decision})
            shown = self.clients.read(app, path)
            if shown and shown["paid"] is not None:
                self.as_staff(app, f"{path}/agreement", {"amount": shown["paid"]})

    def _open(self) -> list[Row]:
        rows = [row for row in self.rows("supplier-statements") if row["status"] == "closed"]
        return sorted(rows, key=lambda row: str(row["record"]))

    def changed(self, changes: list[Change]) -> None:
        """What a statement was closed with stays, and what was agreed on, too; no use changes."""
        for change in changes:
            if change.table == "supplier-statements" and change.old:
                new, old = change.new or {}, change.old
                fixed = CLOSED + (AGREED if old["status"] == "agreed" else ())
                altered = [name for name in fixed if new.get(name) != old.get(name)]
                check(not altered, f"{change.key}: {altered} changed")
            if change.table == "supplier-usage" and change.old:
                check(change.key[1] == "~closed", f"use {change.key} was changed")

    def finish(self) -> None:
        """All that was told arrives, and what is due is closed and agreed."""
        while self._waiting:
            self._deliver(self._waiting[:10])
        check(self.job(CLOSING), "the statements were not closed")
        while self._open():
            before = len(self._open())
            self._agree()
            check(len(self._open()) < before, f"nobody can agree on {self._open()[:1]}")

    def drained(self) -> None:
        """Each use counts once; statements are the sum of theirs; what was agreed is what was booked."""
        rows = [row for row in self.rows("supplier-usage") if row["record"] != "~closed"]
        counting = [row for row in rows if "counted_in" not in row]
        counted = Counter((row["redemption_id"], row.get("reversal_id")) for row in counting)
        told = {(each["data"]["redemption_id"], each["data"].get("reversal_id")) for each in self._told}
        check(counted == Counter(told), f"counted {counted}, told {told}")
        for row in self.rows("supplier-statements"):
            self._adds_up(row, [each for each in counting if f"#{row['period']}#" in each["partition"]])
        journals = [row for row in self.rows("ledger-journals") if row["kind"] == "statement"]
        account_id = ids.derived("stl", self._supplier, "CNY")
        booked = sum(dict(parsed(row["legs"])).get(account_id, 0) for row in journals)
        paid = sum(row["paid"] for row in self.rows("supplier-statements"))
        check(booked == paid, f"agreed on {paid}, booked {booked}")

    def _adds_up(self, statement: Row, uses: list[Row]) -> None:
        found = (sum(row["cost"] for row in uses), len([row for row in uses if "reversal_id" not in row]))
        check(found == (statement["cost"], statement["redeemed"]), f"{statement} is of {found}")


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = f"perkbank.benefits.{name}.v1"
    made = {"id": f"evt_{json.dumps(data)}", "type": kind, "source": "/perkbank/benefits", "data": data}
    return made
