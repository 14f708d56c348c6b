"""Requests and answers of the cases room: its HTTP contract."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from bank.http import Body, Identifier, Instant, Page, Schema, Text
from cases.domain import Decision, Outcome, ReviewStatus, Severity, Status

Remark = Annotated[Text, Field(max_length=1000, examples=["Called the customer, who knows the merchant"])]
CaseId = Annotated[
    Identifier, Field(pattern=r"^cas_[0-9A-Z]{26}$", examples=["cas_01KAJ3T5N8Q2V7W9X4Y6Z0ABCD"])
]


class CasesQuery(Page):
    """Filter of cases: by status, and by member of staff where given."""

    status: Annotated[Status, Field(strict=False)] = Status.OPEN
    assigned_to: Identifier | None = None


class Assignment(Body):
    """Member of staff to assign the case to."""

    staff_id: Annotated[Identifier, Field(examples=["stf_01KAJ3T5N8Q2V7W9X4Y6Z0ABCD"])]


class Comment(Body):
    """A line for the diary."""

    text: Remark


class Closing(Body):
    """Outcome with which the case is closed."""

    outcome: Annotated[Outcome, Field(strict=False)]
    reason: Remark


class Reason(Body):
    """A reason in words."""

    reason: Remark


class Link(Body):
    """Another case that belongs to this one."""

    case_id: CaseId
    reason: Remark


class Snooze(Body):
    """Until when alerts about this case's customer open no case: in the future, half a year at most."""

    until: Annotated[Instant, Field(examples=["2026-12-24T00:00:00+08:00"])]
    reason: Remark


class ReviewDecision(Body):
    """Decision on money that is held."""

    decision: Annotated[Decision, Field(strict=False)]
    reason: Remark

    @property
    def takes_approval(self) -> bool:
        """Return whether the money goes on its way."""
        return self.decision is Decision.RELEASE


class CaseAnswer(Schema):
    """A case. `amount` is what its alerts were about in all, in minor units."""

    case_id: CaseId
    status: Status
    severity: Severity
    kinds: list[str]
    unit_id: str
    customer_id: str | None
    merchant_id: str | None
    device_id: str | None
    record_ids: list[str]
    amount: int | None
    currency: str | None
    assigned_to: str | None
    outcome: Outcome | None
    reason: str | None
    alerts: int
    pending_reviews: int
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class CasePage(Schema):
    """A page of cases, newest first."""

    items: list[CaseAnswer]
    next_cursor: str | None


class AlertAnswer(Schema):
    """An alert as it was raised."""

    alert_id: str = Field(examples=["alt_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: str
    source: str
    severity: Severity
    reasons: list[str]
    record_ids: list[str]
    amount: int | None
    currency: str | None
    raised_at: datetime


class ReviewAnswer(Schema):
    """Money that is or was held."""

    record_id: str
    product: str
    amount: int
    currency: str
    status: ReviewStatus
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class NoteAnswer(Schema):
    """A line of the diary, or a link, in which case `what` is the other case's id."""

    what: str
    author: str
    text: str | None
    noted_at: datetime


class FileAnswer(Schema):
    """A case with all that belongs to it."""

    case: CaseAnswer
    alerts: list[AlertAnswer]
    reviews: list[ReviewAnswer]
    links: list[NoteAnswer]
    notes: list[NoteAnswer]
    snoozed_until: datetime | None
