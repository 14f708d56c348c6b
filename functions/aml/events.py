"""Events of the room: screenings, their outcomes, alerts; and the parts of others' events that it reads."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from aml.domain.outcomes import Outcome
from aml.domain.patterns import SUSPICIOUS
from aml.tables import LIVE, ReportRow, ScreeningRow
from bank import ids
from bank.events import DomainEvent
from bank.store import Item


class AmlEvent(DomainEvent):
    """Base of this room's events. They name customers and accounts by id, and entries of public lists."""

    room: ClassVar[str] = "aml"

    @property
    def subject(self) -> str:
        """Subject of the event."""
        raise NotImplementedError


class ScreeningEvent(AmlEvent):
    """A screening of a customer or of a payee's account."""

    screening_id: str
    customer_id: str | None
    payee_account: str | None
    unit_id: str

    @property
    def subject(self) -> str:
        """The screening."""
        return self.screening_id


class ScreeningCompleted(ScreeningEvent):
    """A screening has an outcome, at once or by decision: no_hit, in_review or confirmed."""

    outcome: str
    lists_version: str


class ScreeningConfirmed(ScreeningEvent):
    """A subject is on a list: block. `list_entry` names list and entry (`ofac:7157`)."""

    list_entry: str


class ScreeningCleared(ScreeningEvent):
    """A confirmation holds no more (a decision, or the entry has gone from the list): unblock."""


class AlertRaised(AmlEvent):
    """Somebody should look at this: a hit in screening, or a suspicious pattern. Amounts in minor units."""

    alert_id: str
    kind: str
    severity: str
    customer_id: str | None
    unit_id: str
    merchant_id: str | None = None
    device_id: str | None = None
    record_ids: list[str]
    reasons: list[str]
    amount: int | None = None
    currency: str | None = None

    @property
    def subject(self) -> str:
        """The alert."""
        return self.alert_id


PUBLISHED: tuple[type[AmlEvent], ...] = (
    ScreeningCompleted,
    ScreeningConfirmed,
    ScreeningCleared,
    AlertRaised,
)
# As many records as an alert names; the report has them all.
NAMED_RECORDS = 20


def of_change(old: Item | None, new: Item | None) -> list[AmlEvent]:
    """The events that a change in aml-records means."""
    record_id = new["record_id"]["S"] if new else ""
    if new is not None and record_id.startswith("scr_"):
        return _of_screening(ScreeningRow.from_item(old) if old else None, ScreeningRow.from_item(new))
    if new is not None and old is None and record_id.startswith("rpt_"):
        return _of_report(ReportRow.from_item(new))
    return []


def is_new_list(old: Item | None, new: Item | None) -> bool:
    """Return whether the change means that others lists are in force now."""
    if new is None or new["record_id"]["S"] != LIVE:
        return False
    return old is None or old.get("lists") != new.get("lists")


def _of_screening(old: ScreeningRow | None, new: ScreeningRow) -> list[AmlEvent]:
    before = old.outcome if old else new.previous
    if old is not None and old.outcome == new.outcome:
        return []
    facts: dict[str, Any] = {
        "screening_id": new.record_id,
        "customer_id": new.customer_id or None,
        "payee_account": new.payee_account_id,
        "unit_id": new.unit_id,
    }
    domain_events: list[AmlEvent] = [
        ScreeningCompleted(**facts, outcome=new.outcome, lists_version=new.lists_version)
    ]
    if new.outcome == Outcome.CONFIRMED:
        domain_events.append(ScreeningConfirmed(**facts, list_entry=new.hits[0]["entry_id"]))
    elif before == Outcome.CONFIRMED:
        domain_events.append(ScreeningCleared(**facts))
    if old is None and new.outcome in (Outcome.IN_REVIEW, Outcome.CONFIRMED):
        domain_events.append(_hit(new))
    return domain_events


def _hit(row: ScreeningRow) -> AlertRaised:
    return AlertRaised(
        alert_id=ids.derived("alt", row.record_id),
        kind="sanctions_hit",
        severity="critical" if row.outcome == Outcome.CONFIRMED else "high",
        customer_id=row.customer_id or None,
        unit_id=row.unit_id,
        record_ids=[row.record_id],
        reasons=sorted({f"{hit['entry_id']}:{hit['score']}" for hit in row.hits}),
    )


def _of_report(row: ReportRow) -> list[AmlEvent]:
    """A suspicious pattern is to be investigated; a large value is only reported."""
    if row.pattern not in SUSPICIOUS:
        return []
    return [
        AlertRaised(
            alert_id=ids.derived("alt", row.record_id),
            kind=f"aml_{row.pattern}",
            severity="high",
            customer_id=row.customer_id or None,
            unit_id=row.unit_id,
            record_ids=[row.record_id, *row.evidence["record_ids"][:NAMED_RECORDS]],
            reasons=[row.pattern],
            amount=int(row.amount),
            currency=row.currency,
        )
    ]


# What others tell ---------------------------------------------------------------------------------


class Verified(BaseModel):
    """A customer's name was verified. `name_sealed` is base64 of bank.vault, for the verification's field."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True)
    customer_id: str
    verification_id: str = ""
    client_id: str = ""
    unit_id: str = ""
    name_sealed: str | None = None
