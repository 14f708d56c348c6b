"""Audit entries of what is done to clients: all that those who approve it have to see, before and after.

What a client was given while it was weak counts on once it is privileged: its keys, its secret and whom that
was sent to. So entries tell of them, in words that nothing but an act on the client changes, since an
approval is for what it was `before`.
"""

from collections.abc import Iterable
from typing import Any

from bank import ids
from bank.access.principal import Ownership
from bank.control import audit
from bank.control.audit import Actor
from bank.store import Transaction
from identity.tables import ClientKeyRow, ClientRow


def of_client(row: ClientRow, keys: Iterable[ClientKeyRow]) -> dict[str, Any]:
    """Facts of a client: no secret, and of its contact the masked number."""
    return {
        "name": row.name,
        "scopes": sorted(row.scopes),
        "unit_id": row.unit_id,
        "bank_wide": bool(row.bank_wide),
        "signed": bool(row.signed),
        "status": row.status,
        # Acts of one instant are in no order but this.
        "version": int(row.version or 0),
        "contact": row.contact_masked,
        "contact_digest": ids.digest(row.contact.hex()) if row.contact else None,
        "enrolment_digest": row.enrolment_digest,
        "secret_given": row.secret_given,
        "keys": of_keys(keys),
    }


def of_keys(keys: Iterable[ClientKeyRow]) -> list[dict[str, Any]]:
    """Facts of the keys that counted when the last one was added, by id: no more than may count at once."""
    known = sorted(keys, key=lambda key: key.key_id)
    last_added = max((key.created_at for key in known), default="")
    return [of_key(key) for key in known if key.counts(last_added)]


def of_key(key: ClientKeyRow) -> dict[str, Any]:
    """Facts of a key: the digest of its public half, who proposed it and when, and its end if it has one."""
    return {
        "key_id": key.key_id,
        "algorithm": key.algorithm,
        "public_key_sha256": key.public_key_sha256,
        "added_at": key.created_at,
        "added_by": key.added_by,
        "not_after": key.not_after,
    }


def record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    client_id: str,
    ownership: Ownership,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None,
) -> None:
    """Add the entry of what is done to a client."""
    audit.record(
        transaction,
        actor=actor,
        action=f"identity.{action}",
        subject_id=client_id,
        ownership=ownership,
        before=before,
        after=after,
        reason=reason,
    )
