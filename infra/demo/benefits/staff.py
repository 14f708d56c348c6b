"""Staff of the demo, and what they set up: products, a programme of points, rules that let a replay pass."""

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bank import clock
from infra import people, starter
from infra.customers import done
from infra.demo.benefits import plan
from infra.demo.benefits.expected import STOCK
from infra.environment import Environment
from infra.people import HEAD_OFFICE, Member

CURRENCY = "CNY"
# More than anybody earns here.
UNBOUND = 1_000_000
WATCHED = "watched_"


@dataclass(frozen=True)
class Staff:
    """Members of the head office; what they propose the approver approves, whom another let in."""

    marketing: Member
    finance: Member
    analyst: Member


def enter(stage: Environment) -> Staff:
    """Let them in, and give them their roles."""
    administrator = people.administrator(stage)
    approver = people.enter(administrator.colleagues[0], unit_id=HEAD_OFFICE, roles=["rol_risk_approver"])

    def member(role: str) -> Member:
        entered = people.enter(administrator, unit_id=HEAD_OFFICE, roles=[role])
        entered.colleagues = [approver]
        return entered

    return Staff(member("rol_marketing_officer"), member("rol_finance_officer"), member("rol_risk_analyst"))


def coupon(staff: Staff, merchant_id: str, starts_at: datetime, ends_at: datetime) -> str:
    """The tiered coupon of one merchant, on the shelf, good within a window; its product's id."""
    steps = [{"threshold": threshold, "amount": off} for threshold, off in plan.STEPS]
    content = {
        "name": "满减券",
        "discount": {"type": "tiers", "steps": steps},
        "where": {"merchants": [merchant_id]},
        "validity": {"starts_at": clock.instant(starts_at), "ends_at": clock.instant(ends_at)},
        "bearers": plan.BEARERS,
        "per_customer": plan.COUPONS_EACH,
        "stock": {"units": STOCK, "budget": STOCK * plan.STEPS[-1][1]},
    }
    return _on_shelf(staff, content)


def pool(staff: Staff) -> str:
    """The pool that all claim from at once, on the shelf; its product's id."""
    content = {
        "name": "代金券",
        "discount": {"type": "amount_off", "amount": 3_00},
        "validity": {"days": 30},
        "per_customer": plan.CLAIMS_FIRST,
        "stock": {"units": plan.CODES},
    }
    return _on_shelf(staff, content)


def _on_shelf(staff: Staff, content: dict[str, Any]) -> str:
    body = {"content": {"kind": "coupon", "currency": CURRENCY, **content}}
    product_id = str(done(staff.marketing.post("/benefit-products", body))["product_id"])
    done(staff.marketing.post(f"/benefit-products/{product_id}/publication"))
    return product_id


def programme(staff: Staff) -> None:
    """Points on each payment from now on: one a yuan, more in the second tier, booked when the job comes."""
    rules = {"_id": "1", "if": "amount >= 100", "rate": '"1"', "plus": '""'}
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if"}],
        "outputs": [{"id": "rate", "field": "per_yuan"}, {"id": "plus", "field": "plus"}],
        "rules": [rules],
    }
    content = {
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
    gold = {"name": "gold", "points": plan.GOLD_FROM, "percent": plan.GOLD_PERCENT}
    bounds = dict.fromkeys(("per_payment", "per_day", "per_month"), UNBOUND)
    terms = {"pending_days": 0, "valid_months": 12, "tiers": [gold], **bounds}
    body = {"content": content, "terms": terms, "note": "demo of benefits"}
    drafted = done(staff.finance.post("/points/programmes", body))
    done(staff.finance.post(f"/points/programmes/{drafted['programme_id']}/activation"))


@contextlib.contextmanager
def replaying(staff: Staff) -> Iterator[None]:
    """Judge payments by lists alone, for as long as months of purchases are paid within minutes.

    Rules of velocity and of usual amounts would challenge them, and rightly so. What was live is live again
    afterwards; where nothing was, nothing changes.
    """
    live = {each["product"]: each["live"] for each in done(staff.analyst.get("/risk/live"))["items"]}
    before = live.get("payment")
    if before is None:
        yield
        return
    _put_live(staff.analyst, {**_lists_alone(), "note": f"replay {uuid.uuid4().hex[:8]}"})
    try:
        yield
    finally:
        reason = {"reason": "the replay is over"}
        done(staff.analyst.post(f"/risk/rule-sets/{before}/rollback", reason))


def _lists_alone() -> dict[str, Any]:
    """The starter rules for payments without all that counts and compares."""
    (draft,) = (each for each in starter.drafts() if each["product"] == "benefit")
    content = json.loads(json.dumps(draft["content"]))
    for node in content["nodes"]:
        if "content" in node:
            node["content"]["rules"] = [
                rule for rule in node["content"]["rules"] if WATCHED in rule["reason"]
            ]
    return {**draft, "product": "payment", "content": content}


def _put_live(analyst: Member, draft: dict[str, Any]) -> None:
    rule_set_id = done(analyst.post("/risk/rule-sets", draft))["rule_set_id"]
    path = f"/risk/rule-sets/{rule_set_id}"
    approval_id = done(analyst.post(f"{path}/submission"))["approval_id"]
    starter.approve(analyst.colleagues[0], approval_id)
    done(analyst.post(f"{path}/activation", {"approval_id": approval_id}))
