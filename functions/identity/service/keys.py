"""Public keys that clients sign requests with: added and retired, for clients of other issuers too."""

import hashlib
from datetime import timedelta

from bank import clock, ids, store
from bank.access import signatures
from bank.access.principal import THE_BANK, Ownership, Principal
from bank.access.signatures import ClientKeyRow
from bank.control import audit, gate
from bank.control.audit import Actor
from bank.store import Item, Transaction
from identity.domain.clients import ClientNotFound, ClientRevoked, KeyNotFound, KeyRetired
from identity.service import registry
from identity.tables import REVOKED, ClientRow

# A caller from another issuer, `<issuer>#<sub>`, is no client that is registered here.
ELSEWHERE = "#"


def list_keys(*, principal: Principal, client_id: str) -> list[ClientKeyRow]:
    """The keys of a client of the caller's data scope, retired ones too."""
    _owned(principal, client_id)
    return list(store.query(ClientKeyRow, client_id))


def add(
    *, principal: Principal, actor: Actor, client_id: str, public_key: str, algorithm: str, reason: str
) -> ClientKeyRow:
    """Let a client sign with one more key (PEM, its public half) from now on.

    Whoever holds the private half acts as the client wherever it has to sign: two others approve a key of a
    privileged one, or of a caller from another issuer.
    """
    principal.require_head_office()
    ownership = _owned(principal, client_id)
    if ELSEWHERE in client_id:
        gate.twice()
    else:
        registry.weigh(registry.find(principal=principal, client_id=client_id))
    return added(actor, ownership, client_id, public_key, algorithm, reason)


def added(
    actor: Actor,
    ownership: Ownership,
    client_id: str,
    public_key: str,
    algorithm: str,
    reason: str | None = None,
) -> ClientKeyRow:
    """Add a key. Raises UnusableKey, ClientNotFound and ClientRevoked."""
    signatures.public_key(public_key, algorithm)
    row = ClientKeyRow(
        client_id=client_id,
        key_id=ids.new("key"),
        algorithm=algorithm,
        public_key=public_key,
        created_at=clock.instant(),
    )
    transaction = Transaction()
    transaction.create(row)
    if ELSEWHERE not in client_id:
        stands = ClientRow.client_id.exists() & (ClientRow.status != REVOKED)
        transaction.check((ClientRow, client_id), stands, _not_there)
    digest = hashlib.sha256(public_key.encode()).hexdigest()
    audit.record(
        transaction,
        actor=actor,
        action="identity.key_added",
        subject_id=client_id,
        ownership=ownership,
        after={"key_id": row.key_id, "algorithm": algorithm, "public_key_sha256": digest},
        reason=reason,
    )
    transaction.commit()
    return row


def retire(
    *,
    principal: Principal,
    actor: Actor,
    client_id: str,
    key_id: str,
    after: timedelta,
    reason: str,
) -> ClientKeyRow:
    """Let a key count no longer than `after` from now. For the head office."""
    principal.require_head_office()
    return retired(actor, _owned(principal, client_id), client_id, key_id, after, reason)


def retired(
    actor: Actor,
    ownership: Ownership,
    client_id: str,
    key_id: str,
    after: timedelta = timedelta(0),
    reason: str | None = None,
) -> ClientKeyRow:
    """Let a key end: never later than it would have. Functions keep a key a minute: so long it may count.

    Raises KeyNotFound and KeyRetired.
    """
    row, until = store.get(ClientKeyRow, client_id, key_id), clock.instant(clock.now() + after)
    if row is None:
        raise KeyNotFound("there is no such key")
    transaction = Transaction()
    transaction.update(
        (ClientKeyRow, client_id, key_id),
        [ClientKeyRow.not_after.set(until)],
        ClientKeyRow.key_id.exists()
        & (ClientKeyRow.not_after.does_not_exist() | (ClientKeyRow.not_after > until)),
        lambda _: KeyRetired("it ends sooner already"),
    )
    audit.record(
        transaction,
        actor=actor,
        action="identity.key_retired",
        subject_id=client_id,
        ownership=ownership,
        after={"key_id": key_id, "not_after": until},
        reason=reason,
    )
    transaction.commit()
    row.not_after = until
    return row


def _owned(principal: Principal, client_id: str) -> Ownership:
    """Ownership of a client's keys: those of another issuer's callers are the head office's."""
    if ELSEWHERE not in client_id:
        return registry.find(principal=principal, client_id=client_id).ownership
    principal.require_sees(THE_BANK, ClientNotFound("there is no such client"))
    return Ownership(client_id)


def _not_there(row: Item | None) -> Exception:
    return ClientRevoked("this client was revoked") if row else ClientNotFound("there is no such client")
