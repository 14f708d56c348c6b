"""Points: earned with payments, paid with in others, redeemed, returned, expired."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from bank import clock, ids, ledger, store
from bank.benefits.bearers import POINTS
from bank.ledger.lots import Lots, expiry_month
from bank.ledger.wallets import wallet_id
from bank.points import accounts
from payments.app import app as payments
from points.app import app
from points.service import members, programmes
from points.settings import settings
from points.tables import LIVE, PROGRAMMES, LiveRow, ProgrammeRow
from tests.simulation.rooms.base import Action, Room
from tests.simulation.rooms.customers import CUSTOMER
from tests.simulation.stored import Change, Row, check, parsed
from tests.support import bus
from tests.unit.points.given import TERMS, model

HEARS = "points.app.on_payment_events"
JOBS = ("points.app.on_booking", "points.app.on_expiry")
LIABILITY, COST = "int_points-liability_CNY", "int_points-cost_CNY"
PER_FEN = 5
# Of two programmes that are live in turn: valid for this month, and for the next one.
VALID = {"ppr_0": 0, "ppr_1": 1}
HEARD = {
    f"perkbank.payments.Payment{name}.v1"
    for name in ("Succeeded", "Refunded", "Cancelled", "Expired", "Declined")
}


class Points(Room):
    """The points room's part."""

    queues = {settings.queue_url: "points.app.on_parts"}

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._put: set[str] = set()
        self._owed = self._cost = 0
        # By account and kind of journal, points.
        self._moved: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def open(self) -> None:
        """Programmes by which each whole yuan earns ten points at once, one of them live."""
        programmes.forget()
        for programme_id, months in VALID.items():
            terms = {**TERMS, "pending_days": 0, "valid_months": months}
            content = model(("amount >= 100", "10", ""))
            digest = ids.digest({"content": content, "terms": terms})
            ProgrammeRow(
                desk=PROGRAMMES,
                entry=programme_id,
                content=content,
                terms=terms,
                digest=digest,
                note="",
                created_by="stf_1",
                created_at=clock.instant(),
            ).save()
        self._point()
        row = accounts.opened(customer_id=CUSTOMER, client_id="cli_test", unit_id="unit_head")
        row, _ = ledger.accounts.open_account(row)
        month = accounts.month()
        gift = Lots({month: 300, expiry_month(f"{month}-01", 1): 200})
        members.book_journal(row, gift, kind="points-adjusted", reference="gift", once="gift")

    def _point(self) -> None:
        programme_id = self.random.choice(list(VALID))
        row = store.get(ProgrammeRow, PROGRAMMES, programme_id)
        assert row is not None
        LiveRow(
            desk=LIVE, entry=LIVE, programme_id=programme_id, digest=row.digest, since=clock.instant()
        ).save()

    def actions(self) -> Iterable[Action]:
        """Payments, some with points, what is heard of them, redemptions and their returns, and the jobs."""
        yield Action("payments are heard of", 2.5, self._hear)
        yield Action("buy", 1.5, self._buy)
        if self._with_points():
            yield Action("end a payment with points", 0.8, self._end)
        yield Action("points job", 0.4, lambda: self.job(self.random.choice(JOBS)))
        yield Action("programme", 0.1, self.world.quietly(self._point))
        yield Action("redeem", 0.5, self._redeem)
        yield Action("reverse", 0.3, self._reverse)
        yield Action("look at points", 0.1, lambda: self.clients.read(app, f"/points/customers/{CUSTOMER}"))

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """Points are reserved, or leave, meanwhile."""
        yield self._buy
        yield self._redeem

    def _hear(self) -> None:
        """Events of payments, in any order, some twice."""
        events = self.world.bus.events.values()
        there = [event for event in events if event["type"] in HEARD and not self._early(event["data"])]
        for event in self.random.sample(there, min(3, len(there))):
            self._put.add(event["id"])
            self.world.queues.put(HEARS, bus.body(event))

    def _early(self, data: dict[str, Any]) -> bool:
        """A refund whose payment has not taken its points yet: it would fail until that has come."""
        taken = self.world.stored.rows["points-redemptions"]
        return "refund_id" in data and data["points"] > 0 and (data["payment_id"],) not in taken

    def _buy(self) -> None:
        """A payment of the customer's: money of it earns points, and points may pay a part."""
        merchants = [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]
        manual = self.random.random() < 0.4
        body: dict[str, Any] = {
            "payer_account_id": wallet_id(CUSTOMER, "CNY"),
            "merchant_id": self.random.choice(merchants),
            "amount": self.random.choice([20, 99, 100, 950, 2_000]),
            "currency": "CNY",
            "merchant_order_no": f"points-{len(self.clients.sent)}",
            "points": self.random.choice([0, 5, 60, 95, 250]),
            "capture": "manual" if manual else "automatic",
        }
        if manual:
            soon = timedelta(minutes=self.random.choice([1, 30, 600]))
            body["expires_at"] = clock.instant(self.world.now() + soon)
        self.clients.post(payments, "/payments", body)

    def _with_points(self) -> list[Row]:
        """Payments with points whose money is held or captured."""
        open_ = {"authorized", "succeeded", "partially_refunded"}
        return [row for row in self._payments() if row["status"] in open_ and POINTS in _shares(row)]

    def _payments(self) -> list[Row]:
        return [row for row in self.rows("payments") if row["record"] == "payment"]

    def _end(self) -> None:
        """Its capture, of a part mostly, its cancellation, or a refund."""
        payment, part = self.random.choice(self._with_points()), self.random.choice([1, 2, 3])
        amount = -(-payment["amount"] // part)
        act, body = "refunds", {"amount": amount, "reason": "returned"}
        if payment["status"] == "authorized":
            act, body = self.random.choice([("capture", {"amount": amount}), ("cancel", None)])
        self.clients.post(payments, f"/payments/{payment['payment_id']}/{act}", body)

    def _redeem(self) -> None:
        points = self.random.choice([1, 7, 60, 400])
        body = {"customer_id": CUSTOMER, "points": points, "reference": "order"}
        self.clients.post(app, "/point-redemptions", body)

    def _reverse(self) -> None:
        made = [row for row in self.rows("points-redemptions") if row["redemption_id"].startswith("red_")]
        if made:
            path = f"/point-redemptions/{self.random.choice(made)['redemption_id']}/reversals"
            points = self.random.choice([1, 5, 60])
            self.clients.post(app, path, {"points": points})

    def _open_reservations(self) -> set[str]:
        row = self.world.stored.rows["ledger-accounts"].get((accounts.account_id(CUSTOMER),), {})
        reserved = row.get("lt", "||").split("|")[1]
        return {each.partition("=")[0] for each in reserved.split(";") if each}

    # What must hold

    def changed(self, changes: list[Change]) -> None:
        """What is owed follows each movement; earnings and redemptions go one way."""
        for change in changes:
            new = change.new or {}
            if change.table == "ledger-journals":
                self._journal(new)
            elif change.table == "points-earnings":
                _earning(change.old or {}, new)
            elif change.table == "points-members":
                check(new.get("owed", 0) >= 0, f"{new} owes less than nothing")
            elif change.table == "points-redemptions":
                lots, returned = parsed(new["lots"]), parsed(new["returned"])
                more = {month for month, points in returned.items() if points > lots.get(month, 0)}
                check(not more, f"{new} returned more than it took")
        worth = sum(row["balance"] // PER_FEN for row in self._accounts())
        check(self._owed == worth, f"the bank owes {self._owed}, points are worth {worth}")

    def _journal(self, row: Row) -> None:
        for account_id, amount in parsed(row["legs"]):
            self._owed += amount if account_id == LIABILITY else 0
            self._cost -= amount if account_id == COST else 0
            if account_id.startswith("pts_"):
                self._moved[account_id][row["kind"]] += amount

    def _accounts(self) -> list[Row]:
        return [row for row in self.rows("ledger-accounts") if row["kind"] == "points"]

    def finish(self) -> None:
        """Everything is heard of, and both jobs run."""
        waiting = [event for event in self.world.bus.events.values() if event["type"] in HEARD]
        # Refunds last: those that were early so far.
        for event in sorted(waiting, key=lambda event: "refund_id" in event["data"]):
            if event["id"] not in self._put:
                self._put.add(event["id"])
                self.world.queues.put(HEARS, bus.body(event))
        while self.world.queues.deliver_all():
            pass
        for job in JOBS:
            check(self.job(job), f"{job} did not end")

    def drained(self) -> None:
        """Invariant 15: earned = spent + expired + taken back + what is left, for each customer."""
        # What the last deliveries have published.
        self.finish()
        while self.world.queues.deliver_all():
            pass
        self.world.deliveries.deliver_all()
        self._each_payment_took()
        earnings = self.rows("points-earnings")
        waiting = [row for row in earnings if row["status"] == "pending"]
        check(not waiting, f"never booked: {waiting}")
        members = {row["customer_id"]: row for row in self.rows("points-members")}
        for account in self._accounts():
            moved, customer_id = self._moved[account["account_id"]], account["owner_id"]
            total = sum(moved.values())
            check(account["balance"] == total, f"{account} has moved by {dict(moved)}")
            mine = [row for row in earnings if row["customer_id"] == customer_id]
            earned = sum(row["granted"] - row["taken_back"] for row in mine)
            booked = moved["points-earned"] + moved["points-taken-back"]
            owed = members.get(customer_id, {}).get("owed", 0)
            check(earned == booked - owed, f"{customer_id} earned {earned}, booked {booked}, owes {owed}")
        self._each_payment_earned(earnings)

    def _each_payment_took(self) -> None:
        """Points are reserved for what is held alone; what a payment told was taken, and refunds returned."""
        held = {
            row["payment_id"]
            for row in self._payments()
            if row["status"] in {"authorized", "in_review"} and POINTS in _shares(row)
        }
        check(self._open_reservations() == held, f"reserved: {self._open_reservations()}, held: {held}")
        taken = {row["redemption_id"]: row for row in self.rows("points-redemptions")}
        back: dict[str, int] = defaultdict(int)
        for data in self.world.bus.of_type("PaymentRefunded"):
            back[data["payment_id"]] += data["points"]
            self._cost += data["points_amount"]
        for data in self.world.bus.of_type("PaymentSucceeded"):
            row = taken.get(data["payment_id"], {"points": 0, "returned": "{}"})
            self._cost -= data["points_amount"]
            check(row["points"] == data["captured_points"], f"{row} was taken for {data}")
            returned = sum(parsed(row["returned"]).values())
            check(returned == back[data["payment_id"]], f"{back[data['payment_id']]} return to {row}")
        check(self._cost == self._owed, f"{self._cost} was borne for what is owed, {self._owed}")

    def _each_payment_earned(self, earnings: list[Row]) -> None:
        """A customer's payment in yuan has earned what is left after refunds of the money in it, once."""
        found = {row["payment_id"]: row for row in earnings}
        for data in self.world.bus.of_type("PaymentSucceeded"):
            money = data["captured_amount"] - data["discount"] - data["points_amount"]
            if data["customer_id"] and data["currency"] == "CNY" and money >= 100:
                row = found.get(data["payment_id"])
                check(row is not None, f"{data['payment_id']} has earned nothing")
                assert row is not None
                check(row["points"] == money // 100 * 10, f"{row} of {data}")
        refunds: dict[str, dict[str, int]] = defaultdict(dict)
        for data in self.world.bus.of_type("PaymentRefunded"):
            money = data["amount"] - data["discount_returned"] - data["points_amount"]
            refunds[data["payment_id"]][data["refund_id"]] = money
        for payment_id, row in found.items():
            told = parsed(row.get("refunds")) or {}
            check(told == refunds[payment_id], f"{row} knows of {told}, there were {refunds[payment_id]}")


def _shares(payment: Row) -> dict[str, Any]:
    """What others than its payer pay of it."""
    found: dict[str, Any] = parsed(payment.get("shr") or "{}")
    return found


def _earning(old: Row, new: Row) -> None:
    """It is booked once, and nothing is pending again that was not."""
    before, after = old.get("status", "unknown"), new["status"]
    allowed = {
        "unknown": {"unknown", "pending", "void"},
        "pending": {"pending", "booked", "void"},
        "booked": {"booked"},
        "void": {"void"},
    }
    check(after in allowed[before], f"an earning went from {before} to {after}: {new}")
    check(before != "booked" or new["granted"] == old["granted"], f"{new} was booked as {old}")
    check(0 <= new["taken_back"] <= new["granted"] <= new["points"], f"{new} gave or took too much")
    check(("due_shard" in new) == (after == "pending"), f"{new} is not where the job looks for it")
