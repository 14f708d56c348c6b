"""What the audit room's tests begin with: acts, decisions, a chain of them, and hands to alter it with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from audit import domain
from audit.domain import Entry
from audit.service import chaining, entries, verifying
from audit.settings import settings
from audit.tables import BLOCK, BlockRow
from bank import clock, ids, store
from bank.access.principal import Ownership
from bank.config import config
from bank.control import audit
from bank.control.audit import AuditEntryRow

NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
DAY, NEXT_DAY = "2026-01-15", "2026-01-16"
LANE_7 = f"{DAY}~07"
TOMORROW = NOON + timedelta(days=1)
CLERK = audit.Actor("stf_1", "staff", unit="unit_a", session="ses_1", source_ip="192.0.2.7", request_id="r1")


def acted(subject: str = "acc_1", *, actor: audit.Actor = CLERK, unit: str = "unit_a", **details: Any) -> str:
    """An act in the audit trail; its id."""
    transaction = store.Transaction()
    entry_id = audit.record(
        transaction,
        actor=actor,
        subject_id=subject,
        ownership=Ownership("cli_app", unit, "cus_1"),
        **{
            "action": "accounts.frozen",
            "before": {"status": "active"},
            "after": {"status": "frozen"},
            **details,
        },
    )
    transaction.commit()
    return entry_id


def entry(entry_id: str) -> Entry:
    """What is chained of an act."""
    row = store.get(AuditEntryRow, entry_id)
    assert row is not None
    return entries.of_row(row)


def decision(number: int, at: datetime | None = None, **data: Any) -> Entry:
    """A decision on money, as the bus tells it."""
    payment_id = ids.derived("pay", str(number))
    return entries.of_event(
        {
            "id": event_id(number),
            "type": "perkbank.payments.PaymentSucceeded.v1",
            "subject": payment_id,
            "time": clock.instant(at),
            "data": {"payment_id": payment_id, "amount": 1_000 + number, **data},
        }
    )


def event_id(number: int) -> str:
    """The id of that decision's event: as random as ids are."""
    return ids.derived("evt", str(number))


def chained_acts(count: int) -> list[str]:
    """So many acts, each in a block of its own; their ids."""
    found = []
    for number in range(count):
        found.append(acted(f"acc_{number}"))
        chaining.append([entry(found[-1])])
    return found


def in_lane(lane: int, *found: Entry) -> None:
    """Chain these in a lane, as a process does that came there."""
    chaining.Appender(lane).append(found)


def blocks(day: str = DAY) -> list[BlockRow]:
    """The blocks of a lane's day in order."""
    return list(store.query(BlockRow, day, BlockRow.record.startswith(BLOCK)))


def differences(moment: datetime = NOON, newest: int | None = None) -> list[dict[str, str]]:
    """What verification names, in its order."""
    with clock.source(lambda: moment):
        found: list[dict[str, str]] = verifying.verify(newest=newest)["differences"]
    return found


def first_difference(moment: datetime = NOON, newest: int | None = None) -> dict[str, str] | None:
    """What verification names first; None on a chain that is as it was written."""
    return next(iter(differences(moment, newest)), None)


def objects() -> list[str]:
    """The keys in the bucket."""
    answer = boto3.client("s3", region_name=config.region).list_objects_v2(Bucket=settings.bucket)
    return [each["Key"] for each in answer.get("Contents", [])]


def item(row: BlockRow) -> dict[str, Any]:
    return {"day": {"S": row.day}, "record": {"S": row.record}}


def put(row: BlockRow | AuditEntryRow, **changed: Any) -> None:
    """Write the row with other attributes, past all that keeps it from being written."""
    raw = row.serialize() | changed
    store.client().put_item(TableName=row.Meta.table_name, Item=raw)


def remove(row: BlockRow | AuditEntryRow) -> None:
    keys = item(row) if isinstance(row, BlockRow) else {"entry_id": {"S": row.entry_id}}
    store.client().delete_item(TableName=row.Meta.table_name, Key=keys)


def rewritten(row: BlockRow, **facts: Any) -> domain.Block:
    """The block as somebody would write it who knows how hashes are made, but has not the key."""
    old = row.to_domain()
    content = {"entries": old.entries, "previous": old.previous, "next_day": old.next_day, **facts}
    return domain.block(day=old.day, seq=old.seq, created_at=old.created_at, **content)
