"""Clients of channels and their keys."""

import hashlib
from collections.abc import Callable, Iterator

from audit.service.verifying.held import Acts, Facts, Held, after
from bank import ids
from bank.access.clients import ClientRow
from bank.access.signatures import ClientKeyRow

CLIENT_ACTS = tuple(
    f"identity.{deed}"
    for deed in (
        "client_registered",
        "client_changed",
        "client_suspended",
        "client_reinstated",
        "client_revoked",
        "client_enrolled",
        "enrolment_sent",
        "secret_rotated",
    )
)
# What no act has said anything of.
NEW_CLIENT: Facts = {"contact_digest": None, "enrolment_digest": None, "previous_until": None}


def clients() -> Iterator[Held]:
    """Clients of channels."""
    for row in ClientRow.scan():
        secrets = [row.previous_secret_hash, row.secret_hash]
        says = {
            "name": row.name,
            "scopes": sorted(row.scopes),
            "bank_wide": bool(row.bank_wide),
            "signed": bool(row.signed),
            "unit_id": row.unit_id,
            "status": row.status,
            "contact_digest": ids.digest(row.contact.hex()) if row.contact else None,
            "enrolment_digest": ids.digest(row.enrolment_hash) if row.enrolment_hash else None,
            "secrets": [ids.digest(secret) for secret in secrets if secret],
            "previous_until": row.previous_until,
            "enrolled by a code that was sent": True,
        }
        yield Held(row.client_id, says, row.client_id, row.created_at, _client_told)


def _client_told(acts: Acts) -> Facts | None:
    if not any(act.action == "identity.client_registered" for act in acts):
        return None
    facts: Facts = {}
    codes: set[str | None] = set()
    secrets: list[str] = []
    known = True
    for told in sorted(after(acts, *CLIENT_ACTS), key=lambda told: told.get("version", 0)):
        # A code that somebody put into the row gives a secret whose entry is true.
        known &= told.get("enrolled_by", "") in {"", *codes}
        codes |= {told.get("enrolment_digest")}
        secrets += [told["secret_digest"]] if "secret_digest" in told else []
        facts |= told
    return {**NEW_CLIENT, **facts, "secrets": secrets[-2:], "enrolled by a code that was sent": known}


def keys() -> Iterator[Held]:
    """The keys that clients sign with."""
    for row in ClientKeyRow.scan():
        digest = hashlib.sha256(row.public_key.encode()).hexdigest()
        says = {"algorithm": row.algorithm, "public_key_sha256": digest, "not_after": row.not_after}
        name = f"{row.client_id}/{row.key_id}"
        yield Held(name, says, row.client_id, row.created_at, _key_told(row.key_id))


def _key_told(key_id: str) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        of_key = [
            each
            for each in after(acts, "identity.key_added", "identity.key_retired")
            if each.get("key_id") == key_id
        ]
        if not of_key or "algorithm" not in of_key[0]:
            return None
        return {"not_after": None} | {name: value for each in of_key for name, value in each.items()}

    return told
