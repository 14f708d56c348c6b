"""Incidents: alarms that went off. They are acknowledged by people, or escalated to others."""

from datetime import datetime

from pynamodb.expressions.condition import Condition

from bank import clock, errors, store
from bank.access.principal import THE_BANK
from bank.config import config
from bank.control import audit
from bank.observability import logger
from bank.store import Transaction
from operations.adapters import pages
from operations.domain.incidents import AlarmChanged
from operations.tables import OPEN, IncidentRow

MAX_DETAIL = 1000


class IncidentNotFound(errors.NotFound):
    """404: there is no such incident."""

    code, title = "incident_not_found", "No such incident"


def take(change: AlarmChanged) -> None:
    """Keep an incident, or that it is over. One that begins is looked at again in a quarter of an hour."""
    row = IncidentRow(
        incident_id=change.incident_id,
        alarm=change.alarm,
        detail=change.detail[:MAX_DETAIL],
        began_at=clock.instant(change.began_at),
        over_at=clock.instant(change.over_at) if change.over_at else None,
        open_key=OPEN,
        place=f"{clock.instant(change.began_at)}#{change.incident_id}",
    )
    new = store.put_new(row)
    if change.over_at is None:
        # Delivered again, too: the first time it may have ended here.
        pages.wait(row.incident_id)
    elif not new:
        _end(row.incident_id, change.over_at)
    logger.info("incident", incident_id=row.incident_id, alarm=row.alarm, over=change.over_at is not None)


def escalate(incident_id: str) -> bool:
    """Wake whoever is next, unless it is acknowledged or over, or they have been woken."""
    row = store.get(IncidentRow, incident_id)
    if row is None or row.acknowledged_at or row.over_at or row.escalated_at:
        return False
    pages.escalate(
        f"{config.stage}: {row.alarm} is not acknowledged"[:99],
        f"{row.detail}\n\nSince {row.began_at}. Acknowledge: POST /incidents/{incident_id}/acknowledgement",
    )
    # After it: who is told twice is told.
    row.update(actions=[IncidentRow.escalated_at.set(clock.instant())])
    return True


def list_open(*, after: str | None, limit: int) -> tuple[list[IncidentRow], str | None]:
    """Incidents that are not over or not acknowledged, newest first."""
    before = IncidentRow.place < after if after else None
    keys = list(IncidentRow.open_incidents.query(OPEN, before, scan_index_forward=False, limit=limit + 1))
    page, last = store.page(keys, limit, lambda row: row.place)
    rows = store.get_many([(IncidentRow, row.incident_id) for row in page])
    return [row for row in rows if row and row.open_key], last


def find(incident_id: str) -> IncidentRow:
    """One incident. Raises IncidentNotFound."""
    row = store.get(IncidentRow, incident_id)
    if row is None:
        raise IncidentNotFound()
    return row


def acknowledge(*, incident_id: str, note: str, actor: audit.Actor) -> IncidentRow:
    """Take an incident on: nobody else is woken for it. The first who does counts; others see whom."""

    def act() -> IncidentRow:
        row = find(incident_id)
        if row.acknowledged_at:
            return row
        row.acknowledged_at, row.acknowledged_by, row.note = clock.instant(), actor.subject, note
        transaction = Transaction()
        transaction.update(
            (IncidentRow, incident_id),
            [
                IncidentRow.acknowledged_at.set(row.acknowledged_at),
                IncidentRow.acknowledged_by.set(row.acknowledged_by),
                IncidentRow.note.set(note),
                *([IncidentRow.open_key.remove()] if row.over_at else []),
            ],
            IncidentRow.acknowledged_at.does_not_exist() & _as_read(row),
            store.stale,
        )
        audit.record(
            transaction,
            actor=actor,
            action="operations.incident_acknowledged",
            subject_id=incident_id,
            ownership=THE_BANK,
            after={"alarm": row.alarm, "began_at": row.began_at, "escalated_at": row.escalated_at},
            reason=note,
        )
        transaction.commit()
        return row

    return store.retry_on_conflict(act)


def _end(incident_id: str, over_at: datetime) -> None:
    """Keep that it is over; it leaves the list where it is acknowledged."""

    def act() -> None:
        row = find(incident_id)
        if row.over_at:
            return
        transaction = Transaction()
        transaction.update(
            (IncidentRow, incident_id),
            [
                IncidentRow.over_at.set(clock.instant(over_at)),
                *([IncidentRow.open_key.remove()] if row.acknowledged_at else []),
            ],
            IncidentRow.acknowledged_at.exists()
            if row.acknowledged_at
            else IncidentRow.acknowledged_at.does_not_exist(),
            store.stale,
        )
        transaction.commit()

    store.retry_on_conflict(act)


def _as_read(row: IncidentRow) -> Condition:
    return IncidentRow.over_at.exists() if row.over_at else IncidentRow.over_at.does_not_exist()
