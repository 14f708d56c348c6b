"""Points over the deployed stack: earned with a payment, booked by the job, given by staff, taken back."""

import random
import uuid

import pytest

from bank.points import accounts
from infra.channel import Answer
from tests.e2e import customers
from tests.e2e.deployed import Deployed, at_once, created, ok
from tests.e2e.staffed import Member
from tests.unit.points.given import TERMS, model

pytestmark = pytest.mark.rooms(
    "points", "payments", "accounts", "customers", "merchants", "staff", "approvals"
)

# Fen that no other test pays, nor an earlier run on this stack: this programme gives nobody else anything.
ODD = random.randrange(10_001, 19_999, 2)
POINTS = ODD // 100 * 3


@pytest.fixture(scope="module")
def maker(deployed: Deployed) -> Member:
    """Who drafts and proposes; another approves."""
    return Member(deployed, "stf_e2e_points", colleague=Member(deployed, "stf_e2e_points_checker"))


def test_points_are_earned_booked_adjusted_and_taken_back(deployed: Deployed, maker: Member) -> None:
    content = model((f"amount == {ODD}", "3", ""))
    draft = {"content": content, "terms": {**TERMS, "pending_days": 0}, "note": "end to end"}
    programme_id = created(maker.post("/points/programmes", draft, key=uuid.uuid4().hex))["programme_id"]
    assert ok(maker.post(f"/points/programmes/{programme_id}/activation"))["live"]

    customer = customers.register(deployed)
    [wallet] = ok(deployed.get("/accounts", {"owner_id": customer.customer_id}))["items"]
    deployed.deposit(wallet["account_id"], ODD, currency="CNY")
    paid = created(deployed.pay(wallet["account_id"], deployed.merchant(), ODD, currency="CNY"))
    earning = f"/points/earnings/{paid['payment_id']}"
    deployed.eventually(lambda: deployed.get(earning).status, 200)
    assert ok(deployed.get(earning))["points"] == POINTS

    deployed.env.invoke("points-on-booking")
    deployed.eventually(lambda: ok(deployed.get(earning))["status"], "booked")
    points = f"/points/customers/{customer.customer_id}"
    assert ok(deployed.get(points))["spendable"] == POINTS
    gift = {"customer_id": customer.customer_id, "points": 50, "valid_months": 3, "reason": "end to end"}
    assert created(maker.post("/points/adjustments", gift, key=uuid.uuid4().hex))["points"] == 50

    created(deployed.post(f"/payments/{paid['payment_id']}/refunds", {"amount": ODD, "reason": "returned"}))
    deployed.eventually(lambda: ok(deployed.get(earning))["taken_back"], POINTS)
    found = ok(deployed.get(points))
    assert (found["spendable"], found["owed"], [lot["points"] for lot in found["lots"]]) == (50, 0, [50])
    deployed.env.invoke("points-on-expiry")
    statement = f"/accounts/{accounts.account_id(customer.customer_id)}/entries"
    deployed.eventually(
        lambda: [entry["kind"] for entry in ok(deployed.get(statement))["items"]],
        ["points-taken-back", "points-adjusted", "points-earned"],
    )


def _given(deployed: Deployed, maker: Member, points: int) -> tuple[str, str]:
    """A customer with money, and points that staff gave: the wallet's id, and the path of the points."""
    customer = customers.register(deployed)
    account_id = str(customer.wallet()["account_id"])
    deployed.deposit(account_id, 50_000, currency="CNY")
    gift = {"customer_id": customer.customer_id, "points": points, "valid_months": 3, "reason": "end to end"}
    created(maker.post("/points/adjustments", gift, key=uuid.uuid4().hex))
    return account_id, f"/points/customers/{customer.customer_id}"


def _stand(deployed: Deployed, path: str) -> tuple[int, list[int]]:
    """Points that can be spent, and those that are reserved."""
    found = ok(deployed.get(path))
    return found["spendable"], [each["points"] for each in found["reserved"]]


def test_points_pay_and_return_with_what_is_refunded(deployed: Deployed, maker: Member) -> None:
    account_id, path = _given(deployed, maker, 300)
    paid = created(deployed.pay(account_id, deployed.merchant(), 1_000, currency="CNY", points=300))

    assert (paid["points"], paid["points_amount"], paid["payer_amount"]) == (300, 60, 940)
    deployed.eventually(lambda: _stand(deployed, path), (0, []))
    refunds = f"/payments/{paid['payment_id']}/refunds"
    parts = [created(deployed.post(refunds, {"amount": n, "reason": "returned"})) for n in (333, 667)]
    assert [part["points_returned"] for part in parts] == [100, 200]
    deployed.eventually(lambda: _stand(deployed, path), (300, []))
    deployed.eventually(lambda: deployed.account(account_id)["balance"], 50_000)
    assert deployed.payment(paid["payment_id"])["points_returned"] == 300


def test_a_hold_gives_its_points_back(deployed: Deployed, maker: Member) -> None:
    account_id, path = _given(deployed, maker, 300)
    pay = {"currency": "CNY", "points": 300, "capture": "manual"}
    held = created(deployed.pay(account_id, deployed.merchant(), 1_000, **pay))

    assert _stand(deployed, path) == (0, [300])
    ok(deployed.post(f"/payments/{held['payment_id']}/cancel"))
    deployed.eventually(lambda: _stand(deployed, path), (300, []))


def test_twenty_payments_at_once_with_points_for_three(deployed: Deployed, maker: Member) -> None:
    account_id, path = _given(deployed, maker, 300)
    merchant = deployed.merchant()
    keys = [str(uuid.uuid4()) for _ in range(20)]

    def pay(key: str) -> Answer:
        order = {"merchant_order_no": key, "currency": "CNY", "points": 100}
        return deployed.pay(account_id, merchant, 1_000, key=key, **order)

    answers = dict(zip(keys, at_once([lambda key=key: pay(key) for key in keys]), strict=True))
    # Who was overtaken for too long has spent nothing, and asks again.
    while busy := [key for key, answer in answers.items() if answer.status == 503]:
        answers |= {key: pay(key) for key in busy}

    paid = [answer.json for answer in answers.values() if answer.json["status"] == "succeeded"]
    codes = {answer.json["decline"]["code"] for answer in answers.values() if answer.json["decline"]}
    assert (len(paid), codes) == (3, {"insufficient_points"})
    deployed.eventually(lambda: _stand(deployed, path), (0, []))
    assert deployed.account(account_id)["balance"] == 50_000 - 3 * 980
