"""Events of the kyc room: verifications that ended, levels that changed. Ids and masks of nothing.

It listens to the customers room's `CustomerClosed`.
"""

import base64
from typing import ClassVar

from bank.events import DomainEvent
from bank.store import Item
from kyc.domain.facts import Status
from kyc.tables import PROFILE, VERIFICATION, ProfileRow, VerificationRow


class KycEvent(DomainEvent):
    """Base of this room's events: about a customer, whose channel and unit they name."""

    room: ClassVar[str] = "kyc"
    customer_id: str
    client_id: str
    unit_id: str


class VerificationCompleted(KycEvent):
    """A verification ended: matched, mismatched or refused."""

    verification_id: str
    outcome: str
    reason: str | None
    factors: list[str]
    channels: list[str]
    mismatched: list[str]
    level: int | None
    # The name that matched, for screening: base64 of what bank.vault sealed for this verification's field.
    name_sealed: str | None = None


class LevelChanged(KycEvent):
    """A customer's level is another: 1, 2 or 3; or is told again, being the same."""

    level: int
    before: int
    # Keyed hash of the id number that it rests on: the customer proves themselves by it.
    identity: str | None = None


PUBLISHED: tuple[type[DomainEvent], ...] = (VerificationCompleted, LevelChanged)


EventOfSubject = tuple[KycEvent, str]


def of_change(old: Item | None, new: Item | None) -> list[EventOfSubject]:
    """The events that a change in the kyc table means, each with its instant.

    To the microsecond: a stream tells the second, and listeners take the later of two levels.
    """
    record = new["record"]["S"] if new else ""
    if new and record == VERIFICATION:
        before = VerificationRow.from_item(old) if old else None
        if before is not None and before.status != Status.PENDING:
            return []
        return _ended(before, VerificationRow.from_item(new))
    if new and record == PROFILE:
        return _level(ProfileRow.from_item(old) if old else None, ProfileRow.from_item(new))
    return []


def _ended(before: VerificationRow | None, row: VerificationRow) -> list[EventOfSubject]:
    if row.status == Status.PENDING or row.concluded_at is None:
        return []
    # With the outcome the sealed facts go from the row.
    name = before.name_sealed if before is not None and row.status == Status.MATCHED else None
    ended = VerificationCompleted(
        customer_id=row.customer_id,
        client_id=row.client_id,
        unit_id=row.unit_id,
        verification_id=row.verification_id,
        outcome=row.status,
        reason=row.reason,
        factors=row.factors,
        channels=row.channels or [],
        mismatched=row.mismatched or [],
        level=int(row.level) if row.level is not None else None,
        name_sealed=_base64(name),
    )
    return [(ended, row.concluded_at)]


def _base64(content: bytes | str | None) -> str | None:
    """A stream's record, being JSON, has bytes in base64 already."""
    return base64.b64encode(content).decode() if isinstance(content, bytes) else content


def _level(old: ProfileRow | None, new: ProfileRow) -> list[EventOfSubject]:
    before = int(old.level or 0) if old else 0
    level = int(new.level or 0)
    told_again = old is not None and old.told_at != new.told_at
    if (level == before and not told_again) or new.verified_at is None:
        return []
    changed = LevelChanged(
        customer_id=new.subject,
        client_id=new.client_id,
        unit_id=new.unit_id,
        level=level,
        before=before,
        identity=new.id_fingerprint,
    )
    return [(changed, new.verified_at)]
