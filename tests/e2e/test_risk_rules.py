"""Rules from draft to verdict: shadow, backtest, approval by somebody else, and then money is asked about."""

import random
import time
import uuid
from typing import Any

import pytest

from bank import clock
from bank.store import recent
from infra import starter
from tests.e2e.deployed import Deployed, created, ok
from tests.e2e.staffed import Member, problem_code
from tests.unit.risk.given import model

pytestmark = pytest.mark.rooms("risk")

# Cents that no other test pays, nor an earlier run on this stack: these rules disturb nobody.
ODD = random.randrange(4_000_001, 4_999_999, 2)
PATIENCE = 300.0


@pytest.fixture(scope="module")
def checker(deployed: Deployed) -> Member:
    """Who approves."""
    return Member(deployed, "stf_e2e_checker")


@pytest.fixture(scope="module")
def maker(deployed: Deployed, checker: Member) -> Member:
    """Who drafts."""
    return Member(deployed, "stf_e2e_maker", colleague=checker)


def draft(maker: Member) -> str:
    """Rules that challenge payments of just one amount."""
    content = model()
    content["nodes"][1]["content"]["rules"][0]["if"] = f"amount == {ODD}"
    body = {
        "product": "payment",
        "content": content,
        "caps": {},
        "posture": "approve",
        "note": "challenges one odd amount",
    }
    rule_set_id: str = created(maker.post("/risk/rule-sets", body, key=uuid.uuid4().hex))["rule_set_id"]
    return rule_set_id


def backtested(maker: Member, rule_set_id: str) -> dict[str, Any]:
    """The result of a backtest over today."""
    today = clock.business_date().isoformat()
    body = {"rule_set_id": rule_set_id, "first_day": today, "last_day": today}
    asked = maker.post("/risk/backtests", body, key=uuid.uuid4().hex)
    assert asked.status == 202, asked.text
    deadline = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = ok(maker.get(f"/risk/backtests/{asked.json['backtest_id']}"))
        if found["status"] != "queued":
            assert found["status"] == "finished", found
            result: dict[str, Any] = found["result"]
            return result
        assert time.monotonic() < deadline, found
        time.sleep(1)


def test_a_draft_is_tried_approved_and_then_asks(deployed: Deployed, maker: Member, checker: Member) -> None:
    payer, merchant = deployed.wallet(5 * ODD), deployed.merchant()
    rule_set_id = draft(maker)
    path = f"/risk/rule-sets/{rule_set_id}"
    ok(maker.post(f"{path}/shadowing", {"on": True}))

    # In the shadow it stops nothing, and says what it would have said.
    assert created(deployed.pay(payer, merchant, ODD))["status"] == "succeeded"
    today = clock.business_date().isoformat()
    deployed.eventually(
        lambda: ok(maker.get(f"{path}/shadow?day={today}"))["outcomes"].get("approve>challenge", 0) >= 1,
        True,
        within=PATIENCE,
    )

    # History has it, too: the backtest says so before anybody approves.
    result = backtested(maker, rule_set_id)
    assert result["outcomes"]["approve>challenge"] >= 1
    assert result["reasons"]["large_amount"] >= 1

    # The maker's own approval is none, and without one it does not go live.
    approval_id = ok(maker.post(f"{path}/submission"))["approval_id"]
    seen = {"content_digest": ok(maker.get(f"/approvals/{approval_id}"))["content_digest"]}
    assert maker.post(f"/approvals/{approval_id}/approve", seen).status == 403
    refused = maker.post(f"{path}/activation", {"approval_id": approval_id})
    assert (refused.status, problem_code(refused)) == (409, "not_approved")

    starter.approve(checker, approval_id)
    assert ok(maker.post(f"{path}/activation", {"approval_id": approval_id}))["live"] is True

    # Processes that have judged lately go by what they read before, for as long.
    time.sleep(recent.SECONDS)
    asked = deployed.pay(payer, merchant, ODD)
    assert (asked.status, problem_code(asked)) == (403, "challenge_required")
    assert created(deployed.pay(payer, merchant, ODD - 1))["status"] == "succeeded"


def test_a_branch_changes_no_rules(deployed: Deployed) -> None:
    branch = Member(deployed, "stf_e2e_branch", unit="unit_e2e_branch")

    refused = branch.post(
        "/risk/lists", {"list": "block", "kind": "device", "subject": "dev_e2e", "reason": "stolen"}
    )

    assert (refused.status, problem_code(refused)) == (403, "head_office_only")
