"""Members of staff, the roles that they are given, and the tree of units.

Rows are read as they are stored: their models are the staff room's.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from audit.service.verifying.held import Acts, Facts, Held, unbroken
from bank import clock, store
from bank.access.organisation import HEAD_OFFICE, TREE, UnitRow
from bank.access.staff import credentials_digest, grant_shown

UNTIL = " until "


def staff() -> Iterator[Held]:
    """Members of staff: where they are, what they may do and until when, what they are let in by."""
    for item in _scanned("staff"):
        grants = [grant_shown(each) for each in json.loads(item.get("grants", {}).get("S", "[]"))]
        says = {
            "unit_id": item["unit_id"]["S"],
            "suspended": item["status"]["S"] == "suspended",
            "roles": _standing(grants),
            "credentials": credentials_digest(item),
            "credentials as the acts found them": True,
        }
        staff_id = item["staff_id"]["S"]
        yield Held(staff_id, says, staff_id, item["created_at"]["S"], _member_told(says["credentials"]))


def _standing(grants: list[str]) -> list[str]:
    """Those of roles, as entries tell them, that have not ended."""
    now = clock.instant()
    return sorted(each for each in grants if UNTIL not in each or now < each.split(UNTIL)[1])


def _member_told(credentials: str) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        # Entries of before told nothing of credentials.
        facts: Facts = {"roles": [], "credentials": credentials}
        for act in acts:
            after = (act.after or {}) if act.action.startswith("staff.") else {}
            # What is said of a session, its unit too, is not said of the member.
            of_session = {"unit_id", "session_id"} if "session_id" in after else set()
            facts |= {name: value for name, value in after.items() if name not in of_session}
        entered = any(act.action in ("staff.entered", "staff.bootstrapped") for act in acts)
        facts |= {
            "roles": _standing(facts["roles"]),
            "suspended": facts.get("status") == "suspended",
            "credentials as the acts found them": unbroken(acts, "credentials"),
        }
        return {"unit_id": HEAD_OFFICE, **facts} if entered else None

    return told


def roles() -> Iterator[Held]:
    """Roles that the head office has made: what they hold."""
    for item in _scanned("staff-roles"):
        says = {
            "name": item["name"]["S"],
            "permissions": sorted(item["permissions"]["SS"]),
            "retired": item.get("retired", {}).get("BOOL", False),
            "as the acts found it": True,
        }
        role_id = item["role_id"]["S"]
        yield Held(role_id, says, role_id, item["created_at"]["S"], _role_told)


def _role_told(acts: Acts) -> Facts | None:
    facts: Facts = {"retired": False}
    for act in acts:
        facts |= act.after or {}
    made = any(act.action == "staff.role_made" for act in acts)
    return {**facts, "as the acts found it": unbroken(acts)} if made else None


def units() -> Iterator[Held]:
    """The tree of units, by which data scopes are judged."""
    for row in store.query(UnitRow, TREE):
        says = {
            "parent_id": row.parent_id,
            "status": row.status,
            "name": row.name,
            "as the acts found it": True,
        }
        yield Held(row.unit_id, says, row.unit_id, row.created_at, _unit_told(row.name))


def _unit_told(name: str) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        # Entries of before did not tell a new unit's name.
        facts: Facts = {"status": "active", "name": name}
        for act in acts:
            facts |= act.after or {}
        added = any(act.action == "staff.unit_added" for act in acts)
        return {**facts, "as the acts found it": unbroken(acts)} if added else None

    return told


def _scanned(table: str) -> Iterator[dict[str, Any]]:
    pages = store.client().get_paginator("scan").paginate(TableName=store.table_name(table))
    return (item for page in pages for item in page["Items"])
