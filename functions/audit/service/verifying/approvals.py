"""Approvals, and the rules of who approves."""

from collections.abc import Iterator
from datetime import timedelta

from audit.service.verifying.held import Acts, Facts, Held, after
from bank import clock
from bank.control.approval.rules import LIVE
from bank.control.approval.tables import ApprovalRow, RuleRow

# An approval that was used is looked at for so long after.
USED = timedelta(days=2)


def approvals() -> Iterator[Held]:
    """Approvals that can be used, or were within `USED`."""
    recently = clock.instant(clock.now() - USED)
    for row in ApprovalRow.scan():
        if max(row.expires_at, row.used_at or "") < recently:
            continue
        says = {
            "kind": row.kind,
            "of": row.subject_id,
            "content_digest": row.content_digest,
            "levels": row.levels,
            "maker": row.maker,
            "checkers": row.checkers,
            "status": row.status,
        }
        yield Held(row.approval_id, says, row.approval_id, row.submitted_at, _approval_told)


def _approval_told(acts: Acts) -> Facts | None:
    submitted = next((act for act in acts if act.action == "approvals.submitted"), None)
    if submitted is None:
        return None
    decided = [act for act in acts if act.action.startswith("approvals.") and "status" in (act.after or {})]
    return {
        **(submitted.after or {}),
        "maker": submitted.actor,
        "checkers": [act.actor for act in decided if act.action == "approvals.approved"],
        "status": (decided[-1].after or {})["status"] if decided else "submitted",
    }


def approval_rules() -> Iterator[Held]:
    """The live rules of who approves."""
    for row in RuleRow.scan(RuleRow.record == LIVE):
        name = f"approval-rules.{row.kind}"
        yield Held(name, {"content": row.content}, name, row.activated_at or row.created_at, _rule_told)


def _rule_told(acts: Acts) -> Facts | None:
    changed = after(acts, "approvals.rule_changed")
    return {"content": changed[-1]} if changed else None
