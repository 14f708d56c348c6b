"""Clients of channels and their keys."""

from collections.abc import Callable, Iterator

from audit.service.verifying.held import Acts, Facts, Held, after, unbroken
from bank import ids, store
from bank.access.clients import ClientKeyRow, ClientRow
from bank.ledger import AccountRow, Kind

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
        "key_added",
        "key_retired",
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
            "enrolment_digest": row.enrolment_digest,
            "secrets": [ids.digest(secret) for secret in secrets if secret],
            "previous_until": row.previous_until,
            "secret_given": row.secret_given,
            "enrolled by a code that was sent": True,
            "as the acts found it": True,
        }
        yield Held(row.client_id, says, row.client_id, row.created_at, _client_told(row.secret_given))


def _client_told(secret_given: Facts | None) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        if not any(act.action == "identity.client_registered" for act in acts):
            return None
        # Entries of before told nothing of when a secret was given, and to whom.
        facts: Facts = {**NEW_CLIENT, "secret_given": secret_given}
        codes: set[str | None] = set()
        secrets: list[str] = []
        known = True
        done = sorted(
            (act for act in acts if act.action in CLIENT_ACTS),
            key=lambda act: (act.after or {}).get("version", 0),
        )
        for said in (act.after or {} for act in done):
            # A code that somebody put into the row gives a secret whose entry is true.
            known &= said.get("enrolled_by", "") in {"", *codes}
            codes |= {said.get("enrolment_digest")}
            secrets += [said["secret_digest"]] if "secret_digest" in said else []
            facts |= said
        return {
            **facts,
            "secrets": secrets[-2:],
            "enrolled by a code that was sent": known,
            "as the acts found it": unbroken(done),
        }

    return told


def keys() -> Iterator[Held]:
    """The keys that clients sign with."""
    for row in ClientKeyRow.scan():
        says = {
            "algorithm": row.algorithm,
            "public_key_sha256": row.public_key_sha256,
            "added_at": row.created_at,
            "added_by": row.added_by,
            "not_after": row.not_after,
        }
        name = f"{row.client_id}/{row.key_id}"
        yield Held(name, says, row.client_id, row.created_at, _key_told(row))


def _key_told(row: ClientKeyRow) -> Callable[[Acts], Facts | None]:
    def told(acts: Acts) -> Facts | None:
        of_key = [
            each
            for each in after(acts, "identity.key_added", "identity.key_retired")
            if each.get("key_id") == row.key_id
        ]
        if not of_key or "algorithm" not in of_key[0]:
            return None
        # Entries of before did not tell when it was added, and by whom.
        facts: Facts = {"added_at": row.created_at, "added_by": row.added_by, "not_after": None}
        return facts | {name: value for each in of_key for name, value in each.items()}

    return told


def clearing_accounts() -> Iterator[Held]:
    """Clearing accounts of clients: limits of what they may deposit on their word."""
    for client in ClientRow.scan():
        for key in AccountRow.by_owner.query(client.client_id):
            row = store.get(AccountRow, key.account_id)
            if row is None or row.kind != Kind.CLEARING.value:
                continue
            says = {
                "credit_limit": int(row.credit_limit or 0),
                "per_day": int(row.limit_per_day),
                "per_deposit": int(row.limit_per_payment),
                "as the acts found it": True,
            }
            yield Held(row.account_id, says, row.account_id, row.opened_at, _limits_told)


def _limits_told(acts: Acts) -> Facts | None:
    said = [act for act in acts if act.action == "accounts.clearing_limits_set"]
    return {**(said[-1].after or {}), "as the acts found it": unbroken(said)} if said else None
