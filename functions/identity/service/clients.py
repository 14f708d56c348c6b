"""Use cases of the identity room: keep channel clients, issue tokens, verify them."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bank import clock, errors, ids, store
from bank.access import organisation, signing, tokens
from bank.access.principal import Ownership
from bank.store import Item, Transaction
from identity.domain import oauth
from identity.domain.access import AuthenticatedPrincipal, unknown
from identity.domain.clients import ClientExists, ClientNotFound, ClientRevoked, KeyNotFound, KeyRetired
from identity.domain.oauth import Credentials, TokenRefused
from identity.service import secret
from identity.tables import ACTIVE, REVOKED, ClientRow

# How long the secret before still counts after a rotation.
OVERLAP = timedelta(hours=24)
CLIENT_ID = re.compile(r"[A-Za-z0-9_\-.]{1,64}")


@dataclass(frozen=True)
class Granted:
    """An access token, its lifetime in seconds and its scopes."""

    access_token: str
    expires_in: int
    scopes: tuple[str, ...]


def issue_token(*, credentials: Credentials, scope: str | None) -> Granted:
    """A token for a client that proves its secret. Two round trips: the client's row, and KMS.

    Raises TokenRefused. Why a client is not let in is not told, and takes the same time whatever it is.
    """
    row = _client(credentials.client_id)
    proven = secret.matches(credentials.secret, row.secret_hashes(clock.instant()) if row else [])
    if row is None or not proven or row.status != ACTIVE:
        raise TokenRefused("invalid_client", "the client is unknown, revoked, or its secret is wrong")
    scopes = oauth.granted_scopes(row.scopes, scope)
    token = tokens.issue(
        client_id=row.client_id,
        scopes=scopes,
        unit=row.unit_id,
        bank_wide=bool(row.bank_wide),
        signed=bool(row.signed),
    )
    return Granted(token, int(tokens.LIFETIME.total_seconds()), scopes)


def _client(client_id: str) -> ClientRow | None:
    return store.get(ClientRow, client_id) if CLIENT_ID.fullmatch(client_id) else None


def verify(*, token: str) -> AuthenticatedPrincipal:
    """Verify a token and return its principal. Raises Refused."""
    # Imported here: only the authorizer verifies, and the token endpoint need not start with it.
    from identity.service import verification

    return verification.verify(token)


def jwks() -> list[dict[str, Any]]:
    """The public keys that the bank's tokens verify with, as JWKs."""
    return [dict(key) for key in signing.public_keys().as_dict()["keys"]]


# For operators ------------------------------------------------------------------------------------


def register_client(
    *,
    name: str,
    scopes: Collection[str],
    client_id: str | None = None,
    unit_id: str = organisation.HEAD_OFFICE,
    bank_wide: bool = False,
    signed: bool = False,
) -> tuple[str, str]:
    """Register a channel's client; its id, and its secret, which cannot be had again.

    Staff of `unit_id` keep it and what comes through it. It sees its own records alone, unless `bank_wide`.
    A `signed` one must sign what moves money.
    Raises Invalid for scopes, an id or a unit that cannot be, ClientExists for an id that is taken.
    """
    _require_valid(scopes, client_id)
    _require_unit(unit_id)
    made = secret.new()
    row = ClientRow(
        client_id=client_id or ids.new("cli"),
        name=name,
        scopes=set(scopes),
        unit_id=unit_id,
        bank_wide=bank_wide,
        signed=signed,
        status=ACTIVE,
        secret_hash=secret.hashed(made),
        created_at=clock.instant(),
    )
    transaction = Transaction()
    transaction.create(row, lambda _: ClientExists(f"{row.client_id} is registered already"))
    told = {"name": name, "scopes": sorted(scopes), "bank_wide": bank_wide, "signed": signed}
    told["secret_digest"] = ids.digest(row.secret_hash)
    _record(transaction, "client_registered", row.client_id, unit_id, **told)
    transaction.commit()
    return row.client_id, made


def _record(transaction: Transaction, action: str, client_id: str, unit_id: str = "", **after: Any) -> None:
    """Add the entry of what an operator does to a client."""
    # Imported here: no function of this room writes entries.
    from bank.control import audit

    audit.record(
        transaction,
        actor=audit.operator(),
        action=f"identity.{action}",
        subject_id=client_id,
        ownership=Ownership(client_id, unit_id or organisation.HEAD_OFFICE),
        after=after or None,
    )


