"""Public keys that clients sign requests with: added and retired, for clients of other issuers too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, ids
from bank.access import signatures
from bank.access.principal import THE_BANK, Ownership, Principal
from bank.control import gate
from bank.control.audit import Actor
from bank.store import Transaction
from identity.domain.clients import (
    MOST_KEYS,
    ClientNotFound,
    ClientRevoked,
    KeyNotFound,
    KeyRetired,
    TooManyKeys,
)
from identity.service import entries, registry
from identity.tables import REVOKED, ClientKeyRow, ClientRow

# A caller from another issuer, `<issuer>#<sub>`, is no client that is registered here.
ELSEWHERE = "#"
Read = Callable[[], ClientRow]
Rekey = Callable[[list[ClientKeyRow], Transaction], None]


def list_keys(*, principal: Principal, client_id: str) -> list[ClientKeyRow]:
    """The keys of a client of the caller's data scope, retired ones too."""
    _require_sees(principal, client_id)
    return registry.keys_of(client_id)


def add(
    *, principal: Principal, actor: Actor, client_id: str, public_key: str, algorithm: str, reason: str
) -> ClientKeyRow:
    """Let a client sign with one more key (PEM, its public half) from now on.

    Whoever holds the private half acts as the client wherever it has to sign: two others approve a key of a
    privileged one, or of a caller from another issuer.
    """
    principal.require_head_office()
    if ELSEWHERE in client_id:
        gate.twice()
    return added(actor, _reader(principal, client_id), client_id, public_key, algorithm, reason)


def added(
    actor: Actor, read: Read, client_id: str, public_key: str, algorithm: str, reason: str | None = None
) -> ClientKeyRow:
    """Add a key. Raises UnusableKey, TooManyKeys, ClientNotFound and ClientRevoked."""
    signatures.public_key(public_key, algorithm)
    key = ClientKeyRow(
        client_id=client_id,
        key_id=ids.new("key"),
        algorithm=algorithm,
        public_key=public_key,
        created_at=clock.instant(),
        added_by=actor.subject,
    )

    def stands(row: ClientRow) -> None:
        if row.status == REVOKED:
            raise ClientRevoked("this client was revoked")
        registry.weigh(row)

    def rekey(keys: list[ClientKeyRow], transaction: Transaction) -> None:
        if sum(each.counts(key.created_at) for each in keys) >= MOST_KEYS:
            raise TooManyKeys(f"it has {MOST_KEYS} keys: retire one before")
        transaction.create(key)
        keys.append(key)

    _written(actor, read, client_id, stands, rekey, "key_added", entries.of_key(key), reason)
    return key


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
    return retired(actor, _reader(principal, client_id), client_id, key_id, after, reason)


def retired(
    actor: Actor,
    read: Read,
    client_id: str,
    key_id: str,
    after: timedelta = timedelta(0),
    reason: str | None = None,
) -> ClientKeyRow:
    """Let a key end: never later than it would have. Functions keep a key a minute: so long it may count.

    Raises KeyNotFound and KeyRetired.
    """
    until = clock.instant(clock.now() + after)
    ended: list[ClientKeyRow] = []

    def rekey(keys: list[ClientKeyRow], transaction: Transaction) -> None:
        key = next((each for each in keys if each.key_id == key_id), None)
        if key is None:
            raise KeyNotFound("there is no such key")
        sooner = ClientKeyRow.not_after.does_not_exist() | (ClientKeyRow.not_after > until)
        transaction.update(
            (ClientKeyRow, client_id, key_id),
            [ClientKeyRow.not_after.set(until)],
            ClientKeyRow.key_id.exists() & sooner,
            lambda _: KeyRetired("it ends sooner already"),
        )
        key.not_after = until
        ended[:] = [key]

    told = {"key_id": key_id, "not_after": until}
    _written(actor, read, client_id, lambda _: None, rekey, "key_retired", told, reason)
    return ended[0]


def _written(
    actor: Actor,
    read: Read,
    client_id: str,
    judge: Callable[[ClientRow], None],
    rekey: Rekey,
    action: str,
    told: dict[str, Any],
    reason: str | None,
) -> None:
    """Write what `rekey` makes of the keys of a client that `judge` raises nothing about."""

    def decide(row: ClientRow, keys: list[ClientKeyRow], transaction: Transaction) -> list[Action]:
        judge(row)
        rekey(keys, transaction)
        return []

    if ELSEWHERE not in client_id:
        registry.rekeyed(read, actor, decide, action, reason, told)
        return
    # Another issuer's caller has no row here: nothing weighs its keys, three people add each.
    keys, transaction = registry.keys_of(client_id), Transaction()
    before = {"keys": entries.of_keys(keys)}
    rekey(keys, transaction)
    after = {"keys": entries.of_keys(keys), **told}
    whose = Ownership(client_id)
    entries.record(transaction, actor, action, client_id, whose, before=before, after=after, reason=reason)
    transaction.commit()


def _reader(principal: Principal, client_id: str) -> Read:
    return lambda: registry.find(principal=principal, client_id=client_id)


def _require_sees(principal: Principal, client_id: str) -> None:
    """Raise ClientNotFound unless the caller sees the client: another issuer's is the head office's."""
    if ELSEWHERE in client_id:
        principal.require_sees(THE_BANK, ClientNotFound("there is no such client"))
    else:
        registry.find(principal=principal, client_id=client_id)
