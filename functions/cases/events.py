"""Events of the cases room, and the parts of others' alerts and holds that it reads."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from bank.events import DomainEvent
from bank.store import Item
from cases.domain import Severity, Status
from cases.tables import CASE, REVIEW, CaseRow, ReviewRow


class CasesEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "cases"
    case_id: str

    @property
    def subject(self) -> str:
        """Subject of the event."""
        return self.case_id


class CaseOpened(CasesEvent):
    """Somebody should look at something."""

    kinds: list[str]
    severity: str
    unit_id: str


class CaseClosed(CasesEvent):
    """A case came to its outcome. Amount in minor units: what the alerts were about in all."""

    outcome: str
    unit_id: str
    customer_id: str | None
    merchant_id: str | None
    device_id: str | None
    record_ids: list[str]
    amount: int | None
    currency: str | None
    closed_at: str


class CaseReopened(CasesEvent):
    """A closed case is open again: what its outcome led to may have to be undone."""

    outcome: str
    unit_id: str
    customer_id: str | None
    merchant_id: str | None
    device_id: str | None
    record_ids: list[str]


class ReviewDecided(CasesEvent):
    """Held money was decided on: `decision` is release or reject."""

    record_id: str
    product: str
    decision: str


PUBLISHED: tuple[type[CasesEvent], ...] = (CaseOpened, CaseClosed, CaseReopened, ReviewDecided)

ABOUT = ("customer_id", "merchant_id", "device_id", "unit_id", "amount", "currency")
DECISIONS = {"released": "release", "rejected": "reject"}


def of_change(old: Item | None, new: Item | None) -> CasesEvent | None:
    """The event that a change of the table means, or None."""
    record = (new or {}).get("record", {}).get("S", "")
    if new is None or not (record == CASE or record.startswith(REVIEW)):
        return None
    if record == CASE:
        return _of_case(CaseRow.from_item(old) if old else None, CaseRow.from_item(new))
    return _of_review(ReviewRow.from_item(new)) if old else None


def _of_case(old: CaseRow | None, new: CaseRow) -> CasesEvent | None:
    if old is None:
        return CaseOpened(case_id=new.case_id, kinds=new.kinds, severity=new.severity, unit_id=new.unit_id)
    if old.status != Status.CLOSED and new.status == Status.CLOSED:
        return CaseClosed(
            **_about(new),
            outcome=new.outcome or "",
            amount=None if new.amount is None else int(new.amount),
            currency=new.currency,
            closed_at=new.closed_at or "",
        )
    if old.status == Status.CLOSED and new.status != Status.CLOSED:
        return CaseReopened(**_about(new), outcome=old.outcome or "")
    return None


def _about(row: CaseRow) -> dict[str, Any]:
    return {
        "case_id": row.case_id,
        "unit_id": row.unit_id,
        "customer_id": row.customer_id,
        "merchant_id": row.merchant_id,
        "device_id": row.device_id,
        "record_ids": row.record_ids,
    }


def _of_review(row: ReviewRow) -> CasesEvent | None:
    if row.status not in DECISIONS:
        return None
    decision = DECISIONS[row.status]
    return ReviewDecided(case_id=row.case_id, record_id=row.record_id, product=row.product, decision=decision)


# What others tell ---------------------------------------------------------------------------------


class Alert(BaseModel):
    """An alert as any room raises it (`AlertRaised`). What else it says is not read here."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True)
    alert_id: str
    kind: str
    severity: str = "medium"
    customer_id: str | None = None
    merchant_id: str | None = None
    device_id: str | None = None
    unit_id: str | None = None
    record_ids: list[str] = []
    reasons: list[str] = []
    amount: int | None = None
    currency: str | None = None


class Held(Alert):
    """Money that is held until somebody decides; it alerts for itself."""

    product: str
    record_id: str


# What each room calls money that is held for review, and the record of it.
HOLDS = {
    "perkbank.payments.PaymentHeldForReview.v1": ("payment", "payment_id"),
    "perkbank.transfers.TransferHeldForReview.v1": ("transfer", "transfer_id"),
    "perkbank.accounts.WithdrawalHeldForReview.v1": ("withdrawal", "movement_id"),
}
# What each room calls a hold that ended by itself.
LAPSES = {
    "perkbank.payments.PaymentReviewLapsed.v1": "payment_id",
    "perkbank.transfers.TransferReviewLapsed.v1": "transfer_id",
    "perkbank.accounts.WithdrawalReviewLapsed.v1": "movement_id",
}
ALERT = "AlertRaised.v1"


def alert_of(envelope: dict[str, Any]) -> Alert | None:
    """The alert that an event is, or None where it is none of ours."""
    data = envelope["data"]
    if envelope["type"] in HOLDS:
        product, name = HOLDS[envelope["type"]]
        return Held(
            alert_id=f"review-{data[name]}",
            kind="review",
            severity=Severity.HIGH.value,
            reasons=data["risk"]["reasons"],
            product=product,
            record_id=data[name],
            **{field: data.get(field) for field in ABOUT},
        )
    return Alert.model_validate(data) if envelope["type"].endswith(f".{ALERT}") else None


def lapsed(envelope: dict[str, Any]) -> str | None:
    """The record whose review an event says has lapsed, or None."""
    name = LAPSES.get(envelope["type"])
    return envelope["data"][name] if name else None
