"""Exports of a customer's own data: each room writes its part (PIPL, article 45; GDPR, articles 15 and 20).

The customers room tells that one is wanted (`ExportRequested`). Each room that holds something of customers
puts one object into the bucket of exports, `<export_id>/<room>.json`, and may put no other there. Whether all
are there is seen from the objects: a part that failed comes later, and nothing has to be told back.
"""

import functools
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from bank import aws, clock, vault
from bank.config import config
from bank.events import unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.observability import logger

REQUESTED = "perkbank.customers.ExportRequested.v1"
# Sections of a part, as the room's `holdings` name them, each with its records.
Part = Mapping[str, Iterable[dict[str, Any]]]


def process(
    event: dict[str, Any], context: Any, *, room: str, gather: Callable[[str], Part]
) -> dict[str, Any]:
    """Take a batch of a queue that hears of exports alone, as `take` does each."""
    return process_sqs_batch(
        event, context, lambda body: take(unwrap_sqs_event(body), room=room, gather=gather)
    )


def take(envelope: dict[str, Any], *, room: str, gather: Callable[[str], Part]) -> None:
    """Write this room's part of the export that an event asks for.

    `gather` collects what the room holds of a customer. Writing a part again replaces it; one whose export is
    over by now is not written any more.
    """
    assert envelope["type"] == REQUESTED, envelope["type"]
    wanted = envelope["data"]
    if wanted["until"] <= clock.instant():
        logger.info("export is over", export_id=wanted["export_id"])
        return
    part = {name: list(records) for name, records in gather(wanted["customer_id"]).items()}
    _write(key(wanted["export_id"], room), {"room": room, "made_at": clock.instant(), **part})
    logger.info("exported", export_id=wanted["export_id"], records=sum(map(len, part.values())))


def masked(account_id: str, own: Collection[str]) -> str:
    """An account as its counterparty gets it: of another person's wallet the last four characters."""
    if account_id in own or not account_id.startswith("wal_"):
        return account_id
    return vault.mask_card(account_id)


def key(export_id: str, room: str) -> str:
    """Key of a room's part in the bucket of exports."""
    return f"{export_id}/{room}.json"


def _write(name: str, part: dict[str, Any]) -> None:
    """Put it where the bucket encrypts it under the key of sealed fields, and deletes it after a week."""
    body = json.dumps(part, ensure_ascii=False, indent=1).encode()
    _s3().put_object(Bucket=config.export_bucket, Key=name, Body=body, ContentType="application/json")


@functools.cache
def _s3() -> Any:
    return aws.s3(read_timeout=4, signature_version="s3v4")
