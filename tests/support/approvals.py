"""Approvals in tests of other rooms: decided as in theirs, by rules as a bank may set them."""

from bank import clock
from bank.control.approval import rules
from bank.control.approval.domain import DECIDE, Rule
from bank.control.approval.tables import ApprovalRow, RuleRow


def approve(approval_id: str) -> None:
    """Have it approved by somebody who may."""
    ApprovalRow(approval_id).update([ApprovalRow.status.set("approved")])


def undelayed(kind: str) -> None:
    """Let what is approved of this kind be done at once: a live rule in the table that says no delay."""
    rules.forget()
    content = {**Rule(DECIDE, rules.live(kind).brackets).content(), "delay_hours": 0}
    RuleRow(
        kind=kind,
        record=rules.LIVE,
        version="arv_undelayed",
        content=content,
        status=rules.LIVE,
        created_at=clock.instant(),
    ).save()
    rules.forget()
