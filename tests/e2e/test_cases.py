"""Cases on the deployed stack: alerts come over the bus once, and held money is decided once."""

import json
import uuid
from collections import Counter
from typing import Any

import pytest

from bank import clock
from tests.e2e.deployed import Deployed, at_once, ok, problem
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("cases")

REASON = {"reason": "seen in the end-to-end tests"}


def tell(deployed: Deployed, event_type: str, data: dict[str, Any]) -> None:
    """Put an event on the bus, as a room does."""
    room = event_type.split(".")[1]
    envelope = {
        "id": f"evt_{uuid.uuid4().hex}",
        "type": event_type,
        "source": f"/perkbank/{room}",
        "subject": room,
        "time": clock.instant(),
        "data": data,
    }
    entry = {
        "EventBusName": f"perkbank-{deployed.env.stage}",
        "Source": f"perkbank.{room}",
        "DetailType": event_type,
        "Detail": json.dumps(envelope),
    }
    assert deployed.env.aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def alert(customer_id: str, unit_id: str, alert_id: str) -> dict[str, Any]:
    """An alert of the risk room."""
    return {
        "alert_id": alert_id,
        "kind": "velocity",
        "severity": "high",
        "customer_id": customer_id,
        "unit_id": unit_id,
        "record_ids": [f"pay_{alert_id}"],
        "reasons": ["velocity"],
        "amount": 100,
        "currency": "CNY",
    }


def of_customer(principal: Any, customer_id: str) -> list[dict[str, Any]]:
    """The open cases about a customer that a caller sees."""
    items = ok(principal.get("/cases", {"limit": 100}))["items"]
    return [item for item in items if item["customer_id"] == customer_id]


def test_alerts_published_many_times_at_once_are_one_case_and_counted_once(deployed: Deployed) -> None:
    """Three alerts, each published four times: three in one case, whoever of the consumers met whom."""
    customer_id = f"cus_{uuid.uuid4().hex}"
    alerts = [alert(customer_id, "unit_head", f"alt_{uuid.uuid4().hex}") for _ in range(3)] * 4

    at_once([lambda each=each: tell(deployed, "perkbank.risk.AlertRaised.v1", each) for each in alerts])

    deployed.eventually(lambda: [case["alerts"] for case in of_customer(deployed, customer_id)], [3])
    (case,) = of_customer(deployed, customer_id)
    assert (case["amount"], len(case["record_ids"])) == (300, 3)


def test_of_many_decisions_on_held_money_one_counts(deployed: Deployed, people: People) -> None:
    """Release and reject, twelve at once: one answer of 200, and what stands is what it said."""
    customer_id, payment_id = f"cus_{uuid.uuid4().hex}", f"pay_{uuid.uuid4().hex}"
    held = {**alert(customer_id, "unit_head", "alt_held"), "payment_id": payment_id}
    held |= {"payer_account_id": "wal_held", "merchant_id": "mer_held", "capture": "automatic"}
    held["risk"] = {"outcome": "review", "reasons": ["amount_over_history"]}
    tell(deployed, "perkbank.payments.PaymentHeldForReview.v1", held)
    deployed.eventually(lambda: len(of_customer(deployed, customer_id)), 1)
    case_id = of_customer(deployed, customer_id)[0]["case_id"]
    path = f"/cases/{case_id}/reviews/{payment_id}/decision"

    problem(deployed.post(path, {"decision": "release", **REASON}), 403, "caller_kind")

    answers = at_once(
        [
            lambda decision=decision: people.analyst.post(path, {"decision": decision, **REASON})
            for decision in ["release", "reject"] * 6
        ]
    )

    assert Counter(answer.status for answer in answers) == {200: 1, 409: 11}
    decided = next(answer.json["status"] for answer in answers if answer.status == 200)
    (review,) = ok(deployed.get(f"/cases/{case_id}"))["reviews"]
    assert review["status"] == decided


def test_a_branch_does_not_see_another_s_cases(deployed: Deployed, people: People) -> None:
    here, there = people.branch(), people.branch()
    manager = people.staff(here, "rol_branch_manager")
    mine, theirs = f"cus_{uuid.uuid4().hex}", f"cus_{uuid.uuid4().hex}"
    for customer_id, unit_id in ((mine, here), (theirs, there)):
        data = alert(customer_id, unit_id, f"alt_{uuid.uuid4().hex}")
        tell(deployed, "perkbank.risk.AlertRaised.v1", data)
    deployed.eventually(lambda: len(of_customer(deployed, mine) + of_customer(deployed, theirs)), 2)

    assert len(of_customer(manager, mine)) == 1
    assert of_customer(manager, theirs) == []
    case_id = of_customer(deployed, theirs)[0]["case_id"]
    problem(manager.get(f"/cases/{case_id}"), 404, "case_not_found")
    body = {"outcome": "valuable", **REASON}
    problem(manager.post(f"/cases/{case_id}/closing", body), 404, "case_not_found")
