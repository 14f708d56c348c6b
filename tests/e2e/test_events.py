"""Domain events leave the deployed stack: each once it is durable, in a CloudEvents envelope."""

import json
from typing import Any

import pytest

from tests.e2e.deployed import Deployed, created

pytestmark = pytest.mark.rooms("accounts", "merchants", "payments", "transfers")

WANTED = {
    "AccountOpened": "accounts",
    "MoneyDeposited": "accounts",
    "MerchantRegistered": "merchants",
    "PaymentSucceeded": "payments",
    "PaymentRefunded": "payments",
    "TransferSucceeded": "transfers",
}


def test_events_of_each_room_are_published_on_the_bus(deployed: Deployed) -> None:
    """Read from the queue that gets a copy of every event, on a local stage alone."""
    if "events-tap" not in deployed.env.queues:
        pytest.skip("this stage has no tap")
    _empty(deployed)
    merchant, wallet, other = deployed.merchant(), deployed.wallet(10_000), deployed.wallet()
    payment_id = created(deployed.pay(wallet, merchant, 2_000))["payment_id"]
    created(deployed.post(f"/payments/{payment_id}/refunds", {"amount": 500, "reason": "scratched"}))
    body = {"from_account_id": wallet, "to_account_id": other, "amount": 100, "currency": "USD"}
    transfer_id = created(deployed.post("/transfers", body))["transfer_id"]
    about = {wallet, merchant, payment_id, transfer_id}
    seen: dict[str, dict[str, Any]] = {}

    def look() -> set[str]:
        for event in _tapped(deployed):
            if about & {event.get("subject"), event.get("data", {}).get("account_id")}:
                seen[event["type"].split(".")[2]] = event
        return WANTED.keys() - seen.keys()

    deployed.eventually(look, set())
    for name, room in WANTED.items():
        event = seen[name]
        assert (event["specversion"], event["source"]) == ("1.0", f"/perkbank/{room}")
        assert event["type"] == f"perkbank.{room}.{name}.v1"
    assert seen["PaymentSucceeded"]["data"]["amount"] == 2_000
    assert seen["TransferSucceeded"]["data"]["transfer_id"] == transfer_id


def _empty(deployed: Deployed) -> None:
    """Take from the tap what other tests have left there."""
    deployed.env.aws("sqs").purge_queue(QueueUrl=deployed.env.queues["events-tap"])


def _tapped(deployed: Deployed) -> list[dict[str, Any]]:
    """Some of the events on the tap, taken from it."""
    sqs, url = deployed.env.aws("sqs"), deployed.env.queues["events-tap"]
    events = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        events += [json.loads(message["Body"]) for message in messages]
        entries = [
            {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
            for place, message in enumerate(messages)
        ]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return [event.get("detail", event) for event in events]
