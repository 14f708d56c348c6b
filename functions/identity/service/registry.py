"""Clients as the bank's staff keep them: registered, changed, suspended, revoked; read within the data scope.

Each change is one transaction with its audit entry, conditioned on the version that it was decided on. What
opens a door others approve first (`bank.control.gate`), two of them where the client is privileged.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, store
from bank.access import organisation
from bank.access.principal import Principal
from bank.control import gate
from bank.control.audit import Actor
from bank.store import Transaction
from identity.domain.access import unknown
from identity.domain.clients import ClientExists, ClientNotFound, ClientState, privileged
from identity.service import entries
from identity.tables import ACTIVE, INVITED, REVOKED, SUSPENDED, ClientKeyRow, ClientRow

Decide = Callable[[ClientRow], list[Action]]
DecideKeys = Callable[[ClientRow, list[ClientKeyRow], Transaction], list[Action]]


def find(*, principal: Principal, client_id: str) -> ClientRow:
    """A client of the caller's data scope. Raises ClientNotFound."""
    row, missing = store.get(ClientRow, client_id), ClientNotFound("there is no such client")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def list_clients(
    *, principal: Principal, unit_id: str, after: str | None, limit: int
) -> tuple[list[ClientRow], str | None]:
    """The clients of one unit of the data scope, by id; the last id where there are more."""
    if not organisation.contains(principal.unit, unit_id):
        raise errors.NotFound("there is no such unit", code="unit_not_found")
    beyond = ClientRow.client_id > after if after else None
    found = ClientRow.by_unit.query(unit_id, beyond, limit=limit + 1, page_size=limit + 1)
    client_ids, last = store.page([each.client_id for each in found], limit, str)
    rows = store.get_many([(ClientRow, client_id) for client_id in client_ids]) if client_ids else []
    return [row for row in rows if row], last


def register(row: ClientRow, *, actor: Actor, **also: Any) -> None:
    """Register a client as its row has it; `also` is told in the entry besides.

    Raises Invalid for scopes or a unit that cannot be, ClientExists for an id that is taken.
    """
    require_scopes(row.scopes)
    require_unit(row.unit_id)
    transaction = Transaction()
    transaction.create(row, lambda _: ClientExists(f"{row.client_id} is registered already"))
    after = {**entries.of_client(row, []), **also}
    _record(transaction, actor, "client_registered", row, after=after)
    transaction.commit()


def change(
    *,
    principal: Principal,
    actor: Actor,
    client_id: str,
    changes: dict[str, Any],
    contact: tuple[bytes, str] | None,
    reason: str,
) -> ClientRow:
    """Change what a client is: `changes` by field, of name, scopes, unit_id, bank_wide and signed.

    `contact` is another phone, sealed and masked: a code that the one before was sent counts no longer.
    Tokens that it holds stay as they are for 15 minutes.
    """
    if "scopes" in changes:
        require_scopes(changes["scopes"])
    if "unit_id" in changes:
        require_unit(changes["unit_id"])

    def changed(row: ClientRow) -> list[Action]:
        require_state(row, row.status != REVOKED, "the client was revoked")
        weigh(row)
        if row.signed and changes.get("signed") is False:
            gate.twice()
        if contact:
            row.contact, row.contact_masked = contact
        for name, value in changes.items():
            setattr(row, name, set(value) if name == "scopes" else value)
        weigh(row)
        names = [*changes, *(["contact", "contact_masked"] if contact else [])]
        actions = [getattr(ClientRow, name).set(getattr(row, name)) for name in names]
        return actions + (_uncoded(row) if contact else [])

    return written(principal, actor, client_id, changed, "client_changed", reason)


def suspend(*, principal: Principal, actor: Actor, client_id: str, reason: str) -> ClientRow:
    """Give a client no more tokens until it is reinstated. Those it holds end by themselves."""

    def suspended(row: ClientRow) -> list[Action]:
        require_state(row, row.status in (ACTIVE, INVITED), f"the client is {row.status} already")
        row.status = SUSPENDED
        return [ClientRow.status.set(SUSPENDED)]

    return written(principal, actor, client_id, suspended, "client_suspended", reason)


def reinstate(*, principal: Principal, actor: Actor, client_id: str, reason: str) -> ClientRow:
    """Let a client in again, as it was."""

    def reinstated(row: ClientRow) -> list[Action]:
        require_state(row, row.status == SUSPENDED, "the client is not suspended")
        weigh(row)
        row.status = ACTIVE if row.secret_hash else INVITED
        return [ClientRow.status.set(row.status)]

    return written(principal, actor, client_id, reinstated, "client_reinstated", reason)


