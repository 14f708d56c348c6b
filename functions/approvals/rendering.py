"""Approvals and rules as they are answered."""

from typing import Any

from approvals import schemas
from bank import clock
from bank.control.approval.domain import Rule
from bank.control.approval.tables import ApprovalRow, RuleRow


def approval(row: ApprovalRow, now: str) -> schemas.ApprovalAnswer:
    """An approval; what is past its time is shown as expired, whether or not the job was there."""
    return schemas.ApprovalAnswer(**_facts(row, now))


def file(row: ApprovalRow, *, may_decide: bool) -> schemas.ApprovalFile:
    """An approval with its history, for a caller who may decide on it now or not."""
    return schemas.ApprovalFile(
        **_facts(row, clock.instant()),
        may_decide=may_decide,
        history=[schemas.ApprovalDeed(**line) for line in row.history],
    )


def _facts(row: ApprovalRow, now: str) -> dict[str, Any]:
    known = row.to_domain()
    return {
        "approval_id": row.approval_id,
        "kind": row.kind,
        "subject_id": row.subject_id,
        "content_digest": row.content_digest,
        "amount": None if row.amount is None else int(row.amount),
        "currency": row.currency,
        "summary": row.summary,
        "unit_id": row.unit_id,
        "maker": row.maker,
        "status": known.status_at(now),
        "step": known.step,
        "levels": list(known.levels),
        "permission": row.permission,
        "rule_version": row.rule_version,
        "submitted_at": clock.parse(row.submitted_at),
        "expires_at": clock.parse(row.expires_at),
        "ended_at": clock.parse(row.ended_at),
        "usable_from": clock.parse(row.usable_from),
        "used_at": clock.parse(row.used_at),
    }


def rule(kind: str, live: Rule) -> schemas.RuleAnswer:
    """The rule that holds for a kind."""
    status = "default" if live.version == "default" else "live"
    return schemas.RuleAnswer(
        kind=kind, version=live.version, status=status, approval_id=None, **live.content()
    )


def rule_row(row: RuleRow) -> schemas.RuleAnswer:
    """A version of a rule."""
    return schemas.RuleAnswer(
        kind=row.kind,
        version=row.version,
        status=row.status,
        approval_id=row.approval_id,
        **row.content,
    )
