"""Operators' use cases: the clients of a bank that nobody can log in to yet, and what stops one at once.

What opens a door is done so only until the first administrator is there (`bank.control.bootstrap`):
from then on it takes two members of staff (`identity.service.registry`).
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.control import audit
from identity.domain.clients import CLIENT_ID, ClientNotFound, ClientRevoked
from identity.service import enrolment, registry, secret
from identity.tables import ACTIVE, REVOKED, ClientRow


def register_client(
    *,
    name: str,
    scopes: Collection[str],
    client_id: str | None = None,
    unit_id: str = HEAD_OFFICE,
    bank_wide: bool = False,
    signed: bool = False,
) -> tuple[str, str]:
    """Register a channel's client; its id, and its secret, which cannot be had again.

    Staff of `unit_id` keep it and what comes through it. It sees its own records alone, unless `bank_wide`.
    A `signed` one must sign what moves money.
    Raises Invalid for scopes, an id or a unit that cannot be, ClientExists for an id that is taken.
    """
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        message = "is 1 to 64 letters, digits, -, _ or ."
        raise errors.Invalid(f"client_id {message}", errors=[{"field": "client_id", "message": message}])
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
        version=0,
        created_at=clock.instant(),
    )
    registry.register(row, actor=audit.operator(), secret_digest=ids.digest(row.secret_hash))
    return row.client_id, made


def rotate_secret(*, client_id: str, overlap: timedelta = enrolment.OVERLAP) -> str:
    """Give the client a new secret and answer it; the one before counts for `overlap` longer.

    Raises ClientNotFound and ClientRevoked.
    """
    made, told = secret.new(), dict[str, Any]()

    def rotated(row: ClientRow) -> list[Action]:
        if row.status == REVOKED:
            raise ClientRevoked("this client was revoked")
        registry.require_state(row, row.status == ACTIVE, f"the client is {row.status}")
        return enrolment.given(row, secret.hashed(made), told, contact=None, overlap=overlap)

    registry.rewritten(_reader(client_id), audit.operator(), rotated, "secret_rotated", also=told)
    return made


def revoke(*, client_id: str) -> None:
    """Give the client no more tokens, for good. Those it holds end by themselves. Raises ClientNotFound."""
    registry.rewritten(
        _reader(client_id), audit.operator(), registry.revoked, "client_revoked", "by an operator"
    )


def add_key(*, client_id: str, public_key: str, algorithm: str) -> str:
    """Let the client sign with one more key (PEM, its public half) from now on; the key's id.

    Raises UnusableKey, TooManyKeys, ClientNotFound and ClientRevoked.
    """
    # Imported here: it loads what verifies signatures.
    from identity.service import keys

    read = _reader(client_id)
    return keys.added(audit.operator(), read, client_id, public_key, algorithm).key_id


def retire_key(*, client_id: str, key_id: str, after: timedelta = timedelta(0)) -> str:
    """Let the key count no longer than `after` from now; until when. Raises KeyNotFound and KeyRetired."""
    from identity.service import keys

    row = keys.retired(audit.operator(), _reader(client_id), client_id, key_id, after)
    assert row.not_after
    return row.not_after


def _reader(client_id: str) -> Callable[[], ClientRow]:
    """Read a client, whosever it is. Raises ClientNotFound."""

    def read() -> ClientRow:
        row = store.get(ClientRow, client_id)
        if row is None:
            raise ClientNotFound("there is no such client")
        return row

    return read
