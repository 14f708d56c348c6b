"""Requests and answers of the aml room: its HTTP contract."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from aml.domain.outcomes import Outcome, Trigger
from aml.domain.patterns import Parameters, Pattern
from bank.http import Body, Identifier, Instant, Page, Schema, Text

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]
Bound = Annotated[int, Field(strict=True, ge=1, le=10**15)]


class Listed(StrEnum):
    """Kind of entry to look for first; the others count for less."""

    PERSON = "Person"
    ORGANIZATION = "Organization"
    VESSEL = "Vessel"


class SubjectKind(StrEnum):
    """Kinds of subject to be screened."""

    CUSTOMER = "customer"
    PAYEE = "payee"


# Lists ---------------------------------------------------------------------------------------------


class AnnounceList(Body):
    """A version of OFAC's list that will be uploaded: SHA-256 of each file, compressed or not."""

    name: Literal["ofac"] = Field(examples=["ofac"])
    sdn_sha256: Sha256
    alt_sha256: Sha256


class ListAnswer(Schema):
    """A version of a list. `uploads` says where to PUT its files while it is announced."""

    list_id: str = Field(examples=["lst_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    name: str
    status: Literal["announced", "published"]
    entries: int | None
    names: int | None
    published_at: Instant | None
    uploads: dict[str, str] | None


# Screenings ----------------------------------------------------------------------------------------


class Screen(Body):
    """Somebody to screen. `subject_id` is the customer's id, or the payee's account."""

    kind: SubjectKind = Field(strict=False)
    subject_id: Identifier = Field(examples=["cus_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    type: Listed = Field(default=Listed.PERSON, strict=False)
    name: Text = Field(examples=["Erika Mustermann"])
    birth_date: date | None = Field(default=None, strict=False, examples=["1984-01-27"])
    reference: Text | None = Field(default=None, examples=["onboarding-0001"])


class HitAnswer(Schema):
    """An entry that the name may be. `score` is of 10,000; `alias` the listed name that came nearest."""

    entry_id: str
    alias: str
    type: str = Field(examples=["individual"])
    programme: str = Field(examples=["SDGT"])
    score: int
    reasons: list[str]


class ScreeningAnswer(Schema):
    """A screening. `hits`, and what was decided, are for the bank's staff and systems alone: else null."""

    screening_id: str = Field(examples=["scr_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: SubjectKind
    subject_id: str
    name: str = Field(description="Masked", examples=["E**** M*********"])
    outcome: Outcome
    trigger: Trigger
    lists_version: str
    reference: str | None
    created_at: Instant
    hits: list[HitAnswer] | None
    decided_by: str | None
    decided_at: Instant | None
    reason: str | None


class ScreeningPage(Schema):
    """A page of screenings that wait for a decision."""

    items: list[ScreeningAnswer]
    next_cursor: str | None


class WaitingQuery(Page):
    """Page of a list."""


class Decide(Body):
    """Decision on a screening: the entry (confirmed) or not (no_hit). The reason holds no personal data."""

    decision: Literal["confirmed", "no_hit"] = Field(examples=["no_hit"])
    reason: Text = Field(examples=["another nationality and year of birth"])

    @property
    def takes_approval(self) -> bool:
        """Return whether the person is let go."""
        return self.decision == "no_hit"


class Unmask(Body):
    """Of which screening the full name is needed, and why."""

    screening_id: Identifier
    reason: Text = Field(examples=["to judge a hit"])


class NameAnswer(Schema):
    """Full name and year of birth of the subject."""

    name: str
    birth_year: int | None


# Reports -------------------------------------------------------------------------------------------


class ReportKind(StrEnum):
    """LTR: large transaction report. STR: suspicious transaction report."""

    LTR = "LTR"
    STR = "STR"


class ReportStatus(StrEnum):
    """Of a report."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DISMISSED = "dismissed"


class AmlReportAnswer(Schema):
    """A draft, or what became of it. Amount in minor units: all movements of the evidence together."""

    report_id: str = Field(examples=["rpt_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    kind: ReportKind
    pattern: Pattern
    status: ReportStatus
    account_id: str
    customer_id: str | None
    amount: int
    currency: str
    movements: int
    since: Instant
    until: Instant
    narrative: str
    created_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    reason: str | None


class ReportWithEvidence(AmlReportAnswer):
    """A report with the movements that it rests on and the parameters that found it."""

    record_ids: list[str]
    parties: int
    parameters: dict[str, int]


class ReportPage(Schema):
    """A page of reports."""

    items: list[AmlReportAnswer]
    next_cursor: str | None


class ReportsQuery(Page):
    """Page of a list."""


class Submit(Body):
    """Decision on a report: to the authority (submitted) or not (dismissed), with a reason."""

    decision: Literal["submitted", "dismissed"] = Field(examples=["submitted"])
    reason: Text = Field(examples=["no plausible business reason"])

    @property
    def takes_approval(self) -> bool:
        """Return whether the authority is not to hear of it."""
        return self.decision == "dismissed"


# Parameters ----------------------------------------------------------------------------------------


class ParametersAnswer(Schema):
    """Bounds of the patterns: minor units, days, hours, counts and percent."""

    values: dict[str, int] = Field(examples=[Parameters().values()])


class SetParameters(Body):
    """Some bounds to set otherwise; null and what is not named stay as they are."""

    reason: Text = Field(examples=["a lower threshold by the regulator"])
    large_cash: Bound | None = Field(default=None, examples=[5_000_000])
    large_cash_usd: Bound | None = None
    large_transfer: Bound | None = None
    large_transfer_usd: Bound | None = None
    large_transfer_business: Bound | None = None
    large_transfer_business_usd: Bound | None = None
    just_under_percent: Annotated[int, Field(strict=True, ge=1, le=99)] | None = None
    structuring_count: Bound | None = None
    structuring_days: Annotated[int, Field(strict=True, ge=1, le=30)] | None = None
    fan_senders: Bound | None = None
    fan_receivers: Bound | None = None
    fan_hours: Annotated[int, Field(strict=True, ge=1, le=720)] | None = None
    fan_amount: Bound | None = None
    fan_passed_on_percent: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    dormant_days: Annotated[int, Field(strict=True, ge=7, le=365)] | None = None
    dormant_burst_days: Annotated[int, Field(strict=True, ge=1, le=30)] | None = None
    dormant_burst_count: Bound | None = None
    dormant_burst_amount: Bound | None = None
    round_trip_days: Annotated[int, Field(strict=True, ge=1, le=30)] | None = None
    round_trip_amount: Bound | None = None
    round_trip_kept_percent: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
