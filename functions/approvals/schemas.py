"""HTTP contract of the approvals room."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from bank.control.approval.domain import Level, Status
from bank.http import Body, Identifier, Instant, Page, Schema, Text
from bank.money import MAX_AMOUNT

# SHA-256 of the canonical content, in hex.
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f2c" * 16])]


class ApprovalsQuery(Page):
    """Filter of approvals: the caller's inbox, or the caller's submissions."""

    mine: bool = Field(default=False, description="What I submitted, newest first, instead of my inbox")


class Decision(Body):
    """An approval of what was seen: `content_digest` as it was read, so that nothing else is approved.

    With `step` as it was read, another checker's step is not passed by mistake, and the same decision sent
    again is answered as the first.
    """

    content_digest: Digest
    step: int | None = Field(default=None, ge=0, le=9, examples=[0])
    comment: Text | None = None


class Rejection(Body):
    """A rejection, and why."""

    reason: Text = Field(examples=["The limit is above what the branch agreed with the customer"])
    step: int | None = Field(default=None, ge=0, le=9, examples=[0])


class Retraction(Body):
    """Taking back what one has submitted."""

    reason: Text | None = None


class ApprovalDeed(Schema):
    """A line of an approval's history."""

    deed: Literal["submitted", "approved", "rejected", "withdrawn", "expired"]
    by: str
    unit: str
    at: Instant
    step: int
    reason: str | None


class ApprovalAnswer(Schema):
    """An approval. `step` is the number of the step that is due, from 0, of `levels`."""

    approval_id: str
    kind: str
    subject_id: str
    content_digest: Digest
    amount: int | None
    currency: str | None
    summary: dict[str, Any]
    unit_id: str
    maker: str
    status: Status
    step: int
    levels: list[Level]
    permission: str
    rule_version: str
    submitted_at: Instant
    expires_at: Instant = Field(description="Until when it may be decided; once approved, used")
    ended_at: Instant | None
    usable_from: Instant | None = Field(description="From when on it may be used, where it has to wait")
    used_at: Instant | None


class ApprovalFile(ApprovalAnswer):
    """An approval with its history, and whether the caller may decide on it now."""

    may_decide: bool
    history: list[ApprovalDeed]


class ApprovalPage(Schema):
    """A page of approvals."""

    items: list[ApprovalAnswer]
    next_cursor: str | None


class Bracket(Body):
    """From this amount on (minor units of the home currency), these levels check, in this order."""

    from_amount: int = Field(ge=0, le=MAX_AMOUNT, examples=[0])
    levels: list[Annotated[Level, Field(strict=False)]] = Field(
        min_length=1, max_length=4, examples=[["branch", "head_office"]]
    )


class RuleContent(Body):
    """Approval rule: permission, levels by amount, hours to decide, hours to use the approval."""

    permission: str = Field(pattern=r"^[a-z-]{1,40}:[a-z-]{1,40}$", examples=["approvals:decide"])
    brackets: list[Bracket] = Field(min_length=1, max_length=10)
    decide_hours: int = Field(ge=1, le=24 * 30, examples=[72])
    use_hours: int = Field(ge=1, le=24 * 30, examples=[72])
    # Left out where there is none, so that a request is the same as it was before there were delays.
    delay_hours: int = Field(
        default=0,
        ge=0,
        le=24 * 30,
        description="Hours from the approval until it may be used",
        examples=[0],
        exclude_if=lambda value: value == 0,
    )

    @field_validator("brackets")
    @classmethod
    def _from_zero_and_rising(cls, value: list[Bracket]) -> list[Bracket]:
        starts = [bracket.from_amount for bracket in value]
        if starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("start at 0 and rise")
        return value


class ProposedRule(RuleContent):
    """A rule that somebody would like to hold."""

    kind: Identifier = Field(examples=["accounts.limits"])


class RuleActivation(Body):
    """Version of a rule to put in force."""

    version: Identifier = Field(examples=["arv_01JD0000000000000000000000"])


class RuleAnswer(Schema):
    """A rule, and where it stands. `version` is `default` where the table holds none."""

    kind: str
    version: str
    status: str = Field(description="proposed, live, or default where the table holds none")
    permission: str
    brackets: list[Bracket]
    decide_hours: int
    use_hours: int
    delay_hours: int = 0
    approval_id: str | None
