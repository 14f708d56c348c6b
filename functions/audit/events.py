"""What the audit room tells."""

from typing import ClassVar

from bank.events import DomainEvent


class AuditVerificationFailed(DomainEvent):
    """What is stored of the audit trail is not what was written."""

    room: ClassVar[str] = "audit"
    started_at: str
    difference_count: int
    # What the first difference is of, and its name: an entry's id, a block's day and number, an anchor's key.
    first_what: str
    first_id: str


PUBLISHED = (AuditVerificationFailed,)
