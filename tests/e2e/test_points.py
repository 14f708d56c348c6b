"""Points over the deployed stack: earned with a payment, booked by the job, given by staff, taken back."""

import random
import uuid

import pytest

from bank.points import accounts
from tests.e2e import customers
from tests.e2e.deployed import Deployed, created, ok
from tests.e2e.staffed import Member
from tests.unit.points.given import TERMS, model

pytestmark = pytest.mark.rooms("points")

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
