"""Staff's decisions: on a screening, its identity; on a report, its submission to the authority."""

from aml import tables
from aml.domain.outcomes import Outcome, standing
from aml.service import access, reading
from aml.service.subjects import unsealed
from aml.tables import ReportRow, ScreeningRow, SubjectRow
from bank import clock, errors, store
from bank.access.principal import Principal
from bank.control import audit
from bank.store import Transaction

MISSING = errors.NotFound("there is no such report")


class AlreadyDecided(errors.Conflict):
    """409: somebody has decided this otherwise already."""

    code, title = "already_decided", "Already decided"


def decide(
    *, screening_id: str, decision: Outcome, reason: str, principal: Principal, actor: audit.Actor
) -> ScreeningRow:
    """Confirm or clear a screening that waits; clear a confirmed one. Again the same changes nothing."""
    access.require_reviewer(principal)

    def act() -> ScreeningRow:
        row = reading.find(screening_id, principal)
        if row.outcome == decision:
            return row
        if row.outcome == Outcome.NO_HIT:
            raise AlreadyDecided("this screening has no hit that is open")
        _decided(row, decision, reason, actor)
        return reading.find(screening_id, principal)

    return store.retry_on_conflict(act)


def _decided(row: ScreeningRow, decision: Outcome, reason: str, actor: audit.Actor) -> None:
    subject = tables.subject(row.subject_id)
    assert subject is not None, row.subject_id
    cleared = dict(subject.cleared or {})
    if decision is Outcome.NO_HIT:
        cleared |= {hit["entry_id"]: [hit["digest"], subject.fingerprint] for hit in row.hits}
    transaction = Transaction()
    transaction.update(
        (ScreeningRow, row.record_id),
        [
            ScreeningRow.outcome.set(decision.value),
            ScreeningRow.decided_by.set(actor.subject),
            ScreeningRow.decided_at.set(clock.instant()),
            ScreeningRow.reason.set(reason),
            ScreeningRow.queue_shard.remove(),
            ScreeningRow.sort_key.remove(),
        ],
        ScreeningRow.outcome == row.outcome,
        store.stale,
    )
    # An older screening than the subject's last says nothing of how things stand now.
    last = subject.screening_id == row.record_id
    settled = standing([], subject.fingerprint) if decision is Outcome.NO_HIT else subject.standing
    transaction.update(
        (SubjectRow, subject.shard, subject.subject_id),
        [
            SubjectRow.cleared.set(cleared),
            SubjectRow.outcome.set(decision.value if last else subject.outcome),
            SubjectRow.standing.set(settled if last else subject.standing),
            SubjectRow.revision.set(int(subject.revision) + 1),
        ],
        SubjectRow.revision == int(subject.revision),
        store.stale,
    )
    audit.record(
        transaction,
        actor=actor,
        action="aml.screening_decided",
        subject_id=row.record_id,
        ownership=row.ownership,
        before={"outcome": row.outcome},
        after={"outcome": decision.value, "entries": [hit["entry_id"] for hit in row.hits]},
        reason=reason,
    )
    transaction.commit()


def unmask(
    *, screening_id: str, reason: str, principal: Principal, actor: audit.Actor
) -> tuple[str, int | None]:
    """The full name and year of birth of who was screened, to a person who has to judge; audited first."""
    access.require_reviewer(principal)
    row = reading.find(screening_id, principal)
    subject = tables.subject(row.subject_id)
    assert subject is not None, row.subject_id
    transaction = Transaction()
    audit.record(
        transaction,
        actor=actor,
        action="aml.name_unmasked",
        subject_id=row.record_id,
        ownership=row.ownership,
        after={"fields": ["name", "birth_year"]},
        reason=reason,
    )
    transaction.commit()
    return unsealed(subject)


# Reports -------------------------------------------------------------------------------------------


def find_report(report_id: str, principal: Principal) -> ReportRow:
    """A report that the caller may know of."""
    access.require_reviewer(principal)
    row = store.get(ReportRow, report_id) if report_id.startswith("rpt_") else None
    if row is None:
        raise MISSING
    principal.require_sees(row.ownership, MISSING)
    return row


def submit(
    *, report_id: str, submitted: bool, reason: str, principal: Principal, actor: audit.Actor
) -> ReportRow:
    """Submit a draft to the authority, or dismiss it; once. Again the same changes nothing."""
    status = "submitted" if submitted else "dismissed"

    def act() -> ReportRow:
        row = find_report(report_id, principal)
        if row.status == status:
            return row
        if row.status != "draft":
            raise AlreadyDecided(f"this report was {row.status} before")
        transaction = Transaction()
        transaction.update(
            (ReportRow, report_id),
            [
                ReportRow.status.set(status),
                ReportRow.decided_by.set(actor.subject),
                ReportRow.decided_at.set(clock.instant()),
                ReportRow.reason.set(reason),
            ],
            (ReportRow.status == "draft") & (ReportRow.evidence_digest == row.evidence_digest),
            store.stale,
        )
        audit.record(
            transaction,
            actor=actor,
            action=f"aml.report_{status}",
            subject_id=report_id,
            ownership=row.ownership,
            before={"status": "draft", "evidence": row.evidence_digest},
            after={"status": status},
            reason=reason,
        )
        transaction.commit()
        return find_report(report_id, principal)

    return store.retry_on_conflict(act)
