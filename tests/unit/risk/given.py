"""Rule sets, decisions and closed cases for the risk room's tests."""

from pathlib import Path
from typing import Any

import boto3

from bank.config import config
from bank.risk import facts
from risk import app
from risk.settings import settings
from tests.support import bus, http
from tests.support.approvals import approve

STARTER = Path(app.__file__).parent / "starter"
NOW = "2026-11-21T04:00:00.000000Z"
DAY = "2026-11-21"
BRANCH = http.staff("unit_branch")


def model(amount: int = 10_000, outcome: str = "challenge") -> dict[str, Any]:
    """A model with one rule: payments over `amount` get `outcome`."""
    row = {"_id": "1", "if": f"amount > {amount}", "outcome": f'"{outcome}"', "reason": '"large_amount"'}
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "if", "name": "If"}],
        "outputs": [
            {"id": "outcome", "name": "Outcome", "field": "outcome"},
            {"id": "reason", "name": "Reason", "field": "reason"},
        ],
        "rules": [row],
    }
    return {
        "nodes": [
            {"id": "in", "name": "Facts", "type": "inputNode", "position": {"x": 0, "y": 0}},
            {
                "id": "table",
                "name": "Verdict",
                "type": "decisionTableNode",
                "position": {"x": 1, "y": 0},
                "content": table,
            },
            {"id": "out", "name": "Hits", "type": "outputNode", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "e1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "e2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }


def body(content: dict[str, Any] | None = None, **changed: Any) -> dict[str, Any]:
    """A draft as it is posted."""
    draft = {
        "product": "payment",
        "content": content or model(),
        "caps": {"1h": {"count": 20}},
        "posture": "challenge",
        "note": "first version",
    }
    return {**draft, **changed}


def call(method: str, path: str, body: Any = None, **options: Any) -> http.Reply:
    """Call the room's API, by staff of the head office unless another caller is given."""
    return http.call(app.app, method, path, body, **{"principal": http.staff(), **options})


def draft(content: dict[str, Any] | None = None, **changed: Any) -> str:
    """Draft a rule set; its id."""
    reply = call("POST", "/risk/rule-sets", body(content, **changed))
    assert reply.status == 201, reply.body
    rule_set_id: str = reply.json["rule_set_id"]
    return rule_set_id


def submitted(rule_set_id: str) -> str:
    """Submit it; the approval's id."""
    reply = call("POST", f"/risk/rule-sets/{rule_set_id}/submission")
    assert reply.status == 200, reply.body
    approval_id: str = reply.json["approval_id"]
    return approval_id


def activate(rule_set_id: str, approval_id: str) -> http.Reply:
    """Ask for it to go live by an approval."""
    return call("POST", f"/risk/rule-sets/{rule_set_id}/activation", {"approval_id": approval_id})


def live(content: dict[str, Any] | None = None, **changed: Any) -> str:
    """Draft, approve and activate a rule set; its id."""
    rule_set_id = draft(content, **changed)
    approval_id = submitted(rule_set_id)
    approve(approval_id)
    assert activate(rule_set_id, approval_id).status == 200
    return rule_set_id


def decision(record_id: str = "pay_1", amount: int = 5_000, **changed: Any) -> dict[str, Any]:
    """A payment's event with its verdict, as it lies on the bus."""
    risk = {
        "outcome": "approve",
        "reasons": [],
        "rules": "rls_0",
        "posture": False,
        "input": facts.pack(facts.nested({"product": "payment", "amount": amount, "currency": "CNY"})),
        **changed.pop("risk", {}),
    }
    name, event_id, time = changed.pop("type", "PaymentSucceeded"), changed.pop("event_id", ""), NOW
    data = {
        "payment_id": record_id,
        "payer_account_id": "wal_1",
        "merchant_id": "mer_1",
        "customer_id": "cus_1",
        "client_id": "cli_app",
        "unit_id": "unit_branch",
        "device_id": "dev_1",
        "amount": amount,
        "currency": "CNY",
        "risk": risk,
        **changed,
    }
    return {
        "id": event_id or f"evt_{record_id}",
        "type": f"perkbank.payments.{name}.v1",
        "source": "/perkbank/payments",
        "time": data.pop("time", time),
        "data": data,
    }


def closed(
    outcome: str = "confirmed", record_ids: tuple[str, ...] = ("pay_1",), **about: Any
) -> dict[str, Any]:
    """A closed case's event."""
    data = {
        "case_id": "cas_1",
        "outcome": outcome,
        "unit_id": "unit_branch",
        "customer_id": "cus_1",
        "merchant_id": "mer_1",
        "device_id": None,
        "record_ids": list(record_ids),
        "amount": 5_000,
        "currency": "CNY",
        "closed_at": NOW,
        **about,
    }
    event_id = data.pop("event_id", "evt_closed")
    return {
        "id": event_id,
        "type": "perkbank.cases.CaseClosed.v1",
        "source": "/perkbank/cases",
        "time": NOW,
        "data": data,
    }


def messages(*envelopes: dict[str, Any]) -> dict[str, Any]:
    """The SQS event that brings them."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "body": bus.body(envelope),
                "eventSource": "aws:sqs",
            }
            for number, envelope in enumerate(envelopes)
        ]
    }


def decided(*envelopes: dict[str, Any]) -> None:
    """Give decisions to the room."""
    assert app.on_decisions(messages(*envelopes), http.context())["batchItemFailures"] == []


def case_closed(envelope: dict[str, Any]) -> None:
    """Give a closed case to the room."""
    assert app.on_cases(messages(envelope), http.context())["batchItemFailures"] == []


def objects(kind: str) -> list[str]:
    """What lies in the bucket."""
    answer = boto3.client("s3", region_name=config.region).list_objects_v2(
        Bucket=settings.bucket, Prefix=kind
    )
    return [each["Key"] for each in answer.get("Contents", [])]


def queued() -> list[dict[str, Any]]:
    """The messages on the queue of backtests."""
    sqs = boto3.client("sqs", region_name=config.region)
    answer = sqs.receive_message(QueueUrl=settings.backtests_queue_url, MaxNumberOfMessages=10)
    return [
        {"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"}
        for each in answer.get("Messages", [])
    ]
