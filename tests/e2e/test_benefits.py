"""Benefits on the deployed stack: handed out within their stock, spent once, given back whole."""

import re
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bank.ledger.payees import settlement_id
from infra.channel import Answer
from tests.e2e import customers
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.e2e.people import People

pytestmark = pytest.mark.rooms(
    "benefits", "payments", "accounts", "customers", "merchants", "staff", "approvals"
)

OFF = 1_000
COUPON: dict[str, Any] = {
    "kind": "coupon",
    "name": "立减10元",
    "currency": "CNY",
    "discount": {"type": "amount_off", "amount": OFF},
    "validity": {"days": 30},
    "per_customer": 10,
    "stock": {"units": 30, "budget": 30 * OFF},
}


PASS: dict[str, Any] = {
    "kind": "service_pass",
    "name": "洗车3次卡",
    "currency": "CNY",
    "uses": 3,
    "validity": {"days": 30},
    "stock": {"units": 30},
}

VOUCHER: dict[str, Any] = {
    "kind": "voucher_code",
    "name": "咖啡券",
    "currency": "CNY",
    "validity": {"days": 30},
    "per_customer": 10,
    "stock": {"units": 1_000},
}


def _product(people: People, **content: Any) -> str:
    return _on_shelf(people, {**COUPON, **content})


def _on_shelf(people: People, content: dict[str, Any]) -> str:
    officer = people.head_office("rol_marketing_officer")
    drafted = created(officer.post("/benefit-products", {"content": content}))
    path = f"/benefit-products/{drafted['product_id']}"
    published = ok(officer.post(f"{path}/publication"))
    assert published["status"] == "on_shelf"
    return str(drafted["product_id"])


def _customer(deployed: Deployed, balance: int = 0) -> tuple[str, str]:
    """A customer's id and wallet."""
    customer = customers.register(deployed)
    account_id = customer.wallet()["account_id"]
    if balance:
        deployed.deposit(account_id, balance, currency="CNY")
    return customer.customer_id, account_id


def _claim(deployed: Deployed, product_id: str, customer_id: str, account_id: str) -> Callable[[], Answer]:
    path, body = (
        "/entitlements",
        {"product_id": product_id, "account_id": account_id, "customer_id": customer_id},
    )
    key = str(uuid.uuid4())
    return lambda: deployed.post(path, body, key=key)


def _outcomes(answers: list[Answer]) -> Counter[str]:
    return Counter(answer.json.get("code") or answer.json["status"] for answer in answers)


def test_no_more_are_handed_out_than_there_are_and_none_twice(deployed: Deployed, people: People) -> None:
    """80 claims at once on a stock of 30, each sent twice."""
    product_id = _product(people)
    claimants = [_customer(deployed) for _ in range(8)]
    claims = [_claim(deployed, product_id, *each) for each in claimants for _ in range(10)]

    answers = at_once([*claims, *claims])

    issued = {answer.json["entitlement_id"] for answer in answers if answer.status == 201}
    assert len(issued) == 30, _outcomes(answers)
    assert _outcomes(answers).keys() <= {"issued", "sold_out", "budget_used_up"}
    officer = people.head_office("rol_marketing_officer")
    left = ok(officer.get(f"/benefit-products/{product_id}/caps"))
    assert (left["units"], left["budget"]) == (0, 0)


def test_no_branch_and_no_channel_hands_out_more_than_one_may(deployed: Deployed, people: People) -> None:
    """50 claims at once; all are of one branch and one channel, and the branch may hand out less."""
    stock = {"units": 30, "each_branch": {"units": 12, "budget": 12 * OFF}, "each_channel": {"units": 20}}
    product_id = _product(people, stock=stock)
    claimants = [_customer(deployed) for _ in range(5)]

    answers = at_once([_claim(deployed, product_id, *each) for each in claimants for _ in range(10)])

    assert _outcomes(answers)["issued"] == 12
    assert _outcomes(answers).keys() == {"issued", "sold_out_in_branch"}
    left = ok(people.head_office("rol_marketing_officer").get(f"/benefit-products/{product_id}/caps"))
    assert left["units"] == 30 - 12


def test_one_entitlement_in_fifty_payments_at_once_pays_once(deployed: Deployed, people: People) -> None:
    product_id = _product(people)
    customer_id, account_id = _customer(deployed, 50_000)
    entitlement_id = created(_claim(deployed, product_id, customer_id, account_id)())["entitlement_id"]
    merchant = deployed.merchant()
    pay: dict[str, Any] = {"currency": "CNY", "entitlement_ids": [entitlement_id]}

    answers = at_once([lambda: deployed.pay(account_id, merchant, 1_500, **pay)] * 50)

    paid = [answer.json for answer in answers if answer.json.get("status") == "succeeded"]
    assert len(paid) == 1, _outcomes(answers)
    assert (paid[0]["discount_amount"], paid[0]["payer_amount"]) == (OFF, 500)
    assert deployed.account(account_id)["balance"] == 50_000 - 500
    used = ok(deployed.get(f"/entitlements/{entitlement_id}"))
    assert used["status"] == "redeemed"

    again = created(
        deployed.post(f"/payments/{paid[0]['payment_id']}/refunds", {"amount": 1_500, "reason": "returned"})
    )
    assert (again["payer_amount"], again["discount_returned"]) == (500, OFF)
    assert ok(deployed.get(f"/entitlements/{entitlement_id}"))["status"] == "issued"
    deployed.eventually(lambda: deployed.account(account_id)["balance"], 50_000)


