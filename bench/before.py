"""Round trips and capacity units of each operation in its handler, before its answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from accounts.app import app as accounts
from bank import clock, ledger, store
from bench import access, entitled, report, scenes
from bench.background import Background
from bench.meter import Meter, Usage
from bench.report import Row, Section
from bench.scenes import Request, Unexpected
from payments.app import app as payments
from payments.domain import MAX_DESCRIPTION_BYTES

REPEATS = 3
TOO_MUCH = 2 * scenes.PLENTY
# Payments of a payer and of a merchant: a page, and nothing beyond it.
LISTED = 20
LONGEST_REASON = "唱" * 64
LONGEST: dict[str, Any] = {
    "merchant_order_no": "9" * 64,
    "description": "唱" * (MAX_DESCRIPTION_BYTES // 3),
    "device_id": "d" * 40,
    "location": {"latitude_e6": -89_123_456, "longitude_e6": -179_123_456},
}


@dataclass(frozen=True)
class Operation:
    """Something to measure; `prepare` does, unmeasured, all that must be there before its request."""

    name: str
    round_trips: int
    write_units: int
    prepare: Callable[[], Request]
    # The status that the answer's body must have, where one matters.
    status: str | None = None


def the_answer(background: Background) -> Section:
    """Budgets: set beforehand for payment and balance; for the others today's cost, so that growth shows."""
    wallet = scenes.new_wallet()
    operations = [
        *_payments(wallet),
        *_follow_ups(wallet, background),
        *_movements(wallet),
        *_benefits(background),
        *_points(background),
        *_reads(wallet, background),
    ]
    rows = [_measured(operation) for operation in operations]
    return Section("Before the answer", ("round trips", "read units", "write units"), rows)


def _measured(operation: Operation) -> Row:
    # The first in a process loads the live rules, which none after it does.
    used = [_used(operation) for _ in range(1 + REPEATS)][1:]
    trips = max(usage.round_trips for usage in used)
    writes = max(usage.writes for usage in used)
    budget = report.both(
        report.at_most(operation.round_trips, trips, " trips"),
        report.at_most(operation.write_units, writes, " WCU"),
    )
    return Row(operation.name, (trips, max(usage.reads for usage in used), writes), budget)


def _used(operation: Operation) -> Usage:
    request = operation.prepare()
    with Meter() as meter:
        answer = request.send()
    if operation.status and str(answer["status"]) != operation.status:
        raise Unexpected(f"{operation.name}: {answer}")
    return meter.usage


def _payments(wallet: str) -> list[Operation]:
    largest, customer = _largest_wallet(), scenes.customer()

    def again() -> Request:
        request = scenes.payment(wallet)
        request.send()
        return request

    def by_code() -> Request:
        code = Request(payments, "POST", "/payment-codes", {"account_id": wallet}).send()["code"]
        return scenes.payment(None, payment_code=code)

    def signed() -> Request:
        # The first has its key read, which is then kept for a minute.
        replace(scenes.payment(wallet), wrap=access.signed).send()
        return replace(scenes.payment(wallet), wrap=access.signed)

    return [
        Operation("wallet payment", 2, 6, lambda: scenes.payment(wallet), "succeeded"),
        Operation(
            "  every field at its longest", 2, 6, lambda: scenes.payment(largest, **LONGEST), "succeeded"
        ),
        Operation("  declined", 2, 2, lambda: scenes.payment(wallet, amount=TOO_MUCH), "declined"),
        Operation("  sent again", 1, 0, again, "succeeded"),
        Operation("  by payment code", 3, 8, by_code, "succeeded"),
        Operation("  signed by its client", 3, 7, signed, "succeeded"),
        Operation("  authorized", 2, 7, lambda: scenes.payment(wallet, capture="manual"), "authorized"),
        Operation("  challenged", 3, 1, lambda: scenes.challenged(customer), "403"),
        Operation("  with a payment token", 2, 8, lambda: scenes.confirmed(customer), "succeeded"),
        Operation("  held for review", 2, 7, lambda: scenes.reviewed(wallet), "in_review"),
    ]


