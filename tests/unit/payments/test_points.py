"""Payments with points: they pay what benefits leave, and come back to their lots with what is refunded."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.app import app as accounts_app
from bank import clock, ledger, store
from bank.ledger.lots import Lots
from bank.points import accounts
from bank.store import recent, retries
from payments import app as room
from payments.tables import PAYMENT, PaymentRow
from points import app as points_room
from points.service import members, programmes
from tests.support import bus, funding, http, risk
from tests.support.http import Reply, call
from tests.support.streams import Cloud
from tests.unit.bank.ledger.given import Clock
from tests.unit.bank.points import given as points
from tests.unit.benefits import given
from tests.unit.payments.test_app import MERCHANT, register
from tests.unit.payments.test_benefits import SETTLEMENT, TEN_OFF, balance, row_of
from tests.unit.points.given import Bank, stands

START = 1_000_000
# What the customer has: 300 points that expire tomorrow, and 700 that do not.
JANUARY, MARCH = "2026-01", "2026-03"
LOTS = {JANUARY: 300, MARCH: 700}
WORTH = 200


class Shop:
    """A customer with money and points, a merchant, and the points room, which hears what payments tell."""

    def __init__(self, cloud: Cloud, time: Clock) -> None:
        self.cloud, self.time = cloud, time
        self.told: list[dict[str, Any]] = []
        self.wallet = given.wallet()

    def pay(self, amount: int, spent: int, key: str = "p1", **fields: Any) -> Reply:
        body = {
            "payer_account_id": self.wallet,
            "merchant_id": MERCHANT,
            "amount": amount,
            "currency": "CNY",
            "merchant_order_no": f"order-{key}",
            "points": spent,
            **fields,
        }
        return call(room.app, "POST", "/payments", body, key=key)

    def post(self, payment: dict[str, Any], act: str, body: Any = None, key: str = "a1") -> Reply:
        return call(room.app, "POST", f"/payments/{payment['payment_id']}/{act}", body, key=key)

    def refund(self, payment: dict[str, Any], amount: int, key: str = "r1", **fields: Any) -> Reply:
        return self.post(payment, "refunds", {"amount": amount, "reason": "returned", **fields}, key)

    def get(self, payment: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = call(room.app, "GET", f"/payments/{payment['payment_id']}").json
        return found

    def settle(self) -> None:
        """Deliver all that was told, last first, where some has to come again; and then all of it twice."""
        self.cloud.settle()
        told, self.told = self.told, []
        for event in reversed(told):
            self._deliver(event)
        for event in told * 2:
            assert self._deliver(event) == {"batchItemFailures": []}, event
        self.cloud.settle()

    def _deliver(self, event: dict[str, Any]) -> Any:
        body = bus.body({**event, "time": clock.instant()})
        record = {"messageId": "m", "body": body, "eventSource": "aws:sqs", "attributes": {}}
        return points_room.on_payment_events({"Records": [record]}, http.context())

    def free(self) -> dict[str, int]:
        return dict(accounts.lots_of(points.row()).free)

    def held(self) -> int:
        return int(points.row().held)

    def agrees(self) -> None:
        Bank(self.cloud, self.time).agrees()


@pytest.fixture
def shop(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """It is noon of 30 January 2026 there."""
    time = Clock()
    monkeypatch.setattr(retries, "pause", lambda attempt: None)
    programmes.forget()
    recent.forget()
    risk.forget()
    with clock.source(time):
        register(MERCHANT)
        made = Shop(cloud, time)
        monkeypatch.setattr(room, "publish", lambda envelopes: made.told.extend(envelopes))
        points.opened(LOTS)
        cloud.settle()
        made.told.clear()
        yield made
    risk.forget()
    recent.forget()


def test_points_pay_and_the_customer_the_rest(shop: Shop) -> None:
    paid = shop.pay(5_000, 400).json

    assert (paid["status"], paid["amount"], paid["points"]) == ("succeeded", 5_000, 400)
    assert (paid["points_amount"], paid["payer_amount"], paid["discount_amount"]) == (80, 4_920, 0)
    assert paid["benefits"] == []
    assert (shop.free(), shop.held()) == ({MARCH: 600}, 400)
    shop.settle()
    assert (shop.free(), shop.held()) == ({MARCH: 600}, 0)
    assert balance(shop.wallet) == START - 4_920
    # The merchant has the gross less its fee; of what the bank owed, it bore what the points had cost.
    assert balance(SETTLEMENT) == 5_000 - paid["fee"] == paid["net"]
    assert (stands("points-liability"), stands("points-cost")) == (WORTH - 80, -WORTH)
    assert shop.get(paid) == paid
    shop.agrees()


def test_refunds_in_parts_return_all_of_them_to_their_lots_and_the_last_what_is_left(shop: Shop) -> None:
    paid = shop.pay(3_000, 500).json
    shop.settle()

    parts = [shop.refund(paid, amount, f"r{amount}") for amount in (1_001, 999, 1_000)]
    shop.settle()

    assert [part.status for part in parts] == [201] * 3, parts
    assert [part.json["points_amount"] for part in parts] == [33, 34, 33]
    assert [part.json["points_returned"] for part in parts] == [165, 170, 165]
    assert [part.json["payer_amount"] for part in parts] == [968, 965, 967]
    found = shop.get(paid)
    assert (found["status"], found["points"], found["points_returned"]) == ("refunded", 500, 500)
    assert (balance(shop.wallet), shop.free()) == (START, LOTS)
    assert (stands("points-liability"), stands("points-cost")) == (WORTH, -WORTH)
    shop.agrees()


def test_what_returns_to_a_lot_that_has_expired_expires_at_once(shop: Shop) -> None:
    paid = shop.pay(3_000, 500).json
    shop.settle()
    shop.time.forward(days=2)
    shop.refund(paid, 3_000)
    shop.settle()

    assert shop.free() == {MARCH: 700}
    shop.agrees()


def test_points_pay_what_a_coupon_leaves(shop: Shop) -> None:
    coupon = given.entitlement(given.product(**TEN_OFF), shop.wallet)
    paid = shop.pay(1_100, 495, entitlement_ids=[coupon]).json
    shop.settle()

    assert (paid["discount_amount"], paid["points_amount"], paid["payer_amount"]) == (1_000, 99, 1)
    assert paid["benefits"] == [{"entitlement_id": coupon, "discount_amount": 1_000}]
    shop.refund(paid, 1_100)
    shop.settle()
    assert (balance(shop.wallet), balance("int_marketing_CNY"), shop.free()) == (START, 0, LOTS)
    assert row_of(coupon).status == "issued"
    shop.agrees()


def test_a_part_that_is_captured_takes_its_points_and_the_others_return(shop: Shop) -> None:
    held = shop.pay(3_000, 500, capture="manual").json
    shop.settle()
    assert (held["status"], held["points"], shop.held()) == ("authorized", 500, 500)
    captured = shop.post(held, "capture", {"amount": 1_000})
    shop.settle()

    assert captured.status == 200, captured.body
    assert (captured.json["points"], captured.json["payer_amount"]) == (165, 967)
    assert (shop.free(), shop.held()) == ({JANUARY: 135, MARCH: 700}, 0)
    assert balance(shop.wallet) == START - 967
    assert shop.pay(3_000, 500, capture="manual").json == held
    shop.refund(captured.json, 1_000)
    shop.settle()
    assert (balance(shop.wallet), shop.free()) == (START, LOTS)
    shop.agrees()


def test_a_part_so_small_that_points_pay_none_of_it_returns_them_all(shop: Shop) -> None:
    held = shop.pay(3_000, 5, capture="manual").json
    assert shop.post(held, "capture", {"amount": 1_000}).json["points"] == 0
    shop.settle()

    assert (shop.free(), shop.held()) == (LOTS, 0)
    shop.agrees()


def test_of_what_points_pay_all_but_one_no_part_is_captured_that_they_pay_whole(shop: Shop) -> None:
    held = shop.pay(101, 500, capture="manual").json

    refused = shop.post(held, "capture", {"amount": 40})
    assert (refused.status, refused.json["code"]) == (409, "capture_too_small")
    assert shop.post(held, "capture", {}, "a2").json["payer_amount"] == 1


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_a_hold_that_comes_to_nothing_gives_them_back(shop: Shop, end: str) -> None:
    soon = clock.instant(clock.now() + timedelta(hours=1))
    held = shop.pay(3_000, 500, capture="manual", expires_at=soon).json
    if end == "cancelled":
        shop.post(held, "cancel")
    shop.time.forward(hours=1, seconds=1)

    assert shop.get(held)["status"] == end
    shop.settle()
    assert (balance(shop.wallet), shop.free(), shop.held()) == (START, LOTS, 0)
    shop.agrees()


def test_a_rejected_review_gives_them_back_and_a_released_one_takes_them(shop: Shop) -> None:
    risk.live("payment", ("amount > 2000", "review", "large"))
    held = [shop.pay(5_000, spent, f"p{spent}").json for spent in (200, 300)]
    assert [each["status"] for each in held] == ["in_review"] * 2
    for payment, decision in zip(held, ("reject", "release"), strict=True):
        answer = risk.decided(room.on_reviews, payment["payment_id"], "payment", decision)
        assert answer == {"batchItemFailures": []}
    shop.settle()

    assert (shop.get(held[0])["status"], shop.get(held[1])["points"]) == ("declined", 300)
    assert (balance(shop.wallet), shop.held()) == (START - 4_940, 0)
    assert sum(shop.free().values()) == 700
    shop.agrees()


def test_a_review_that_nobody_decides_gives_them_back(shop: Shop) -> None:
    risk.live("payment", ("amount > 2000", "review", "large"))
    held = shop.pay(5_000, 300).json
    shop.time.forward(days=8)

    assert shop.get(held)["status"] == "declined"
    shop.settle()
    # The lot of January has expired by now.
    assert (shop.free(), shop.held()) == ({MARCH: 700}, 0)
    shop.agrees()


def test_each_line_has_its_part_of_them(shop: Shop) -> None:
    """Tea is all but paid by its coupon: points pay the pot."""
    off = {"discount": {"type": "percent_off", "basis_points": 9_000}, "lines": {"categories": ["tea"]}}
    items = [
        {"sku": "t1", "category": "tea", "amount": 1_000},
        {"sku": "pot", "category": "pots", "amount": 2_000},
    ]
    coupon = given.entitlement(given.product(**off), shop.wallet)
    paid = shop.pay(3_000, 500, entitlement_ids=[coupon], items=items).json
    shop.settle()

    tea = shop.refund(paid, 1_000, "r1", items=[{"line": 1, "amount": 1_000}]).json
    pot = [shop.refund(paid, 1_000, f"r{n}", items=[{"line": 2, "amount": 1_000}]).json for n in (2, 3)]
    shop.settle()

    assert (tea["discount_returned"], tea["points_returned"], tea["payer_amount"]) == (900, 25, 95)
    assert [part["points_returned"] for part in pot] == [240, 235]
    assert (balance(shop.wallet), shop.free()) == (START, LOTS)
    assert row_of(coupon).status == "issued"
    shop.agrees()


def test_lines_alone_have_their_part_too(shop: Shop) -> None:
    items = [{"sku": "a", "amount": 1}, {"sku": "b", "amount": 999}]
    paid = shop.pay(1_000, 995, items=items).json
    shop.settle()

    back = shop.refund(paid, 1, items=[{"line": 1, "amount": 1}]).json
    assert (back["payer_amount"], back["points_returned"]) == (1, 0)
    shop.refund(paid, 999, "r2")
    shop.settle()
    assert (balance(shop.wallet), shop.free()) == (START, LOTS)


@pytest.mark.parametrize(
    ("amount", "spent", "code"),
    [
        (5_000, 1_005, "insufficient_points"),
        (200, 1_000, "points_exceed_price"),
        (5, 25, "points_exceed_price"),
        (10**9, 10**9, "insufficient_points"),
    ],
)
def test_what_points_cannot_pay_is_declined_and_nothing_is_lost(
    shop: Shop, amount: int, spent: int, code: str
) -> None:
    declined = shop.pay(amount, spent)

    assert (declined.status, declined.json["decline"]["code"]) == (201, code)
    assert (declined.json["points"], declined.json["payer_amount"]) == (0, amount)
    shop.settle()
    assert (balance(shop.wallet), shop.free(), shop.held()) == (START, LOTS, 0)


def test_what_is_declined_for_money_has_set_no_points_aside(shop: Shop) -> None:
    declined = shop.pay(START + 200, 500).json
    shop.cloud.settle()

    assert declined["decline"]["code"] == "insufficient_funds"
    [told] = [event["data"] for event in shop.told if event["type"].endswith("PaymentDeclined.v1")]
    assert (told["points"], told["points_amount"]) == (0, 100)
    shop.settle()
    assert (shop.free(), shop.held()) == (LOTS, 0)


def test_points_are_customers_and_pay_in_the_home_currency(shop: Shop) -> None:
    body = {"owner_id": "own_1", "kind": "wallet", "currency": "CNY"}
    nobodys = call(accounts_app, "POST", "/accounts", body).json["account_id"]
    funding.deposit(nobodys, 10_000, "CNY", key="d1")
    dollars = risk.customer_wallet("cus_2", 10_000, free_limit=10_000, currency="USD")
    poor = risk.customer_wallet("cus_3", 10_000, free_limit=10_000)

    refused = [
        shop.pay(5_000, 5, "n", payer_account_id=nobodys),
        shop.pay(5_000, 5, "d", payer_account_id=dollars, currency="USD"),
        shop.pay(5_000, 5, "p", payer_account_id=poor),
    ]

    codes = [each.json["decline"]["code"] for each in refused]
    assert codes == ["points_of_no_customer", "points_other_currency", "no_points_account"]


@pytest.mark.parametrize("spent", [4, 501, -5, 10**15, "500", 5.0, None, True])
def test_points_are_whole_fen(shop: Shop, spent: Any) -> None:
    refused = shop.pay(5_000, spent)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "points")
    if spent == 501:
        assert "multiple of 5" in refused.json["errors"][0]["message"]


def test_the_same_request_again_spends_none_and_another_is_refused(shop: Shop) -> None:
    paid, again = shop.pay(5_000, 400), shop.pay(5_000, 400)

    assert (again.json, again.headers["Idempotent-Replayed"]) == (paid.json, "true")
    assert shop.pay(5_000, 405).json["code"] == "idempotency_key_reused"
    assert shop.held() == 400


def test_none_is_what_was_asked_for_before_there_were_any(shop: Shop) -> None:
    paid = shop.pay(5_000, 0)
    body = {
        "payer_account_id": shop.wallet,
        "merchant_id": MERCHANT,
        "amount": 5_000,
        "currency": "CNY",
        "merchant_order_no": "order-p1",
    }
    again = call(room.app, "POST", "/payments", body, key="p1")

    assert (again.status, again.json) == (201, paid.json)


def test_so_many_payments_under_way_as_the_account_has_room_for(shop: Shop) -> None:
    made = [shop.pay(1_000, 100, f"p{n}", capture="manual").json for n in range(5)]

    assert [each["status"] for each in made] == ["authorized"] * 4 + ["declined"]
    assert made[4]["decline"]["code"] == "too_many_reserved"
    shop.post(made[0], "capture", {})
    shop.settle()
    assert shop.pay(1_000, 100, "p5", capture="manual").json["status"] == "authorized"


def test_the_customer_confirms_points_as_they_do_money(shop: Shop) -> None:
    """Who holds another's telephone spends no points above the free limit either."""
    careful = risk.customer_wallet("cus_4", START, free_limit=4_000)
    row = accounts.opened(customer_id="cus_4", client_id="cli_test", unit_id="unit_head")
    row, _ = ledger.accounts.open_account(row)
    members.book_journal(row, Lots({MARCH: 500}), kind="points-adjusted", reference="gift", once="gift")
    asked = shop.pay(4_100, 500, payer_account_id=careful)
    paid = shop.pay(4_000, 500, "p2", payer_account_id=careful)
    risk.live("payment", ("amount >= 5000", "decline", "large"))

    assert (asked.status, asked.json["code"]) == (403, "challenge_required")
    assert (paid.json["status"], paid.json["payer_amount"]) == ("succeeded", 3_900)
    assert shop.pay(5_000, 500, "large").json["decline"]["code"] == "risk_declined"


def test_of_a_payment_whose_row_says_that_points_paid_more_nothing_is_given_back(shop: Shop) -> None:
    paid = shop.pay(5_000, 400).json
    shop.settle()
    row = store.get(PaymentRow, paid["payment_id"], PAYMENT)
    assert row is not None
    row.shares = {"points": {"points": 800}}
    row.save()

    assert shop.refund(paid, 2_500).status == 500
    assert shop.free() == {MARCH: 600}


def test_points_past_their_month_pay_nothing(shop: Shop) -> None:
    shop.time.forward(days=2)

    assert shop.pay(5_000, 705).json["decline"]["code"] == "insufficient_points"
    assert shop.pay(5_000, 700, "p2").json["points"] == 700
