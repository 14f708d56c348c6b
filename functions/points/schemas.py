"""Requests and answers of the points room: its HTTP contract."""

from typing import Any

from pydantic import Field

from bank.http import Body, Identifier, Instant, Schema, Text
from bank.ledger.lots import MAX_MONTHS
from points.domain import EarningStatus

MOST = 10_000_000
Months = Field(ge=0, le=MAX_MONTHS, description="Months after that of the booking", examples=[12])
MODEL = {
    "nodes": [
        {"id": "in", "type": "inputNode"},
        {
            "id": "rules",
            "type": "decisionTableNode",
            "content": {
                "hitPolicy": "collect",
                "inputs": [{"id": "if"}],
                "outputs": [{"id": "rate", "field": "per_yuan"}, {"id": "plus", "field": "plus"}],
                "rules": [
                    {"_id": "1", "if": "amount >= 100", "rate": '"1"', "plus": '""'},
                    {"_id": "2", "if": "weekday == 3 and amount >= 10000", "rate": '"1"', "plus": '"50"'},
                ],
            },
        },
        {"id": "out", "type": "outputNode"},
    ],
    "edges": [
        {"id": "e1", "sourceId": "in", "targetId": "rules"},
        {"id": "e2", "sourceId": "rules", "targetId": "out"},
    ],
}


class Tier(Body):
    """A tier: from so many points of a calendar year on, for that year and the next, points by percent."""

    name: Text = Field(examples=["gold"])
    points: int = Field(ge=0, le=MOST, examples=[10_000])
    percent: int = Field(ge=0, le=1_000, examples=[150])


class Terms(Body):
    """Terms of a programme. Bounds are points; those of day and month count by when earnings are due."""

    pending_days: int = Field(ge=0, le=90, description="Days until what is earned is booked", examples=[7])
    valid_months: int = Months
    per_payment: int = Field(ge=0, le=MOST, examples=[5_000])
    per_day: int = Field(ge=0, le=MOST, examples=[10_000])
    per_month: int = Field(ge=0, le=MOST, examples=[50_000])
    tiers: list[Tier] = Field(default=[], max_length=10)


class DraftProgramme(Body):
    """A version of the rules to keep. Each hit gives points for each whole yuan, and points besides."""

    content: dict[str, Any] = Field(examples=[MODEL])
    terms: Terms
    note: Text


class ProgrammeAnswer(Schema):
    """A programme. The digest is of its rules and terms: what an activation is approved with."""

    programme_id: str
    live: bool
    terms: Terms
    digest: str
    note: str
    content: dict[str, Any] | None = Field(description="Of one that was asked for by its id")
    created_by: str
    created_at: Instant


class ProgrammePage(Schema):
    """A page of programmes."""

    items: list[ProgrammeAnswer]
    next_cursor: str | None


class Lot(Schema):
    """Points that expire together, after the last day of a month in Shanghai."""

    month: str = Field(examples=["2027-01"])
    points: int = Field(examples=[120])


class Reservation(Schema):
    """Points that are set aside for a record, a payment for example."""

    reference: str
    points: int


class PointsAnswer(Schema):
    """Points of a customer. `worth`: what those that can be spent pay, in fen."""

    customer_id: str
    account_id: str | None = Field(description="Account whose statement it is; null before the first earning")
    spendable: int
    worth: int
    lots: list[Lot]
    reserved: list[Reservation]
    tier: str | None = Field(description="Tier in which the customer earns now", examples=["gold"])
    owed: int = Field(description="Taken back after they were spent; later earnings pay them first")


class EarningAnswer(Schema):
    """Points that a payment earns. `points` by its rules; `granted` when booked, after refunds and bounds."""

    payment_id: str
    status: EarningStatus
    programme_id: str
    points: int
    due: str = Field(examples=["2026-12-07"])
    granted: int
    taken_back: int
    lot: str | None = Field(description="Month at whose end they expire", examples=["2027-12"])


class Adjust(Body):
    """Points to give, or to take where they are less than nil."""

    customer_id: Identifier
    points: int = Field(ge=-MOST, le=MOST, examples=[500])
    valid_months: int = Months
    reason: Text


class AdjustmentAnswer(Schema):
    """An adjustment that was booked, and the lots that it gave or took."""

    adjustment_id: str
    customer_id: str
    points: int
    lots: list[Lot]
    reason: str
    journal_id: str
    booked_at: Instant


class Redeem(Body):
    """Points to redeem for what the channel names, an order of its points mall for example."""

    customer_id: Identifier
    points: int = Field(ge=1, le=MOST, examples=[500])
    reference: Text = Field(examples=["mall-order-0001"])


class Reverse(Body):
    """Points to return to the lots that they were taken from."""

    points: int = Field(ge=1, le=MOST, examples=[200])


class RedemptionAnswer(Schema):
    """Points that were redeemed, and what of them was returned, by lot."""

    redemption_id: str
    customer_id: str
    points: int
    lots: list[Lot]
    returned: list[Lot]
    reference: str
    journal_id: str
    booked_at: Instant


class ReversalAnswer(Schema):
    """Points of a redemption that were returned, by the lots that they went back to."""

    reversal_id: str
    redemption_id: str
    points: int
    lots: list[Lot]
    booked_at: Instant
