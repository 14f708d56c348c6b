"""Answers to acts that others have to approve first (`bank.control.gate`)."""

from typing import Any

from pydantic import Field

from bank import clock
from bank.http.fields import Instant, Schema
from bank.http.operations import Answer

STATUS = 202


class ProposalAnswer(Schema):
    """The act is proposed. Once approved, the same request with `Approval-Id` does it."""

    approval_id: str = Field(examples=["apr_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: str = Field(examples=["staff.grant_role"])
    status: str = Field(examples=["submitted"])
    content_digest: str = Field(description="Of what the checkers approve")
    levels: list[str] = Field(description="Who has to approve it, in order", examples=[["head_office"]])
    expires_at: Instant


def answer(proposal: Any) -> Answer:
    """202 with the approval that was submitted: `proposal` is a `bank.control.gate.Proposal`."""
    row = proposal.row
    body = ProposalAnswer(
        approval_id=row.approval_id,
        kind=row.kind,
        status=row.status,
        content_digest=row.content_digest,
        levels=list(row.levels),
        expires_at=clock.parse(row.expires_at),
    )
    return Answer(body, status=STATUS, replayed=proposal.replayed)
