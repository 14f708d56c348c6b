"""Consequences of closed cases: labels for backtests and reports, frauds on profiles, block list entries."""

import contextlib
from typing import Any

from bank import clock, events, store
from bank.control import audit
from bank.observability import logger
from bank.risk.tables import ProfileRow, payers_of, with_fraud
from bank.store import Transaction
from risk.adapters import object_store
from risk.domain.comparison import FRAUD, LABELS
from risk.domain.labels import against_merchant
from risk.domain.lists import AFTER_FRAUD, AlreadyListed, Entry, Kind
from risk.events import Closed
from risk.service import lists
from risk.service.decisions import unchanged
from risk.tables import HitRow

CONSUMER = "risk-labels"


def take(*, closed: Closed) -> None:
    """Take a closed case once: its effect on profiles and the mark are one transaction."""
    label = LABELS.get(closed.outcome)
    if label is None:
        logger.error("a case was closed with an unknown outcome", case_id=closed.case_id)
        return
    object_store.append(
        object_store.LABELS, [_line(closed, label, record_id) for record_id in closed.record_ids]
    )
    if label != FRAUD:
        return
    hits = store.get_many([(HitRow, f"hit#{record_id}", "-") for record_id in closed.record_ids])
    payees = sorted({hit.payee_id for hit in hits if hit is not None and hit.payee_id})
    counted = _counted(closed, [hit.reasons if hit else [] for hit in hits], payees)
    with contextlib.suppress(events.AlreadyConsumed):
        store.retry_on_conflict(lambda: _count(closed, counted))
    _block(closed, payees)


def _line(closed: Closed, label: str, record_id: str) -> dict[str, Any]:
    return {
        "label_id": f"{closed.event_id}#{record_id}",
        "record_id": record_id,
        "label": label,
        "at": closed.closed_at,
        "day": clock.business_date(clock.parse(closed.closed_at)).isoformat(),
        "unit_id": closed.unit_id,
        "amount": closed.amount,
        "currency": closed.currency,
    }


def _counted(closed: Closed, reasons: list[list[str]], payees: list[str]) -> dict[str, int]:
    """Count the confirmed frauds of each profile. A case without records is one that nothing explains."""
    reasons = reasons or [[]]
    against = sum(against_merchant(each) for each in reasons) if closed.merchant_id else 0
    counted = {f"payee#{payee}": len(reasons) for payee in payees}
    if against:
        counted[f"merchant#{closed.merchant_id}"] = against
    if closed.customer_id and against < len(reasons):
        counted |= dict.fromkeys(payers_of(closed.customer_id), len(reasons) - against)
    if closed.device_id:
        counted[f"device#{closed.device_id}"] = len(reasons)
    return counted


def _count(closed: Closed, counted: dict[str, int]) -> None:
    day = clock.business_date(clock.parse(closed.closed_at))
    transaction = Transaction()
    events.consume_once(transaction, consumer=CONSUMER, event_id=closed.event_id)
    rows = store.get_many([(ProfileRow, profile) for profile in counted])
    for (profile, times), row in zip(counted.items(), rows, strict=True):
        before = row.frauds if row else None
        frauds = dict(before or {})
        for _ in range(times):
            frauds = with_fraud(frauds, day)
        transaction.update(
            (ProfileRow, profile),
            [ProfileRow.frauds.set(frauds)],
            unchanged(ProfileRow.frauds, before),
            store.stale,
        )
    transaction.commit()


def _block(closed: Closed, payees: list[str]) -> None:
    """Add entries to the block list; those there already stay: staff may have said for how long."""
    subjects = [(Kind.PAYEE, payee) for payee in payees]
    if closed.device_id:
        subjects.append((Kind.DEVICE, closed.device_id))
    for kind, subject in subjects:
        name, kept = AFTER_FRAUD[kind]
        expires_at = clock.instant(clock.parse(closed.closed_at) + kept)
        entry = Entry(name, kind, subject, "confirmed fraud", closed.case_id, expires_at)
        try:
            lists.add(entry=entry, actor=audit.system("risk.on_cases"))
        except AlreadyListed:
            continue
