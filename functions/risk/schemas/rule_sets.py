"""Rule sets, live and in the shadow."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from bank.http import Body, Identifier, Instant, Page, Schema
from risk.domain.rule_sets import Status
from risk.schemas.fields import Day

Product = Literal["payment", "transfer", "withdrawal", "benefit"]


Posture = Literal["approve", "challenge", "review", "decline"]


Window = Literal["1m", "1h", "24h", "30d"]


Note = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]


MODEL: dict[str, Any] = {
    "nodes": [
        {"id": "facts", "name": "Facts", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "verdict",
            "name": "Verdict",
            "type": "decisionTableNode",
            "position": {"x": 240, "y": 0},
            "content": {
                "hitPolicy": "collect",
                "inputs": [{"id": "if", "name": "If"}],
                "outputs": [
                    {"id": "outcome", "name": "Outcome", "field": "outcome"},
                    {"id": "reason", "name": "Reason", "field": "reason"},
                ],
                "rules": [
                    {
                        "_id": "1",
                        "if": "customer.given and amount_home > 500000",
                        "outcome": '"challenge"',
                        "reason": '"large_amount"',
                    }
                ],
            },
        },
        {"id": "hits", "name": "Hits", "type": "outputNode", "position": {"x": 480, "y": 0}},
    ],
    "edges": [
        {"id": "e1", "type": "edge", "sourceId": "facts", "targetId": "verdict"},
        {"id": "e2", "type": "edge", "sourceId": "verdict", "targetId": "hits"},
    ],
}


class Cap(Body):
    """Hard cap of a window, whatever the rules say: count, and sum in minor units of the home currency.

    A payer's account in another currency is bound by what the sum counts for in it.
    """

    count: int | None = Field(default=None, ge=1, le=1_000_000)
    sum: int | None = Field(default=None, ge=1, le=10**15)


class DraftRuleSet(Body):
    """A version of a product's rules. Its content never changes: a changed draft is another rule set."""

    product: Product
    content: dict[str, Any] = Field(
        description="A decision model (JDM, https://docs.gorules.io) that ends in hits {outcome, reason}",
        examples=[MODEL],
    )
    caps: dict[Window, Cap] = Field(
        default={},
        description="Hard bounds: no window of the clock holds more, and one between two less than twice as "
        "much. Who has spent all of a bound may spend all of it again two windows later",
        examples=[{"1h": {"count": 20}}],
    )
    posture: Posture = Field(description="The verdict where the rules cannot answer", examples=["challenge"])
    note: Note = Field(description="What is new and why, for the checker", examples=["first version"])


class HistoryEntry(Schema):
    """Something done with a rule set."""

    what: str
    at: Instant
    by: str
    reason: str | None


class RuleSetSummary(Schema):
    """A rule set without its content. `digest` is what is approved."""

    rule_set_id: str
    product: str
    status: Status
    note: str
    posture: str
    digest: str
    approval_id: str | None
    created_by: str
    created_at: Instant


class RuleSetAnswer(RuleSetSummary):
    """A rule set: `live` judges, `shadowed` runs beside without effect."""

    content: dict[str, Any]
    caps: dict[str, Cap]
    live: bool
    shadowed: bool
    history: list[HistoryEntry]


class RuleSetPage(Schema):
    """A page of rule sets."""

    items: list[RuleSetSummary]
    next_cursor: str | None


class RuleSetsQuery(Page):
    """Of which product."""

    product: Product | None = None


class LiveProduct(Schema):
    """Live rules of a product."""

    product: str
    live: str | None
    shadows: list[str]


class LiveAnswer(Schema):
    """Live rules of each product."""

    items: list[LiveProduct]


class Activation(Body):
    """The approval of exactly this version."""

    approval_id: Identifier


class Shadowing(Body):
    """Start or stop running it in the shadow of the live version."""

    on: bool = Field(examples=[True])

    @property
    def takes_approval(self) -> bool:
        """Return whether it begins to run on every movement."""
        return self.on


class ShadowQuery(Schema):
    """Of which day."""

    day: Day


class ShadowAnswer(Schema):
    """Differences of a shadow version. `outcomes` counts pairs `live>shadow`."""

    rule_set_id: str
    day: Day
    decisions: int
    differing: int
    outcomes: dict[str, int]
    samples: list[dict[str, Any]]
