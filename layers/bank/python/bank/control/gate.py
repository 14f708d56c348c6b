"""Acts that take more than one person: proposed by one, approved by others, then done as proposed.

The first request of such an act is judged as if it were done; instead of writing, it submits its approval
(202). Whoever proposed it sends the same request again with the approval's id in `Approval-Id`: it is done in
a transaction that uses the approval up, if it is still the very request that was approved.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from bank import ids, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal
from bank.control import approval, audit
from bank.control.approval.domain import TWICE
from bank.control.approval.tables import ApprovalRow
from bank.control.audit import AuditEntryRow
from bank.store import Transaction, companion, idempotency

HEADER = "approval-id"
HIDDEN = "****"
WELL_FORMED = re.compile(r"[A-Za-z0-9_]{1,64}")

_weight: ContextVar[str] = ContextVar("weight", default="")


class Request(audit.Request, Protocol):
    """A request, as far as its approval tells of it (`bank.http.Call`)."""

    @property
    def operation(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def record_id(self, prefix: str) -> str: ...


@dataclass(frozen=True)
class Proposal:
    """An act that was submitted for approval; `row` has what its checkers read."""

    row: ApprovalRow
    replayed: bool


class _Stopped(Exception):
    """The act came to its first write: everything before has judged it."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__("an approval is needed")
        self.transaction = transaction


def twice() -> None:
    """Have the act at hand approved by two others: who does it becomes, or makes, a privileged person."""
    _weight.set(TWICE)


def passed(call: Request, *, kind: str, body: BaseModel | None, act: Callable[[], Any]) -> Any:
    """The act's answer where the request brings its approval, else its `Proposal`.

    `kind` is the approval's, `room.operation`. An act that turns out to write nothing has its answer at once.
    """
    asked = _asked(call, body)
    token = _weight.set("")
    try:
        approval_id = call.headers.get(HEADER)
        if approval_id:
            return _done(call, kind, asked, approval_id, act)
        return _proposed(call, kind, asked, body, act)
    finally:
        _weight.reset(token)


def intact(row: ApprovalRow) -> bool:
    """Return whether the request that checkers read is the one that its digest is of.

    Such an approval's subject is a request, `POST /staff`. Of what rooms submit themselves, they know that.
    """
    proposed = " " in row.subject_id
    return not proposed or ids.digest(row.summary.get("asked")) == row.content_digest


def _done(call: Request, kind: str, asked: dict[str, Any], approval_id: str, act: Callable[[], Any]) -> Any:
    if not WELL_FORMED.fullmatch(approval_id):
        raise approval.NotApproved("there is no such approval for this")
    use = ids.new("use")

    def require(transaction: Transaction) -> None:
        approval.require(
            transaction,
            approval_id=approval_id,
            kind=kind + _weight.get(),
            subject_id=call.operation,
            content_digest=ids.digest(asked),
            maker=call.principal.actor_id,
            use=use,
        )

    with _joined(require):
        return act()


def _proposed(
    call: Request, kind: str, asked: dict[str, Any], body: BaseModel | None, act: Callable[[], Any]
) -> Any:
    try:
        with _joined(_stop):
            return act()
    except _Stopped as stopped:
        entries = stopped.transaction.created(AuditEntryRow)
    entry = entries[0] if entries else None
    shown = {"before": entry.before, "after": entry.after} if entry else {}
    transaction = Transaction()
    approval_id = approval.submit(
        transaction,
        approval_id=call.record_id("apr"),
        kind=kind + _weight.get(),
        subject_id=call.operation,
        content_digest=ids.digest(asked),
        ownership=_ownership(entry, call.principal),
        actor=audit.actor(call),
        amount=getattr(body, "amount", None),
        currency=getattr(body, "currency", None),
        summary={"asked": asked, **shown},
    )
    try:
        transaction.commit()
    except store.AlreadyExists:
        return Proposal(_before(approval_id, asked), replayed=True)
    (row,) = transaction.created(ApprovalRow)
    return Proposal(row, replayed=False)


def _before(approval_id: str, asked: dict[str, Any]) -> ApprovalRow:
    """The approval that an earlier delivery of this request submitted. Raises KeyReused."""
    row = store.get(ApprovalRow, approval_id)
    assert row is not None
    if row.content_digest != ids.digest(asked):
        raise idempotency.KeyReused("this Idempotency-Key was used with another body")
    return row


@contextmanager
def _joined(join: Callable[[Transaction], None]) -> Iterator[None]:
    token = companion.set(join)
    try:
        yield
    finally:
        companion.reset(token)


def _stop(transaction: Transaction) -> None:
    raise _Stopped(transaction)


def _asked(call: Request, body: BaseModel | None) -> dict[str, Any]:
    """Content of the approval: the request as checkers read it, with the digest of all that they cannot."""
    return {
        "operation": call.operation,
        "body": shown(body) if body else {},
        "body_digest": call.digest,
    }


def shown(body: BaseModel) -> dict[str, Any]:
    """The fields of a body without secrets; of those not to be printed (`repr=False`), the last four."""
    found: dict[str, Any] = {}
    for name in sorted(body.model_fields_set):
        value = getattr(body, name)
        if isinstance(value, BaseModel):
            found[name] = shown(value)
        elif isinstance(value, SecretStr):
            found[name] = HIDDEN
        elif not type(body).model_fields[name].repr:
            found[name] = HIDDEN + str(value)[-4:]
        else:
            found[name] = body.model_dump(mode="json", include={name})[name]
    return found


def _ownership(entry: AuditEntryRow | None, principal: Principal) -> Ownership:
    """Ownership of the record that the act is about, for the data scopes of its checkers."""
    if entry:
        return Ownership(entry.client_id, entry.unit_id, entry.customer_id)
    return Ownership(client_id=principal.client_id, unit_id=principal.unit or HEAD_OFFICE)
