"""Entries of the chain: acts, from the audit trail's rows, and decisions on money, from the bus."""

from typing import Any

from audit.domain import Entry
from bank.control.audit import AuditEntryRow

ACT, DECISION = "act", "decision"


def of_row(row: AuditEntryRow) -> Entry:
    """The entry of an act: all that its row holds."""
    return {"id": row.entry_id, "at": row.at, "what": ACT, "act": facts(row)}


def facts(row: AuditEntryRow) -> dict[str, Any]:
    """The attributes of a row that it has, by their names."""
    return {name: value for name, value in row.attribute_values.items() if value is not None}


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
