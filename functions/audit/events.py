"""Events of the audit room."""

from typing import ClassVar

from bank.events import DomainEvent


class AuditVerificationFailed(DomainEvent):
    """The stored audit trail differs from what was written."""

    room: ClassVar[str] = "audit"
    started_at: str
    difference_count: int
    # What the first difference is of, and its name: an entry's id, a block's day and number, an anchor's key.
    first_what: str
    first_id: str


PUBLISHED = (AuditVerificationFailed,)