def _require_valid(scopes: Collection[str], client_id: str | None) -> None:
    wrong = unknown(scopes)
    if wrong or not scopes:
        message = f"no such scope: {', '.join(wrong)}" if wrong else "a client needs a scope"
        raise errors.Invalid(message, errors=[{"field": "scopes", "message": message}])
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        message = "is 1 to 64 letters, digits, -, _ or ."
        raise errors.Invalid(f"client_id {message}", errors=[{"field": "client_id", "message": message}])


def _require_unit(unit_id: str) -> None:
    if unit_id != organisation.HEAD_OFFICE and unit_id not in organisation.tree(again=True).parents:
        message = f"there is no unit {unit_id}"
        raise errors.Invalid(message, errors=[{"field": "unit_id", "message": message}])


def rotate_secret(*, client_id: str, overlap: timedelta = OVERLAP) -> str:
    """Give the client a new secret and answer it; the one before counts for `overlap` longer.

    Raises ClientNotFound and ClientRevoked.
    """
    made, now = secret.new(), clock.now()
    kept = secret.hashed(made)
    actions = [
        ClientRow.previous_secret_hash.set(ClientRow.secret_hash),
        ClientRow.previous_until.set(clock.instant(now + overlap)),
        ClientRow.secret_hash.set(kept),
        ClientRow.rotated_at.set(clock.instant(now)),
    ]
    transaction = Transaction()
    transaction.update((ClientRow, client_id), actions, ClientRow.status == ACTIVE, _not_active)
    _record(transaction, "secret_rotated", client_id, secret_digest=ids.digest(kept))
    transaction.commit()
    return made


def revoke(*, client_id: str) -> None:
    """Give the client no more tokens, for good. Those it holds end by themselves. Raises ClientNotFound."""
    actions = [
        ClientRow.status.set(REVOKED),
        ClientRow.revoked_at.set(ClientRow.revoked_at | clock.instant()),
    ]
    transaction = Transaction()
    transaction.update((ClientRow, client_id), actions, ClientRow.client_id.exists(), _not_active)
    _record(transaction, "client_revoked", client_id)
    transaction.commit()


def add_key(*, client_id: str, public_key: str, algorithm: str) -> str:
    """Let the client sign with one more key (PEM, its public half) from now on; the key's id.

    A caller from another issuer (`<issuer>#<sub>`) is no client that is registered here.
    Raises UnusableKey, ClientNotFound and ClientRevoked.
    """
    from bank.access import signatures

    signatures.public_key(public_key, algorithm)
    row = signatures.ClientKeyRow(
        client_id=client_id,
        key_id=ids.new("key"),
        algorithm=algorithm,
        public_key=public_key,
        created_at=clock.instant(),
    )
    transaction = Transaction()
    transaction.create(row)
    if "#" not in client_id:
        transaction.check((ClientRow, client_id), ClientRow.status == ACTIVE, _not_active)
    digest = hashlib.sha256(public_key.encode()).hexdigest()
    _record(
        transaction, "key_added", client_id, key_id=row.key_id, algorithm=algorithm, public_key_sha256=digest
    )
    transaction.commit()
    return row.key_id


def retire_key(*, client_id: str, key_id: str, after: timedelta = timedelta(0)) -> str:
    """Let the key count no longer than `after` from now; until when. Never longer than it would have.

    Functions keep a key for a minute: so long it may still count. Raises KeyNotFound.
    """
    from bank.access.signatures import ClientKeyRow

    until = clock.instant(clock.now() + after)
    transaction = Transaction()
    transaction.update(
        (ClientKeyRow, client_id, key_id),
        [ClientKeyRow.not_after.set(until)],
        ClientKeyRow.key_id.exists()
        & (ClientKeyRow.not_after.does_not_exist() | (ClientKeyRow.not_after > until)),
        lambda row: KeyRetired("it ends sooner already") if row else KeyNotFound("there is no such key"),
    )
    _record(transaction, "key_retired", client_id, key_id=key_id, not_after=until)
    transaction.commit()
    return until


def _not_active(row: Item | None) -> Exception:
    return ClientRevoked("this client was revoked") if row else ClientNotFound("there is no such client")
