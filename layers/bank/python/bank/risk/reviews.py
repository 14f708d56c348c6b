"""Reviews: the decision that ends one, as the cases room tells it; and what events say of a verdict."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

REVIEW_REJECTED = "risk_declined"
RELEASE, REJECT = "release", "reject"
NOT_REVIEWED = {"code": "review_expired", "detail": "nobody decided the review in time"}


class VerdictTold(BaseModel):
    """A verdict as events carry it; `input` is what bank.risk.replay takes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)
    outcome: str
    reasons: list[str]
    rules: str
    posture: bool
    input: list[int | str]


@dataclass(frozen=True)
class ReviewDecision:
    """`perkbank.cases.ReviewDecided.v1`: which movement of which product, its decision, and the case."""

    record_id: str
    product: str
    decision: str
    case_id: str

    @classmethod
    def of(cls, envelope: dict[str, Any]) -> "ReviewDecision":
        """From the event's envelope. Raises KeyError, ValueError where it is not one."""
        data = envelope["data"]
        if data["decision"] not in (RELEASE, REJECT):
            raise ValueError(f"a review is released or rejected, not {data['decision']}")
        return cls(data["record_id"], data["product"], data["decision"], data["case_id"])

    @property
    def released(self) -> bool:
        """Return whether the money goes on its way."""
        return self.decision == RELEASE


def rejected() -> dict[str, str]:
    """Return the decline of a rejected movement: the same as any that risk declines."""
    return {"code": REVIEW_REJECTED, "detail": "this was declined"}
