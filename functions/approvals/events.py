"""Events of the approvals room. Reasons are free text of a person, and stay in the record."""

from typing import Any, ClassVar

from bank.control.approval.domain import Status
from bank.control.approval.tables import ApprovalRow
from bank.events import DomainEvent


class ApprovalsEvent(DomainEvent):
    """Base of this room's events. Amount in minor units."""

    room: ClassVar[str] = "approvals"
    approval_id: str
    kind: str
    subject_id: str
    content_digest: str
    unit_id: str
    client_id: str
    amount: int | None
    currency: str | None
    maker: str
    checkers: list[str]


class ApprovalSubmitted(ApprovalsEvent):
    """Something waits for its checkers."""


class ApprovalGranted(ApprovalsEvent):
    """Every step was passed: what was submitted may be done, once, until `usable_until`.

    Not before `usable_from`, where there is one: until then a checker can still say no.
    """

    usable_until: str
    usable_from: str | None = None


class ApprovalRejected(ApprovalsEvent):
    """A checker said no."""

    rejected_by: str


class ApprovalWithdrawn(ApprovalsEvent):
    """Its maker took it back."""


class ApprovalExpired(ApprovalsEvent):
    """Nobody decided in time."""


PUBLISHED = (ApprovalSubmitted, ApprovalGranted, ApprovalRejected, ApprovalWithdrawn, ApprovalExpired)


def of_change(old: ApprovalRow | None, new: ApprovalRow | None) -> ApprovalsEvent | None:
    """The event that a change of the table means, if any."""
    if new is None or (old is not None and old.status == new.status):
        return None
    facts = _facts(new)
    match Status(new.status):
        case Status.SUBMITTED:
            return ApprovalSubmitted(**facts)
        case Status.APPROVED:
            return ApprovalGranted(**facts, usable_until=new.expires_at, usable_from=new.usable_from)
        case Status.REJECTED:
            return ApprovalRejected(**facts, rejected_by=new.history[-1]["by"])
        case Status.WITHDRAWN:
            return ApprovalWithdrawn(**facts)
        case Status.EXPIRED:
            return ApprovalExpired(**facts)


def _facts(row: ApprovalRow) -> dict[str, Any]:
    return {
        "approval_id": row.approval_id,
        "kind": row.kind,
        "subject_id": row.subject_id,
        "content_digest": row.content_digest,
        "unit_id": row.unit_id,
        "client_id": row.client_id,
        "amount": None if row.amount is None else int(row.amount),
        "currency": row.currency,
        "maker": row.maker,
        "checkers": list(row.checkers),
    }
