"""Taking alerts: each once, gathered into the case that is open about the same customer or merchant."""

from bank import clock, ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.observability import logger
from bank.store import Transaction
from cases import domain
from cases.domain import Severity, Status
from cases.events import Alert, Held
from cases.tables import ALERT, REVIEW, AlertRow, CaseRow, ReviewRow, SubjectRow, key


def take(*, alert: Alert, source: str, raised_at: str) -> str | None:
    """Take an alert once; the case that it is in, or None where the customer's alerts are snoozed.

    Two or three round trips. Whether it opens a case is decided on what was read and written on the condition
    that it still is so; taken again, nothing happens.
    """

    def decide() -> str | None:
        keys = [(SubjectRow, f"{ALERT}{alert.alert_id}"), (SubjectRow, _subject(alert))]
        taken, about = store.get_many(keys)
        if taken is not None:
            return str(taken.case_id) if taken.case_id else None
        if _snoozed(about) and not isinstance(alert, Held):
            _suppress(alert)
            return None
        row = store.get(*key(about.case_id)) if about is not None and about.case_id else None
        case = row if isinstance(row, CaseRow) and row.status != Status.CLOSED else None
        return _gather(alert, source, raised_at, case, about)

    try:
        return store.retry_on_conflict(decide)
    except store.AlreadyExists as existing:
        item = existing.item or {}
        return str(item["case_id"]["S"]) if "case_id" in item else None


def _subject(alert: Alert) -> str:
    """Return the alert's subject; an alert about nobody is a case of its own."""
    about = domain.subject(
        customer_id=alert.customer_id, merchant_id=alert.merchant_id, device_id=alert.device_id
    )
    return about or f"alone#{alert.alert_id}"


def _snoozed(about: SubjectRow | None) -> bool:
    return bool(about and about.snoozed_until and clock.instant() < about.snoozed_until)


def _suppress(alert: Alert) -> None:
    transaction = Transaction()
    transaction.create(_taken(alert, None))
    transaction.commit()
    logger.info("alert suppressed", alert_id=alert.alert_id, kind=alert.kind)


def _taken(alert: Alert, case_id: str | None) -> SubjectRow:
    return SubjectRow(
        subject=f"{ALERT}{alert.alert_id}",
        case_id=case_id,
        suppressed=True if case_id is None else None,
        taken_at=clock.instant(),
    )


def _gather(alert: Alert, source: str, raised_at: str, case: CaseRow | None, about: SubjectRow | None) -> str:
    transaction = Transaction()
    # Derived from the alert, so that two deliveries at once cannot open two cases.
    case_id = case.case_id if case else ids.derived("cas", alert.alert_id)
    transaction.create(_taken(alert, case_id))
    transaction.create(_alert_row(alert, source, raised_at, case_id))
    if isinstance(alert, Held):
        transaction.create(_review_row(alert, case_id), store.stale)
        transaction.create(SubjectRow(subject=f"{REVIEW}{alert.record_id}", case_id=case_id), store.stale)
    if case:
        _add(transaction, case, alert)
    else:
        transaction.create(_opened(alert, case_id), store.stale)
        _point(transaction, _subject(alert), about.case_id if about else None, case_id)
    transaction.commit()
    return case_id


def _point(transaction: Transaction, subject: str, read: str | None, case_id: str) -> None:
    """Name the open case of a subject, while the one named is still the one that was read."""
    unchanged = SubjectRow.case_id == read if read else SubjectRow.case_id.does_not_exist()
    transaction.update((SubjectRow, subject), [SubjectRow.case_id.set(case_id)], unchanged, store.stale)


def _add(transaction: Transaction, case: CaseRow, alert: Alert) -> None:
    severity = domain.graver(Severity(case.severity), Severity(alert.severity))
    actions = [
        CaseRow.alerts.set(CaseRow.alerts + 1),
        CaseRow.kinds.set(sorted({*case.kinds, alert.kind})),
        CaseRow.severity.set(severity.value),
        CaseRow.record_ids.set(domain.gathered(case.record_ids, _records(alert))),
        CaseRow.updated_at.set(clock.instant()),
        CaseRow.revision.set(CaseRow.revision + 1),
    ]
    if isinstance(alert, Held):
        actions.append(CaseRow.pending_reviews.set(CaseRow.pending_reviews + 1))
    if alert.amount and case.currency in (None, alert.currency):
        actions += [
            CaseRow.amount.set(int(case.amount or 0) + alert.amount),
            CaseRow.currency.set(alert.currency or ""),
        ]
    transaction.update(key(case.case_id), actions, CaseRow.revision == int(case.revision), store.stale)


def _records(alert: Alert) -> list[str]:
    return [*alert.record_ids, *([alert.record_id] if isinstance(alert, Held) else [])]


def _opened(alert: Alert, case_id: str) -> CaseRow:
    now = clock.instant()
    row = CaseRow(
        case_id=case_id,
        severity=alert.severity,
        kinds=[alert.kind],
        subject=_subject(alert),
        customer_id=alert.customer_id,
        merchant_id=alert.merchant_id,
        device_id=alert.device_id,
        record_ids=domain.gathered([], _records(alert)),
        amount=alert.amount,
        currency=alert.currency,
        unit_id=alert.unit_id or HEAD_OFFICE,
        alerts=1,
        pending_reviews=1 if isinstance(alert, Held) else 0,
        opened_at=now,
        updated_at=now,
    )
    row.file()
    return row


def _alert_row(alert: Alert, source: str, raised_at: str, case_id: str) -> AlertRow:
    return AlertRow(
        case_id=case_id,
        record=f"{ALERT}{raised_at}#{alert.alert_id}",
        alert_id=alert.alert_id,
        kind=alert.kind,
        source=source,
        severity=alert.severity,
        reasons=alert.reasons,
        record_ids=_records(alert),
        amount=alert.amount,
        currency=alert.currency,
        raised_at=raised_at,
    )


def _review_row(held: Held, case_id: str) -> ReviewRow:
    return ReviewRow(
        case_id=case_id,
        record=f"{REVIEW}{held.record_id}",
        record_id=held.record_id,
        product=held.product,
        amount=held.amount or 0,
        currency=held.currency or "",
    )


def lapse(*, record_id: str) -> None:
    """A hold ended before anybody decided: its review can be decided no more. Nothing where there is none."""
    pointer = store.get(SubjectRow, f"{REVIEW}{record_id}")
    if pointer is None or not pointer.case_id:
        return
    case_id = pointer.case_id

    def decide() -> None:
        case, review = store.get_many([key(case_id), (ReviewRow, case_id, f"{REVIEW}{record_id}")])
        if case is None or review is None or review.status != domain.ReviewStatus.PENDING:
            return
        transaction = Transaction()
        transaction.update(
            (ReviewRow, case_id, review.record),
            [
                ReviewRow.status.set(domain.ReviewStatus.LAPSED.value),
                ReviewRow.decided_at.set(clock.instant()),
            ],
            ReviewRow.status == domain.ReviewStatus.PENDING.value,
            store.stale,
        )
        transaction.update(
            key(case_id),
            [
                CaseRow.pending_reviews.set(CaseRow.pending_reviews - 1),
                CaseRow.revision.set(CaseRow.revision + 1),
            ],
            CaseRow.pending_reviews >= 1,
            store.stale,
        )
        transaction.commit()

    store.retry_on_conflict(decide)