def revoke(*, principal: Principal, actor: Actor, client_id: str, reason: str) -> ClientRow:
    """Give a client no more tokens, for good. Those it holds end by themselves."""
    return written(principal, actor, client_id, revoked, "client_revoked", reason)


def revoked(row: ClientRow) -> list[Action]:
    """Revoke a client; one that was stays as it is."""
    row.status, row.revoked_at = REVOKED, row.revoked_at or clock.instant()
    return [ClientRow.status.set(REVOKED), ClientRow.revoked_at.set(row.revoked_at), *_uncoded(row)]


def _uncoded(row: ClientRow) -> list[Action]:
    """End the code that a client was sent, if any."""
    row.enrolment_hash = row.enrolment_until = None
    return [ClientRow.enrolment_hash.remove(), ClientRow.enrolment_until.remove()]


def written(
    principal: Principal, actor: Actor, client_id: str, decide: Decide, action: str, reason: str
) -> ClientRow:
    """Write, for the head office, what `decide` makes of a client."""
    principal.require_head_office()
    return rewritten(lambda: find(principal=principal, client_id=client_id), actor, decide, action, reason)


def rewritten(
    read: Callable[[], ClientRow],
    actor: Actor,
    decide: Decide,
    action: str,
    reason: str | None = None,
    also: Mapping[str, Any] | None = None,
) -> ClientRow:
    """Write what `decide` makes of the client that `read` finds; again where somebody else was quicker.

    `also` is told in the entry besides; `decide` may fill it.
    """
    return rekeyed(read, actor, lambda row, *_: decide(row), action, reason, also)


def rekeyed(
    read: Callable[[], ClientRow],
    actor: Actor,
    decide: DecideKeys,
    action: str,
    reason: str | None = None,
    also: Mapping[str, Any] | None = None,
) -> ClientRow:
    """Write what `decide` makes of a client and its keys, of which it changes the list as it does the rows.

    Every change of a client or its keys raises the version that it was decided on: a client does not become
    privileged while a key is added to it, nor the reverse.
    """

    def write() -> ClientRow:
        row, transaction = read(), Transaction()
        keys = keys_of(row.client_id)
        before, unchanged = entries.of_client(row, keys), _unchanged(row)
        actions = decide(row, keys, transaction)
        row.version = int(row.version or 0) + 1
        actions = [*actions, ClientRow.version.set(row.version)]
        transaction.update((ClientRow, row.client_id), actions, unchanged, store.stale)
        after = {**entries.of_client(row, keys), **(also or {})}
        _record(transaction, actor, action, row, before=before, after=after, reason=reason)
        transaction.commit()
        return row

    return store.retry_on_conflict(write)


def keys_of(client_id: str) -> list[ClientKeyRow]:
    """The keys of a client, retired ones too, by id."""
    return list(store.query(ClientKeyRow, client_id))


def _unchanged(row: ClientRow) -> Any:
    if row.version is None:
        return ClientRow.client_id.exists() & ClientRow.version.does_not_exist()
    return ClientRow.version == int(row.version)


def weigh(row: ClientRow) -> None:
    """Have two others approve the act at hand, where it is about a privileged client."""
    if privileged(scopes=row.scopes, bank_wide=bool(row.bank_wide)):
        gate.twice()


def _record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    row: ClientRow,
    *,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    entries.record(
        transaction, actor, action, row.client_id, row.ownership, before=before, after=after, reason=reason
    )


def require_state(row: ClientRow, holds: bool, otherwise: str) -> None:
    """Raise ClientState unless it holds of the client."""
    if not holds:
        raise ClientState(f"{row.client_id}: {otherwise}")


def require_scopes(scopes: Iterable[str]) -> None:
    """Raise Invalid unless each of these opens something, and there is one."""
    given: Collection[str] = list(scopes)
    wrong = unknown(given)
    if wrong or not given:
        message = f"no such scope: {', '.join(wrong)}" if wrong else "a client needs a scope"
        raise errors.Invalid(message, errors=[{"field": "scopes", "message": message}])


def require_unit(unit_id: str) -> None:
    """Raise Invalid unless there is such a unit."""
    if unit_id != organisation.HEAD_OFFICE and unit_id not in organisation.tree(again=True).parents:
        message = f"there is no unit {unit_id}"
        raise errors.Invalid(message, errors=[{"field": "unit_id", "message": message}])
