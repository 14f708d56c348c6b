"""Points: earned with the history's payments, redeemed, reserved by payments of this part's own, expired."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBConnectionError

from bank import clock, errors, ids, ledger, store
from bank.ledger.lots import Lots, expiry_month
from bank.points import accounts, spending
from bank.store import Transaction
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
LIABILITY = "int_points-liability_CNY"
PER_FEN = 5
# Of two programmes that are live in turn: valid for this month, and for the next one.
VALID = {"ppr_0": 0, "ppr_1": 1}
HEARD = {f"perkbank.payments.{name}.v1" for name in ("PaymentSucceeded", "PaymentRefunded")}


class Points(Room):
    """The points room's part."""

    queues = {settings.queue_url: "points.app.on_parts"}

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._put: set[str] = set()
        # Payments of this part's own: points that each tried to reserve.
        self._reserved: dict[str, int] = {}
        self._owed = 0
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
        """What is heard of payments, redemptions and their returns, payments with points, and the jobs."""
        yield Action("payments are heard of", 2.0, self._hear)
        yield Action("buy", 1.0, self._buy)
        yield Action("points job", 0.4, lambda: self.job(self.random.choice(JOBS)))
        yield Action("programme", 0.1, self.world.quietly(self._point))
        yield Action("redeem", 0.5, self._redeem)
        yield Action("reverse", 0.3, self._reverse)
        yield Action("reserve points", 0.5, self._reserve)
        yield Action("end of reserved points", 0.5, self._end)
        yield Action("look at points", 0.1, lambda: self.clients.read(app, f"/points/customers/{CUSTOMER}"))

    def spoilers(self) -> Iterable[Callable[[], Any]]:
        """Points are reserved, or leave, meanwhile."""
        yield self._reserve
        yield self._redeem

    def _hear(self) -> None:
        """Events of payments, in any order, some twice."""
        there = [event for event in self.world.bus.events.values() if event["type"] in HEARD]
        for event in self.random.sample(there, min(3, len(there))):
            self._put.add(event["id"])
            self.world.queues.put(HEARS, bus.body(event))

    def _buy(self) -> None:
        """A payment of the customer's, by which points are earned."""
        merchants = [row["merchant_id"] for row in self.rows("merchants") if row["record"] == "merchant"]
        body = {
            "payer_account_id": ids.derived("wal", CUSTOMER, "CNY"),
            "merchant_id": self.random.choice(merchants),
            "amount": self.random.choice([99, 100, 950, 2_000]),
            "currency": "CNY",
            "merchant_order_no": f"points-{len(self.clients.sent)}",
        }
        self.clients.post(payments, "/payments", body)

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

    def _reserve(self) -> None:
        """As a payment does in its own transaction."""
        payment_id, points = f"pay_points{len(self._reserved)}", self.random.choice([3, 20, 90])
        self._reserved[payment_id] = points

        def act() -> None:
            transaction = Transaction()
            spending.reserve(transaction, store.get(*accounts.key(CUSTOMER)), points, payment_id)
            transaction.commit()

        self.world.say(f"  {payment_id} reserves {points}")
        with contextlib.suppress(
            errors.BankError, ValueError, BotoCoreError, ClientError, PynamoDBConnectionError
        ):
            self.world.survive(lambda: store.retry_on_conflict(act))

    def _open_reservations(self) -> list[str]:
        row = self.world.stored.rows["ledger-accounts"].get((accounts.account_id(CUSTOMER),), {})
        reserved = row.get("lt", "||").split("|")[1]
        return [each.partition("=")[0] for each in reserved.split(";") if each]

    def _end(self) -> None:
        """A payment with points ends; refunds of those that took some."""
        there = self._open_reservations()
        if there:
            payment_id = self.random.choice(there)
            # It ends one way, however often that is told.
            ends = ["PaymentSucceeded", "PaymentExpired"]
            self._tell(ends[ids.shard(payment_id, 2)], payment_id, self._reserved[payment_id])
        taken = [row for row in self.rows("points-redemptions") if row["redemption_id"] in self._reserved]
        for row in taken:
            left = row["points"] - sum(parsed(row["returned"]).values())
            if left and self.random.random() < 0.3:
                self._tell("PaymentRefunded", row["redemption_id"], self.random.randint(1, left))

    def _tell(self, name: str, payment_id: str, points: int) -> None:
        """Put it on the queue, once or twice; so small a payment earns nothing."""
        data = {
            "payment_id": payment_id,
            "customer_id": CUSTOMER,
            "client_id": "cli_test",
            "unit_id": "unit_head",
            "captured_amount": 99,
            "currency": "CNY",
            "capture": "automatic",
            "points": points,
            "refund_id": ids.derived("ref", payment_id, str(points)),
            "amount": 1,
        }
        event = {"type": f"perkbank.payments.{name}.v1", "time": clock.instant(), "data": data}
        for _ in range(self.random.choice([1, 1, 2])):
            self.world.queues.put(HEARS, bus.body(event))

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
            if account_id.startswith("pts_"):
                self._moved[account_id][row["kind"]] += amount

    def _accounts(self) -> list[Row]:
        return [row for row in self.rows("ledger-accounts") if row["kind"] == "points"]

    def finish(self) -> None:
        """Everything is heard of, payments with points end, and both jobs run."""
        for event in self.world.bus.events.values():
            if event["type"] in HEARD and event["id"] not in self._put:
                self._put.add(event["id"])
                self.world.queues.put(HEARS, bus.body(event))
        for payment_id in self._open_reservations():
            self._tell("PaymentExpired", payment_id, self._reserved[payment_id])
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
        check(not self._open_reservations(), f"still reserved: {self._open_reservations()}")
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

    def _each_payment_earned(self, earnings: list[Row]) -> None:
        """A customer's payment in yuan has earned what is left of it after refunds, once."""
        found = {row["payment_id"]: row for row in earnings}
        for data in self.world.bus.of_type("PaymentSucceeded"):
            if data["customer_id"] and data["currency"] == "CNY" and data["captured_amount"] >= 100:
                row = found.get(data["payment_id"])
                check(row is not None, f"{data['payment_id']} has earned nothing")
                assert row is not None
                check(row["points"] == data["captured_amount"] // 100 * 10, f"{row} of {data}")
        refunds: dict[str, dict[str, int]] = defaultdict(dict)
        for data in self.world.bus.of_type("PaymentRefunded"):
            refunds[data["payment_id"]][data["refund_id"]] = data["amount"]
        for payment_id in found.keys() - self._reserved.keys():
            row = found[payment_id]
            told = parsed(row.get("refunds")) or {}
            check(told == refunds[payment_id], f"{row} knows of {told}, there were {refunds[payment_id]}")


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
