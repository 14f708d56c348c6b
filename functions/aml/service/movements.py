"""The movement history: events of money that moved, as lines in S3, by business day.

An object is a batch as it was delivered, named by what it holds; an event that comes twice is in two batches,
and counts once where the history is read (by event id).
"""

import json
from collections.abc import Iterable
from typing import Any

from aml.adapters import object_store
from bank import clock, ids
from bank.observability import logger


def line_of(envelope: dict[str, Any]) -> dict[str, Any] | None:
    """The movement that an event tells of, or None where no money moved between two accounts."""
    data = envelope["data"]
    name = envelope["type"].split(".")[2]
    if name not in KINDS:
        return None
    at = clock.parse(envelope["time"])
    return {
        "event_id": envelope["id"],
        "moved_at": clock.instant(at),
        "day": clock.business_date(at).isoformat(),
        "currency": data["currency"],
        **KINDS[name](data),
    }


def _deposit(data: dict[str, Any]) -> dict[str, Any]:
    cash = data.get("cash", False)
    return _moved("deposit", data["movement_id"], "", data["account_id"], data["amount"], cash)


def _withdrawal(data: dict[str, Any]) -> dict[str, Any]:
    cash = data.get("cash", False)
    return _moved("withdrawal", data["movement_id"], data["account_id"], "", data["amount"], cash)


def _transfer(data: dict[str, Any]) -> dict[str, Any]:
    return _moved(
        "transfer", data["transfer_id"], data["from_account_id"], data["to_account_id"], data["amount"]
    )


def _payment(data: dict[str, Any]) -> dict[str, Any]:
    receiver = data["settlement_account_id"]
    return _moved("payment", data["payment_id"], data["payer_account_id"], receiver, data["captured_amount"])


def _payout(data: dict[str, Any]) -> dict[str, Any]:
    return _moved("payout", data["payout_id"], data["settlement_account_id"], "", data["amount"])


def _moved(
    kind: str, record_id: str, sender: str, receiver: str, amount: int, cash: bool = False
) -> dict[str, Any]:
    return {
        "kind": kind,
        "record_id": record_id,
        "from_account": sender,
        "to_account": receiver,
        "amount": amount,
        "cash": cash,
    }


KINDS = {
    "MoneyDeposited": _deposit,
    "MoneyWithdrawn": _withdrawal,
    "TransferSucceeded": _transfer,
    "PaymentSucceeded": _payment,
    "PayoutBooked": _payout,
}


def keep(lines: Iterable[dict[str, Any]]) -> int:
    """Add movements to the history, one object for each business day; how many."""
    by_day: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_day.setdefault(line["day"], []).append(line)
    for day, some in by_day.items():
        digest = ids.digest(sorted(line["event_id"] for line in some))
        object_store.write_movements(day, digest, (json.dumps(line, separators=(",", ":")) for line in some))
    kept = sum(map(len, by_day.values()))
    logger.info("movements kept", movements=kept, days=len(by_day))
    return kept
