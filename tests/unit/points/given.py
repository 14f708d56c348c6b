"""What the tests of the points room start from: programmes, payments that are heard of, and jobs."""

import itertools
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from unittest import mock

from bank import clock, ids, ledger, store
from bank.events import queues
from bank.ledger import AccountRow, Kind, verification
from bank.points import accounts
from bank.points.worth import worth
from points import app
from points.tables import EarningRow, MemberRow
from tests.support import bus, http
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import Clock

MINE = "cus_1"
TERMS: dict[str, Any] = {
    "pending_days": 7,
    "valid_months": 12,
    "per_payment": 5_000,
    "per_day": 10_000,
    "per_month": 50_000,
    "tiers": [],
}
_runs = itertools.count()


def model(*rows: tuple[str, str, str]) -> dict[str, Any]:
    """Rules that give points for each yuan, and points besides, where a condition holds."""
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if"}],
        "outputs": [{"id": "rate", "field": "per_yuan"}, {"id": "plus", "field": "plus"}],
        "rules": [
            {"_id": str(number), "if": condition, "rate": f'"{rate}"', "plus": f'"{plus}"'}
            for number, (condition, rate, plus) in enumerate(rows)
        ],
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode"},
            {"id": "rules", "type": "decisionTableNode", "content": table},
            {"id": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "rules"},
            {"id": "e2", "sourceId": "rules", "targetId": "out"},
        ],
    }


ONE_A_YUAN = model(("amount >= 100", "1", ""))


def call(method: str, path: str, body: Any = None, **options: Any) -> http.Reply:
    """Call the room's API."""
    return http.call(app.app, method, path, body, **options)


def draft(content: Any = ONE_A_YUAN, **terms: Any) -> str:
    """A programme that is drafted; its id."""
    body = {"content": content, "terms": {**TERMS, **terms}, "note": "a version"}
    reply = call("POST", "/points/programmes", body)
    assert reply.status == 201, reply.body
    return str(reply.json["programme_id"])


def live(content: Any = ONE_A_YUAN, **terms: Any) -> str:
    """A programme by which points are earned from now on; its id."""
    programme_id = draft(content, **terms)
    reply = call("POST", f"/points/programmes/{programme_id}/activation")
    assert reply.status == 200, reply.body
    return programme_id


def customer(customer_id: str = MINE, client_id: str = "cli_app", unit_id: str = "unit_head") -> None:
    """A customer, as far as other rooms see: whoever has a wallet of the home currency."""
    row = ledger.accounts.new_row(
        account_id=ids.derived("wal", customer_id, "CNY"),
        owner_id=customer_id,
        kind=Kind.WALLET,
        currency="CNY",
        client_id=client_id,
        unit_id=unit_id,
    )
    ledger.accounts.open_account(row)


class Bank:
    """The room with its queues, as SQS and EventBridge are."""

    def __init__(self, cloud: Cloud, time: Clock) -> None:
        self.cloud = cloud
        self.time = time
        self.counts: Counter[str] = Counter()

    def hear(self, name: str, data: dict[str, Any], at: str | None = None, room: str = "payments") -> bool:
        """An event of another room; whether it was taken."""
        envelope = {
            "id": ids.new("evt"),
            "type": f"perkbank.{room}.{name}.v1",
            "time": at or clock.instant(),
            "data": data,
        }
        handler = app.on_payment_events if room == "payments" else app.on_customer_events
        return not _delivered(handler, bus.body(envelope))

    def paid(self, payment_id: str, amount: int, at: str | None = None, **other: Any) -> bool:
        """A payment that has succeeded."""
        data = {
            "payment_id": payment_id,
            "customer_id": MINE,
            "client_id": "cli_app",
            "unit_id": "unit_head",
            "captured_amount": amount,
            "currency": "CNY",
            "capture": "automatic",
            **other,
        }
        return self.hear("PaymentSucceeded", data, at)

    def refunded(self, payment_id: str, amount: int, refund_id: str = "") -> bool:
        """A refund of a payment."""
        refund_id = refund_id or ids.new("ref")
        data = {"payment_id": payment_id, "refund_id": refund_id, "amount": amount, "currency": "CNY"}
        return self.hear("PaymentRefunded", data)

    def leaves(self, customer_id: str = MINE) -> bool:
        """A customer who is one no longer."""
        data = {"customer_id": customer_id, "client_id": "cli_app", "unit_id": "unit_head"}
        return self.hear("CustomerClosed", data, room="customers")

    def run(self, job: Any = app.on_booking, left_ms: int = 60_000) -> dict[str, int]:
        """A whole run of a job; what it did."""
        waiting: list[str] = []

        def send(_: str, bodies: Iterable[str]) -> None:
            waiting.extend(bodies)

        counted: Counter[str] = Counter()
        with mock.patch.object(queues, "send", send):
            at = clock.now().timestamp() + next(_runs)
            job({"time": clock.instant(clock.now().fromtimestamp(at, clock.SHANGHAI))}, http.context())
            while waiting:
                body = waiting.pop(0)
                hurried = http.context()
                hurried.get_remaining_time_in_millis = lambda: left_ms
                with mock.patch.object(app.runs, "take", _counting(app.runs.take, counted)):
                    assert not _delivered(app.on_parts, body, hurried)
        return dict(counted)

    def agrees(self) -> None:
        """The ledger verifies, and what is owed is what the points of each account are worth."""
        self.cloud.settle()
        self.time.forward(minutes=5)
        report = verification.verify()
        assert (report["differences"], report["zero_sum"]) == ([], True)
        owed = sum(worth(int(row.balance)) for row in AccountRow.scan() if row.kind == Kind.POINTS)
        assert stands("points-liability") == owed


def _counting(take: Any, counted: Counter[str]) -> Any:
    def counting(part: Any, **options: Any) -> Any:
        counts, further = take(part, **options)
        counted.update(counts)
        return counts, further

    return counting


def _delivered(handler: Any, body: str, context: Any = None) -> list[Any]:
    """What of a message failed."""
    record = {"messageId": "m", "body": body, "eventSource": "aws:sqs", "attributes": {}}
    failures: list[Any] = handler({"Records": [record]}, context or http.context())["batchItemFailures"]
    return failures


def stands(name: str, currency: str = "CNY") -> int:
    """Balance of one of the bank's own accounts."""
    row = store.get(AccountRow, ledger.internal(name, currency))
    return ledger.rows.whole(row).to_domain().balance if row else 0


def earning(payment_id: str) -> EarningRow:
    """What a payment earns, as it is noted."""
    row = store.get(EarningRow, payment_id)
    assert row is not None
    return row


def account() -> AccountRow | None:
    """The customer's account of points."""
    return store.get(*accounts.key(MINE))


def lots() -> dict[str, int]:
    """The customer's free lots."""
    row = account()
    return dict(accounts.lots_of(row).free) if row else {}


def owed() -> int:
    """Points that the customer owes."""
    row = store.get(MemberRow, MINE)
    return int(row.owed) if row else 0


def as_json(row: EarningRow) -> str:
    """All of a row."""
    return json.dumps(row.serialize(), sort_keys=True)
