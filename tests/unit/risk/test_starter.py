"""The starter rules: each signal speaks, none speaks of accounts that no customer stands behind."""

import json
from typing import Any

import pytest

from bank.risk import facts, replay, rule_sets
from infra import starter
from infra.channel import Answer
from risk.domain.labels import MERCHANT_AT_RISK, OF_THE_PAYER
from tests.support import http
from tests.support.approvals import approve
from tests.unit.risk import given

PRODUCTS = [draft["product"] for draft in starter.drafts()]
USUAL = {
    "customer.days": 40,
    "amount_home": 3_000,
    "currency": "CNY",
    "customer.given": True,
    "customer.count_30d": 20,
    "customer.mean_30d": 3_000,
    "customer.ratio": 90,
    "payee.given": True,
    "merchant.given": True,
}


def content(product: str) -> Any:
    return next(draft["content"] for draft in starter.drafts() if draft["product"] == product)


def verdict(product: str = "payment", **changed: Any) -> tuple[str, tuple[str, ...]]:
    flat = {
        **USUAL,
        "product": product,
        **{name.replace("__", "."): value for name, value in changed.items()},
    }
    outcome, reasons = replay(content(product), facts.pack(facts.nested(flat)))
    return outcome.value, reasons


@pytest.mark.parametrize("product", PRODUCTS)
def test_there_is_nothing_wrong_with_the_models(product: str) -> None:
    assert rule_sets.faults(content(product)) == []
    assert verdict(product) == ("approve", ())


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount_home": 22_001}, "large_amount"),
        ({"amount_home": 9_000, "customer__ratio": 300}, "over_own_history"),
        ({"amount_home": 10_000, "customer__ratio": 250}, "over_own_history"),
        ({"customer__frauds_28d": 2, "customer__ratio": 120}, "payer_defrauded_lately"),
        ({"merchant__frauds_28d": 1}, "merchant_at_risk"),
        ({"customer__count_1m": 3}, "many_payments"),
        ({"device__given": True, "device__frauds_28d": 1}, "unusual_device"),
        ({"travel__given": True, "travel__kmh": 901}, "impossible_travel"),
        ({"device__new": True, "amount_home": 10_000, "customer__ratio": 200}, "unusual_device"),
        (
            {"night": True, "amount_home": 10_000, "customer__ratio": 210, "customer__count_24h": 30},
            "at_night",
        ),
    ],
)
def test_each_signal_of_a_payment_challenges(changed: dict[str, Any], reason: str) -> None:
    outcome, reasons = verdict(**changed)

    assert outcome == "challenge"
    assert reason in reasons


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        ({"device__customers_30d": 5}, "decline", "many_customers_on_device"),
        ({"device__customers_30d": 2, "customer__days": 0}, "decline", "new_account_on_shared_device"),
        ({"device__frauds_28d": 1}, "decline", "unusual_device"),
        ({"customer__days": 0, "amount_home": 10_000}, "challenge", "new_account"),
        # Short of each.
        ({"device__customers_30d": 4}, "approve", None),
        ({"device__customers_30d": 1, "customer__days": 0, "amount_home": 9_999}, "approve", None),
    ],
)
def test_each_signal_of_a_claim(changed: dict[str, Any], outcome: str, reason: str | None) -> None:
    said = verdict("benefit", **{"customer__days": 1, "device__given": True, **changed})

    assert said == (outcome, (reason,) if reason else ())


def test_a_new_payee_weighs_when_money_is_transferred() -> None:
    usual = {"payee__new": True, "amount_home": 100_000}
    assert verdict("transfer", **usual)[0] == "approve"

    outcome, reasons = verdict("transfer", **usual, customer__ratio=200)

    assert outcome == "challenge"
    assert "new_payee" in reasons


def test_much_at_once_holds_a_transfer() -> None:
    outcome, _ = verdict(
        "transfer", amount_home=6_000_000, customer__ratio=300, payee__frauds_28d=1, payee__new=True
    )

    assert outcome == "review"


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("who", ["customer", "device", "payee", "merchant"])
def test_who_is_watched_is_held(product: str, who: str) -> None:
    assert verdict(product, **{f"lists__{who}": "watch"}) == ("review", (f"watched_{who}",))


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_account_without_a_customer_cannot_be_asked_and_is_not(product: str) -> None:
    assert verdict(product, customer__given=False, amount_home=10**9, customer__ratio=900)[0] == "approve"


def test_the_reasons_that_labels_go_by_are_those_of_the_rules() -> None:
    said = json.dumps([content(product) for product in PRODUCTS])

    for reason in (*OF_THE_PAYER, MERCHANT_AT_RISK):
        assert f'\\"{reason}\\"' in said


class Staff:
    """Calls the room as a member of staff, and approvals as a checker would."""

    def __init__(self, staff_id: str) -> None:
        self.principal = http.staff(staff_id=staff_id)
        self.approved: list[str] = []

    def get(self, path: str) -> Answer:
        if path.startswith("/approvals/"):
            return self._answer(200, {"step": 0, "content_digest": "d"})
        return self._called("GET", path)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        if path.startswith("/approvals/"):
            self.approved.append(path.split("/")[2])
            approve(self.approved[-1])
            return self._answer(200, {})
        return self._called("POST", path, body, key=key)

    def _called(self, method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
        reply = given.call(method, path, body, key=key, principal=self.principal)
        return Answer(reply.status, reply.headers, reply.body.encode(), 1, 0.0)

    def _answer(self, status: int, body: Any) -> Answer:
        return Answer(status, {}, json.dumps(body).encode(), 1, 0.0)


def test_they_go_live_by_two_and_once() -> None:
    maker, checker = Staff("stf_maker"), Staff("stf_checker")

    live = starter.put_live(maker, checker)
    again = starter.put_live(maker, checker)

    assert list(live) == PRODUCTS
    assert again == live
    assert (len(maker.approved), len(checker.approved)) == (0, len(PRODUCTS))
    shown = given.call("GET", "/risk/live").json["items"]
    assert {item["product"]: item["live"] for item in shown if item["live"]} == live
