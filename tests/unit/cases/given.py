"""Alerts and held money as the bus delivers them."""

from typing import Any

from cases import app
from tests.support import bus
from tests.support.http import context

NOW = "2026-11-21T04:00:00.000000Z"


def message(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """The SQS event of one domain event."""
    envelope = {"type": event_type, "time": NOW, "data": data}
    return {"Records": [{"messageId": "m1", "body": bus.body(envelope), "eventSource": "aws:sqs"}]}


def deliver(event: dict[str, Any]) -> None:
    """Give it to the room; it takes every message."""
    assert app.on_alerts(event, context())["batchItemFailures"] == []


def alert(alert_id: str = "alt_1", **facts: Any) -> dict[str, Any]:
    """An alert of the risk room about customer cus_1."""
    return message("perkbank.risk.AlertRaised.v1", alert_data(alert_id, **facts))


def alert_data(alert_id: str = "alt_1", **facts: Any) -> dict[str, Any]:
    """What an alert says."""
    return {
        "alert_id": alert_id,
        "kind": "velocity",
        "severity": "medium",
        "customer_id": "cus_1",
        "merchant_id": None,
        "device_id": None,
        "unit_id": "unit_head",
        "record_ids": [f"pay_{alert_id}"],
        "reasons": ["velocity_1h"],
        "amount": 5000,
        "currency": "CNY",
        **facts,
    }


def held(payment_id: str = "pay_1", **facts: Any) -> dict[str, Any]:
    """A payment of customer cus_1 that is held for review."""
    data = {
        "payment_id": payment_id,
        "customer_id": "cus_1",
        "merchant_id": "mer_1",
        "unit_id": "unit_head",
        "amount": 90_000,
        "currency": "CNY",
        "risk": {"outcome": "review", "reasons": ["amount_over_history"], "rules": "rls_1"},
        **facts,
    }
    return message("perkbank.payments.PaymentHeldForReview.v1", data)


def lapsed(payment_id: str = "pay_1") -> dict[str, Any]:
    """The hold of that payment ended by itself."""
    return message("perkbank.payments.PaymentReviewLapsed.v1", {"payment_id": payment_id})
