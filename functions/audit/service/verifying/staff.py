"""Members of staff."""

import json
from collections.abc import Callable, Iterator

from audit.service.verifying.held import Acts, Facts, Held
from bank import clock, store
from bank.access.organisation import HEAD_OFFICE


def staff() -> Iterator[Held]:
    """Members of staff, by their rows as they are stored: their model is the staff room's."""
    pages = store.client().get_paginator("scan").paginate(TableName=store.table_name("staff"))
    for item in (item for page in pages for item in page["Items"]):
        grants, now = json.loads(item.get("grants", {}).get("S", "[]")), clock.instant()
        every = {_role(each) for each in grants}
        stands = {_role(each) for each in grants if not each.get("until") or now < each["until"]}
        says = {
            "unit_id": item["unit_id"]["S"],
            "suspended": item["status"]["S"] == "suspended",
            "roles": sorted(stands),
        }
        staff_id = item["staff_id"]["S"]
        yield Held(staff_id, says, staff_id, item["created_at"]["S"], _staff_told(every - stands))


def _role(grant: Facts) -> str:
    return f"{grant['role_id']} for {grant['unit_id']}"


def _staff_told(over: set[str]) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        facts: Facts = {"roles": []}
        for act in acts:
            after = (act.after or {}) if act.action.startswith("staff.") else {}
            # What is said of a session, its unit too, is not said of the member.
            facts |= {} if "session_id" in after else after
        entered = any(act.action in ("staff.entered", "staff.bootstrapped") for act in acts)
        roles = sorted(set(facts["roles"]) - over)
        facts |= {"roles": roles, "suspended": facts.get("status") == "suspended"}
        return {"unit_id": HEAD_OFFICE, **facts} if entered else None

    return told
