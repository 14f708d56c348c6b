"""Screening: is this customer or payee on a list? Once per request, and again when lists or names change."""

from typing import Any

from aml import tables
from aml.domain.outcomes import Outcome, Trigger, hit_of, open_hits, outcome, standing
from aml.service import lists
from aml.service.subjects import Subject, keep, keep_subject, ownership, unsealed
from aml.tables import SCREENINGS, ScreeningRow, SubjectRow, queue_shard
from bank import clock, errors, ids, store, vault
from bank.access.principal import Ownership, Principal
from bank.control import audit
from bank.store import Transaction
from bank.store.idempotency import once


def screen(
    *, subject: Subject, screening_id: str, request_digest: str, principal: Principal
) -> tuple[ScreeningRow, bool]:
    """Screen somebody for a caller; once for all deliveries of the request."""
    live, fingerprint = lists.live(), subject.fingerprint

    def act() -> ScreeningRow:
        known = tables.subject(subject.subject_id)
        if known is not None:
            principal.require_sees(known.ownership, errors.NotFound("there is no such subject"))
        owner = known.ownership if known else ownership(principal, subject.kind, subject.subject_id)
        return _screened(
            subject, fingerprint, known, owner, live, screening_id, Trigger.REQUEST, request_digest
        )

    return once(record=lambda: store.get(ScreeningRow, screening_id), request_digest=request_digest, act=act)


def take_verified(*, subject: Subject, owner: Ownership, event_id: str) -> str:
    """Screen a customer whose name was verified; the outcome. Delivered again, nothing more happens."""
    screening_id = ids.derived("scr", subject.subject_id, event_id)
    fingerprint = subject.fingerprint
    try:
        live = lists.live()
    except lists.NoList:
        store.retry_on_conflict(lambda: _keep_pending(subject, fingerprint, owner))
        return Outcome.PENDING.value

    def act() -> ScreeningRow:
        known = tables.subject(subject.subject_id)
        given = known.ownership if known else owner
        return _screened(
            subject, fingerprint, known, given, live, screening_id, Trigger.VERIFICATION, event_id
        )

    row, _ = once(record=lambda: store.get(ScreeningRow, screening_id), request_digest=event_id, act=act)
    return row.outcome


def again(*, known: SubjectRow, live: lists.Live, trigger: Trigger) -> bool:
    """Screen a subject again; whether that told anything new, of which alone a screening is made."""
    name, year = unsealed(known)
    subject = Subject(known.subject_id, known.kind, known.schema, name, year)
    hits = _hits(subject, known.fingerprint, known, live)
    new = standing(hits, known.fingerprint)
    transaction = Transaction()
    if new == known.standing:
        keep(transaction, known, lists_version=live.version, screened_at=clock.instant())
        transaction.commit()
        return False
    screening_id = ids.derived("scr", known.subject_id, live.version, new, str(known.revision))
    _screened(subject, known.fingerprint, known, known.ownership, live, screening_id, trigger, screening_id)
    return True


def _hits(
    subject: Subject, fingerprint: str, known: SubjectRow | None, live: lists.Live
) -> list[dict[str, Any]]:
    from aml.domain.index import Wanted

    found = live.index.hits(Wanted(subject.name, subject.schema, subject.year))
    return open_hits(map(hit_of, found), known.not_these if known else {}, fingerprint)


def _screened(
    subject: Subject,
    fingerprint: str,
    known: SubjectRow | None,
    owner: Ownership,
    live: lists.Live,
    screening_id: str,
    trigger: Trigger,
    request_digest: str,
) -> ScreeningRow:
    """Screen, and keep the screening and its subject in one transaction. Raises Stale, AlreadyExists."""
    hits = _hits(subject, fingerprint, known, live)
    row = _row(subject, owner, live.version, screening_id, trigger, request_digest, hits)
    row.previous = known.outcome if known else None
    transaction = Transaction()
    transaction.create(row)
    state = {
        "outcome": row.outcome,
        "standing": standing(hits, fingerprint),
        "lists_version": live.version,
        "screened_at": row.created_at,
        "screening_id": screening_id,
    }
    keep_subject(transaction, subject, fingerprint, known, owner, state)
    if row.outcome == Outcome.CONFIRMED:
        audit.record(
            transaction,
            actor=audit.system("aml.screening"),
            action="aml.screening_confirmed",
            subject_id=screening_id,
            ownership=owner,
            after={"entries": [hit["entry_id"] for hit in hits]},
            reason="the name and, for a person, the year of birth agree whole",
        )
    transaction.commit()
    return row


def _row(
    subject: Subject,
    owner: Ownership,
    version: str,
    screening_id: str,
    trigger: Trigger,
    request_digest: str,
    hits: list[dict[str, Any]],
) -> ScreeningRow:
    now, found = clock.instant(), outcome(hits)
    waits = found is Outcome.IN_REVIEW
    return ScreeningRow(
        record_id=screening_id,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        customer_id=owner.customer_id,
        queue_shard=queue_shard(SCREENINGS, owner.unit_id, screening_id) if waits else None,
        sort_key=f"{now}#{screening_id}" if waits else None,
        created_at=now,
        subject_id=subject.subject_id,
        subject_kind=subject.kind,
        masked_name=vault.mask_name(subject.name),
        outcome=found.value,
        trigger=trigger.value,
        lists_version=version,
        hits=hits,
        payee_account_id=subject.subject_id if subject.kind == "payee" else None,
        reference=subject.reference,
        request_digest=request_digest,
    )


def _keep_pending(subject: Subject, fingerprint: str, owner: Ownership) -> None:
    """There is no list yet: keep who it is, for the first one."""
    known = tables.subject(subject.subject_id)
    if known is not None and known.fingerprint == fingerprint:
        return
    transaction = Transaction()
    state = {"outcome": Outcome.PENDING.value, "standing": ""}
    keep_subject(transaction, subject, fingerprint, known, known.ownership if known else owner, state)
    transaction.commit()
