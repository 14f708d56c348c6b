"""Rows of the identity room as its API shows them: no secret, no code, no number in full."""

from datetime import datetime
from typing import cast

from bank import clock
from identity import schemas
from identity.tables import ClientKeyRow, ClientRow


def client(row: ClientRow) -> schemas.ClientAnswer:
    """A client."""
    return schemas.ClientAnswer(
        client_id=row.client_id,
        name=row.name,
        scopes=sorted(row.scopes),
        unit_id=row.unit_id,
        bank_wide=bool(row.bank_wide),
        signed=bool(row.signed),
        status=schemas.ClientStatus(row.status),
        contact=row.contact_masked,
        enrolment_until=_instant(row.enrolment_until),
        rotated_at=_instant(row.rotated_at),
        created_at=clock.parse(row.created_at),
        revoked_at=_instant(row.revoked_at),
    )


def key(row: ClientKeyRow) -> schemas.KeyAnswer:
    """A client's key."""
    return schemas.KeyAnswer(
        client_id=row.client_id,
        key_id=row.key_id,
        algorithm=cast(schemas.Algorithm, row.algorithm),
        public_key=row.public_key,
        created_at=clock.parse(row.created_at),
        not_after=_instant(row.not_after),
    )


def _instant(text: str | None) -> datetime | None:
    return clock.parse(text) if text else None
