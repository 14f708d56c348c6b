"""Entries of the chain: acts and journals, from their rows; decisions on money, from the bus; and touches.

A touch is that a row was changed or removed which nobody changes or removes. The stream tells of it, and the
chain keeps it: also where the row is put back as it was.
"""

import contextlib
from collections.abc import Callable
from typing import Any

from audit.domain import Entry, fits
from bank.control.audit import AuditEntryRow
from bank.events import change_id, change_time, images
from bank.ledger import JournalRow
from bank.observability import logger
from bank.store import TableT

ACT, JOURNAL, DECISION, TOUCH = "act", "journal", "decision", "touch"


def of_row(row: AuditEntryRow) -> Entry:
    """The entry of an act: all that its row holds."""
    return {"id": row.entry_id, "at": row.at, "what": ACT, "act": facts(row)}


def facts(row: AuditEntryRow) -> dict[str, Any]:
    """The attributes of a row that it has, by their names."""
    return {name: value for name, value in row.attribute_values.items() if value is not None}


def of_journal(row: JournalRow) -> Entry:
    """The entry of a movement of money: the digest of its journal, which names who made it."""
    return {"id": row.journal_id, "at": row.booked_at, "what": JOURNAL, "digest": row.digest}


def of_event(envelope: dict[str, Any]) -> Entry:
    """The entry of a decision: the event as it was told, the risk engine's part of it included."""
    return {
        "id": envelope["id"],
        "at": envelope["time"],
        "what": DECISION,
        "type": envelope["type"],
        "subject": envelope["subject"],
        "data": envelope["data"],
    }


def of_change(record: dict[str, Any], model: type[TableT], entry_of: Callable[[TableT], Entry]) -> Entry:
    """The entry of a change that a stream tells of, or that somebody has done what no function does.

    A row that cannot be read or chained is such a deed, too: it keeps nothing back that comes after it.
    """
    how = {"INSERT": "put in unreadable", "REMOVE": "removed"}.get(record["eventName"], "overwritten")
    if record["eventName"] == "INSERT":
        with contextlib.suppress(Exception):
            entry = entry_of(model.from_item(images(record)[1] or {}))
            if fits(entry):
                return entry
    touch = of_touch(record, how)
    logger.error("what is only added was changed", of=touch["subject"], how=how)
    return touch


def of_touch(record: dict[str, Any], how: str) -> Entry:
    """The entry of a change that a stream tells of, of a row that is only added, by what was done to it."""
    (key,) = record["dynamodb"]["Keys"].values()
    return {
        "id": f"touch_{change_id(record)}",
        "at": change_time(record),
        "what": TOUCH,
        "subject": key["S"],
        "how": how,
    }
