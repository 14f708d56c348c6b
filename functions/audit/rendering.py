"""Entries and reports as they are answered."""

from collections.abc import Iterable
from typing import Any

from audit import schemas
from audit.domain import Entry
from bank import clock
from bank.control.audit import AuditEntryRow
from bank.privacy import exports


def entry(row: AuditEntryRow) -> schemas.AuditEntryAnswer:
    """An act."""
    return schemas.AuditEntryAnswer(
        entry_id=row.entry_id,
        at=clock.parse(row.at),
        actor=schemas.ActorAnswer(
            subject=row.actor,
            kind=row.actor_kind,
            client_id=row.actor_client,
            unit=row.actor_unit,
            session=row.session,
            source_ip=row.source_ip,
            request_id=row.request_id,
        ),
        action=row.action,
        subject_id=row.subject_id,
        client_id=row.client_id,
        unit_id=row.unit_id,
        customer_id=row.customer_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )


def own_data(rows: Iterable[AuditEntryRow]) -> exports.Part:
    """This room's part of an export: what the customer did, or whoever tried to be them, and from where."""
    return {"acts": [entry(row).model_dump(mode="json") for row in rows]}


def decision(found: Entry) -> schemas.DecisionAnswer:
    """A decision on money."""
    return schemas.DecisionAnswer(
        event_id=found["id"],
        at=clock.parse(found["at"]),
        type=found["type"],
        subject=found["subject"],
        data=found["data"],
    )


def report(found: dict[str, Any]) -> schemas.AuditVerificationAnswer:
    """Report of a verification."""
    known = {name: found[name] for name in schemas.AuditVerificationAnswer.model_fields.keys() & found.keys()}
    return schemas.AuditVerificationAnswer(
        **known, complete=found["next"] is None, intact=not found["difference_count"]
    )