def _benefits(background: Background) -> list[Operation]:
    holder = entitled.holder()

    def refund() -> Request:
        payment_id = str(entitled.payment(entitled.customer(), 0).send()["payment_id"])
        background.settle()
        return scenes.of_payment(payment_id, "refunds", {"amount": scenes.PRICE, "reason": "returned"})

    def capture() -> Request:
        held = entitled.payment(entitled.customer(), 0, capture="manual").send()
        return scenes.of_payment(str(held["payment_id"]), "capture", {})

    def parted() -> Request:
        return entitled.claim(entitled.customer(), parted=True)

    def pay(*numbers: int, **fields: Any) -> Callable[[], Request]:
        # Each by a customer of its own: one customer has ten of a product.
        return lambda: entitled.payment(entitled.customer(), *numbers, **fields)

    return [
        Operation("payment with a coupon", 2, 8, pay(0), "succeeded"),
        Operation("  with three", 2, 12, pay(0, 1, 2), "succeeded"),
        Operation("  with the best of them", 3, 8, lambda: entitled.best(entitled.customer()), "succeeded"),
        Operation("  authorized", 2, 9, pay(0, capture="manual"), "authorized"),
        Operation("  captured", 4, 13, capture, "succeeded"),
        Operation("  refunded", 3, 12, refund),
        Operation("claim of a capped benefit", 2, 4, lambda: entitled.claim(entitled.customer()), "issued"),
        Operation("  capped by branch and channel too", 2, 8, parted, "issued"),
        Operation("quote over 30 entitlements", 2, 0, lambda: entitled.quote(holder)),
    ]


def _points(background: Background) -> list[Operation]:
    def pay(*numbers: int, **fields: Any) -> Callable[[], Request]:
        return lambda: entitled.pointed(entitled.customer(), *numbers, **fields)

    def capture() -> Request:
        held = pay(capture="manual")().send()
        return scenes.of_payment(str(held["payment_id"]), "capture", {})

    def refund() -> Request:
        payment_id = str(pay()().send()["payment_id"])
        background.settle()
        return scenes.of_payment(payment_id, "refunds", {"amount": scenes.PRICE, "reason": "returned"})

    return [
        Operation("payment with points", 2, 8, pay(), "succeeded"),
        Operation("  and a coupon", 2, 10, pay(0), "succeeded"),
        Operation("  authorized", 2, 9, pay(capture="manual"), "authorized"),
        Operation("  captured", 4, 11, capture, "succeeded"),
        Operation("  refunded", 3, 10, refund),
    ]


def _largest_wallet() -> str:
    """A wallet whose row is as large as an account's row can be."""
    wallet = scenes.new_wallet("c" * 64)
    for step in ("freeze", "unfreeze"):
        Request(accounts, "POST", f"/accounts/{wallet}/{step}", {"reason": LONGEST_REASON}).send()
    transaction, row = store.Transaction(), ledger.accounts.find(wallet)
    until = clock.now() + timedelta(days=1)
    ledger.lowering.lower(transaction, row, until=until, per_day=ledger.NO_LIMIT - 1)
    transaction.commit()
    return wallet


def _follow_ups(wallet: str, background: Background) -> list[Operation]:
    partner = scenes.new_merchant()

    def paid() -> str:
        payment_id = str(scenes.payment(wallet).send()["payment_id"])
        background.settle()
        return payment_id

    def authorized() -> str:
        return str(scenes.payment(wallet, capture="manual").send()["payment_id"])

    def refund() -> Request:
        return scenes.of_payment(paid(), "refunds", {"amount": 1, "reason": "returned"})

    def split() -> Request:
        receivers = [{"merchant_id": partner, "amount": 1}]
        return scenes.of_payment(paid(), "splits", {"receivers": receivers})

    return [
        Operation("capture", 4, 11, lambda: scenes.of_payment(authorized(), "capture", {}), "succeeded"),
        Operation("cancel", 4, 9, lambda: scenes.of_payment(authorized(), "cancel"), "cancelled"),
        Operation("refund", 3, 10, refund),
        Operation("split to one receiver", 4, 8, split),
    ]


def _movements(wallet: str) -> list[Operation]:
    friend = scenes.new_wallet()
    return [
        Operation("deposit", 2, 8, lambda: scenes.deposit(wallet)),
        Operation("withdrawal", 2, 6, lambda: scenes.withdrawal(wallet)),
        Operation("transfer", 2, 8, lambda: scenes.transfer(wallet, friend), "succeeded"),
    ]


def _reads(wallet: str, background: Background) -> list[Operation]:
    merchant, payer = scenes.new_merchant(), scenes.new_wallet()
    for _ in range(LISTED):
        scenes.payment(payer, merchant).send()
    background.settle()
    paid, settled = f"/accounts/{wallet}", f"/accounts/{scenes.settlement_account(merchant)}"
    by_payer, by_merchant = {"payer_account_id": payer}, {"merchant_id": merchant}
    return [
        Operation("balance", 1, 0, lambda: scenes.read(accounts, f"{paid}/balance")),
        Operation("statement page of a wallet", 2, 0, lambda: scenes.read(accounts, f"{paid}/entries")),
        Operation("statement page of a merchant", 9, 0, lambda: scenes.read(accounts, f"{settled}/entries")),
        Operation("payments of a payer", 4, 0, lambda: scenes.read(payments, "/payments", **by_payer)),
        Operation("payments of a merchant", 14, 0, lambda: scenes.read(payments, "/payments", **by_merchant)),
    ]
