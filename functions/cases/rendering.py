"""Rows of the cases room as its answers show them."""

from bank import clock
from cases import schemas
from cases.domain import Outcome, ReviewStatus, Severity, Status
from cases.service.reading import CaseDetail
from cases.tables import AlertRow, CaseRow, NoteRow, ReviewRow


def case(row: CaseRow) -> schemas.CaseAnswer:
    """A case without what belongs to it."""
    return schemas.CaseAnswer(
        case_id=row.case_id,
        status=Status(row.status),
        severity=Severity(row.severity),
        kinds=row.kinds,
        unit_id=row.unit_id,
        customer_id=row.customer_id,
        merchant_id=row.merchant_id,
        device_id=row.device_id,
        record_ids=row.record_ids,
        amount=_whole(row.amount),
        currency=row.currency,
        assigned_to=row.assigned_to,
        outcome=Outcome(row.outcome) if row.outcome else None,
        reason=row.reason,
        alerts=int(row.alerts),
        pending_reviews=int(row.pending_reviews),
        opened_at=clock.parse(row.opened_at),
        updated_at=clock.parse(row.updated_at),
        closed_at=clock.parse(row.closed_at),
    )


def file(found: CaseDetail) -> schemas.FileAnswer:
    """A case with all that belongs to it."""
    return schemas.FileAnswer(
        case=case(found.case),
        alerts=[_alert(row) for row in found.alerts],
        reviews=[review(row) for row in found.reviews],
        links=[_note(row) for row in found.links],
        notes=[_note(row) for row in found.notes],
        snoozed_until=clock.parse(found.snoozed_until),
    )


def review(row: ReviewRow) -> schemas.ReviewAnswer:
    """Held money and what became of it."""
    return schemas.ReviewAnswer(
        record_id=row.record_id,
        product=row.product,
        amount=int(row.amount),
        currency=row.currency,
        status=ReviewStatus(row.status),
        decided_by=row.decided_by,
        decided_at=clock.parse(row.decided_at),
        reason=row.reason,
    )


def _alert(row: AlertRow) -> schemas.AlertAnswer:
    return schemas.AlertAnswer(
        alert_id=row.alert_id,
        kind=row.kind,
        source=row.source,
        severity=Severity(row.severity),
        reasons=row.reasons,
        record_ids=row.record_ids,
        amount=_whole(row.amount),
        currency=row.currency,
        raised_at=clock.parse(row.raised_at),
    )


def _note(row: NoteRow) -> schemas.NoteAnswer:
    return schemas.NoteAnswer(
        what=row.what, author=row.author, text=row.text, noted_at=clock.parse(row.noted_at)
    )


def _whole(amount: float | None) -> int | None:
    return None if amount is None else int(amount)
