"""HTTP contract of the audit room."""

from datetime import date
from typing import Any

from pydantic import Field

from bank.http import Identifier, Instant, Page, Schema, Text


class AuditQuery(Page):
    """Filter of entries, newest first. Without actor, subject or unit, a window of 31 days at most."""

    actor: Identifier | None = Field(default=None, examples=["stf_01KAJ3T5N8Q2V7W9X4Y6Z0ABCD"])
    subject: Text | None = Field(default=None, description="What was acted on")
    action: Identifier | None = Field(default=None, examples=["approvals.approved"])
    unit: Identifier | None = Field(default=None, description="The unit that keeps what was acted on")
    from_: Instant | None = Field(default=None, alias="from", description="31 days before `to`, if left out")
    to: Instant | None = Field(default=None, description="Now, if left out")


class ActorAnswer(Schema):
    """Actor of an entry: person, client, unit and session."""

    subject: str
    kind: str = Field(examples=["staff"])
    client_id: str
    unit: str
    session: str
    source_ip: str
    request_id: str


class AuditEntryAnswer(Schema):
    """An act: who, what, to what of whose, when, what it was before and after, and why."""

    entry_id: str
    at: Instant
    actor: ActorAnswer
    action: str = Field(examples=["approvals.approved"])
    subject_id: str
    client_id: str
    unit_id: str
    customer_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


class AuditEntryPage(Schema):
    """A page of acts."""

    items: list[AuditEntryAnswer]
    next_cursor: str | None


class DecisionsQuery(Page):
    """Filter of decisions on money by the business day (Shanghai) of their chaining, newest first."""

    day: date = Field(examples=["2026-01-15"])
    subject: Text | None = Field(default=None, description="The payment, transfer, ... that was decided on")
    type: Identifier | None = Field(default=None, examples=["perkbank.payments.PaymentDeclined.v1"])


class DecisionAnswer(Schema):
    """A decision on money, as its event told it; the risk engine's verdict stands in `data.risk`."""

    event_id: str
    at: Instant
    type: str = Field(examples=["perkbank.payments.PaymentDeclined.v1"])
    subject: str
    data: dict[str, Any]


class DecisionPage(Schema):
    """A page of decisions."""

    items: list[DecisionAnswer]
    next_cursor: str | None


class AuditDifference(Schema):
    """Something that is not as it was written: what kind of thing, which one, and how."""

    what: str = Field(examples=["entry"])
    id: str
    detail: str


class AuditVerificationAnswer(Schema):
    """Report of a verification. The first difference is the first in the order of the chain.

    One of all days may take several runs: each goes on where the one before stopped, and counts what the pass
    has met by then.
    """

    started_at: Instant
    finished_at: Instant
    first_day: date | None
    last_day: date | None
    blocks: int
    entries: int
    repeats: int = Field(description="Entries that were chained twice, the same both times, within a day")
    anchors: int
    complete: bool = Field(description="False where the run's time was over before all was verified")
    intact: bool
    difference_count: int
    differences: list[AuditDifference]
