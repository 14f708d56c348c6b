"""Rows as answers."""

from typing import Any

from aml import schemas
from aml.adapters import object_store
from aml.domain.outcomes import Outcome, Trigger
from aml.tables import ListRow, ReportRow, ScreeningRow
from bank import clock


def sanctions_list(row: ListRow) -> schemas.ListAnswer:
    """A version of a list."""
    announced = row.status == "announced"
    return schemas.ListAnswer(
        list_id=row.record_id,
        name=row.name,
        status="announced" if announced else "published",
        entries=_number(row.entries),
        names=_number(row.names),
        published_at=clock.parse(row.published_at),
        uploads=object_store.upload_urls(row.record_id) if announced else None,
    )


def screening(row: ScreeningRow, *, reviewer: bool) -> schemas.ScreeningAnswer:
    """A screening; to others than reviewers, without what would tip anybody off."""
    return schemas.ScreeningAnswer(
        screening_id=row.record_id,
        kind=schemas.SubjectKind(row.subject_kind),
        subject_id=row.subject_id,
        name=row.masked_name,
        outcome=Outcome(row.outcome),
        trigger=Trigger(row.trigger),
        lists_version=row.lists_version,
        reference=row.reference,
        created_at=clock.parse(row.created_at),
        hits=[_hit(hit) for hit in row.hits] if reviewer else None,
        decided_by=row.decided_by if reviewer else None,
        decided_at=clock.parse(row.decided_at) if reviewer else None,
        reason=row.reason if reviewer else None,
    )


def _hit(hit: dict[str, Any]) -> schemas.HitAnswer:
    return schemas.HitAnswer(
        entry_id=hit["entry_id"],
        alias=hit["alias"],
        type=hit["schema"],
        programme=hit["programme"],
        score=hit["score"],
        reasons=hit["reasons"],
    )


def report(row: ReportRow) -> schemas.AmlReportAnswer:
    """A report without its evidence."""
    return schemas.AmlReportAnswer(**_report(row))


def report_with_evidence(row: ReportRow) -> schemas.ReportWithEvidence:
    """A report with all that it rests on."""
    return schemas.ReportWithEvidence(**_report(row), **row.evidence)


def _report(row: ReportRow) -> dict[str, Any]:
    return {
        "report_id": row.record_id,
        "kind": row.kind,
        "pattern": row.pattern,
        "status": row.status,
        "account_id": row.account_id,
        "customer_id": row.customer_id or None,
        "amount": int(row.amount),
        "currency": row.currency,
        "movements": int(row.movements),
        "since": clock.parse(row.since),
        "until": clock.parse(row.until),
        "narrative": row.narrative,
        "created_at": clock.parse(row.created_at),
        "decided_by": row.decided_by,
        "decided_at": clock.parse(row.decided_at),
        "reason": row.reason,
    }


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