def test_a_held_payment_keeps_it_and_gives_it_back(deployed: Deployed, people: People) -> None:
    product_id = _product(people)
    customer_id, account_id = _customer(deployed, 50_000)
    entitlement_id = created(_claim(deployed, product_id, customer_id, account_id)())["entitlement_id"]
    merchant = deployed.merchant()
    pay: dict[str, Any] = {"currency": "CNY", "entitlement_ids": [entitlement_id]}
    held = created(deployed.pay(account_id, merchant, 1_500, capture="manual", **pay))
    path = f"/payments/{held['payment_id']}"

    assert ok(deployed.get(f"/entitlements/{entitlement_id}"))["status"] == "reserved"
    ends = [
        lambda: deployed.post(f"{path}/cancel"),
        lambda: deployed.post(f"{path}/capture", {}),
    ] * 4
    answers = at_once(ends)

    assert any(answer.status == 200 for answer in answers)
    status = deployed.payment(held["payment_id"])["status"]
    ended = {"cancelled": "issued", "succeeded": "redeemed"}
    assert ok(deployed.get(f"/entitlements/{entitlement_id}"))["status"] == ended[status]
    assert deployed.account(account_id)["balance"] == 50_000 - (500 if status == "succeeded" else 0)
    if status == "succeeded":
        account = settlement_id(merchant, "CNY")
        deployed.eventually(lambda: deployed.account(account)["balance"] > 500, True)


def test_the_best_is_quoted_and_used(deployed: Deployed, people: People) -> None:
    product_id = _product(people)
    customer_id, account_id = _customer(deployed, 50_000)
    entitlement_id = created(_claim(deployed, product_id, customer_id, account_id)())["entitlement_id"]
    merchant = deployed.merchant()
    order = {"account_id": account_id, "merchant_id": merchant, "amount": 1_500, "currency": "CNY"}

    def quoted() -> list[str]:
        found = ok(deployed.post("/promotions/quote", order))
        return [each["entitlement_id"] for each in found["applied"]]

    deployed.eventually(quoted, [entitlement_id])
    paid = created(deployed.pay(account_id, merchant, 1_500, currency="CNY", auto_apply=True))
    assert paid["benefits"] == [{"entitlement_id": entitlement_id, "discount_amount": OFF}]
    assert quoted() == []


def test_a_strangers_entitlement_is_not_there(deployed: Deployed, people: People) -> None:
    product_id = _product(people)
    customer_id, account_id = _customer(deployed)
    entitlement_id = created(_claim(deployed, product_id, customer_id, account_id)())["entitlement_id"]
    _, other = _customer(deployed, 50_000)

    refused = deployed.pay(
        other, deployed.merchant(), 1_500, currency="CNY", entitlement_ids=[entitlement_id]
    )

    problem(refused, 404, "entitlement_not_found")
    stranger = customers.register(deployed)
    assert stranger.call("GET", f"/entitlements/{entitlement_id}").status == 404


def test_a_code_shown_at_a_till_redeems_one_use_however_often_it_is_scanned(
    deployed: Deployed, people: People
) -> None:
    customer = customers.register(deployed)
    product_id = _on_shelf(people, PASS)
    wallet = customer.wallet()["account_id"]
    entitlement_id = created(_claim(deployed, product_id, customer.customer_id, wallet)())["entitlement_id"]
    code = created(customer.call("POST", f"/entitlements/{entitlement_id}/code"))["code"]
    scan = {"code": code, "merchant_id": deployed.merchant()}

    answers = at_once([lambda: deployed.post("/entitlements/redemptions", scan)] * 8)

    done = [answer.json for answer in answers if answer.status == 201]
    assert len(done) == 1, _outcomes(answers)
    assert done[0]["uses_left"] == 2
    path = f"/entitlements/redemptions/{done[0]['redemption_id']}"
    assert ok(deployed.get(path)) == done[0]
    assert ok(deployed.post(f"{path}/reversal"))["reversed_at"]
    assert ok(deployed.get(f"/entitlements/{entitlement_id}"))["uses_left"] == 3
    problem(deployed.post("/entitlements/redemptions", scan), 422, "redemption_code_unknown")


def test_voucher_codes_go_out_once_each_and_no_more_than_there_are(
    deployed: Deployed, people: People
) -> None:
    """80 claims at once on a pool of 30, each sent twice."""
    product_id = _on_shelf(people, VOUCHER)
    officer = people.head_office("rol_marketing_officer")
    pattern = {"generate": {"pattern": "CAFE-########", "count": 30}}
    loaded = ok(officer.post(f"/benefit-products/{product_id}/codes", pattern))
    assert (loaded["loaded"], loaded["free"]) == (30, 30)
    claimants = [_customer(deployed) for _ in range(8)]
    claims = [_claim(deployed, product_id, *each) for each in claimants for _ in range(10)]

    answers = at_once([*claims, *claims])

    issued = {answer.json["entitlement_id"] for answer in answers if answer.status == 201}
    codes = {ok(deployed.get(f"/entitlements/{each}"))["voucher_code"] for each in issued}
    assert len(issued) == len(codes) == 30, _outcomes(answers)
    assert all(re.fullmatch("CAFE-[A-Z0-9]{8}", code) for code in codes)
    caps = ok(officer.get(f"/benefit-products/{product_id}/caps"))
    assert caps["codes"] == {"free": 0, "issued": 30}
