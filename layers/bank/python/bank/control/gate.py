"""Acts that take more than one person: proposed by one, approved by others, then done as proposed.

The first request of such an act is judged as if it were done; instead of writing, it submits its approval
(202). Whoever proposed it sends the same request again with the approval's id in `Approval-Id`: it is done in
a transaction that uses the approval up, if it is still the very request that was approved, and if what it
changes is still what its checkers were shown: as the audit entry tells it, and with no other approval of the
same act on the same record used since.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, SecretStr

from bank import ids, mac, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership, Principal
from bank.control import approval, audit, stake
from bank.control.approval import uses
from bank.control.approval.domain import IN_HEAD_OFFICE, TWICE
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


def in_head_office() -> None:
    """Have the act at hand approved in the head office: it undoes what a branch could not."""
    _weight.set(IN_HEAD_OFFICE)


def passed(call: Request, *, kind: str, body: BaseModel | None, act: Callable[[], Any]) -> Any:
    """The act's answer where the request brings its approval, else its `Proposal`.

    `kind` is the approval's, `room.operation`. An act that turns out to write nothing has its answer at once.
    """
    asked = _asked(call, body)
    token = _weight.set("")
    stake.at_hand.set(stake.Stake(getattr(body, "amount", None), getattr(body, "currency", None)))
    try:
        approval_id = call.headers.get(HEADER)
        if approval_id:
            return _done(call, kind, asked, approval_id, act)
        return _proposed(call, kind, asked, act)
    finally:
        _weight.reset(token)


def intact(row: ApprovalRow) -> bool:
    """Return whether what checkers read is what its digest is of: the request, and what it would change.

    Such an approval's subject is a request, `POST /staff`. Of what rooms submit themselves, they know that.
    """
    proposed = " " in row.subject_id
    return not proposed or ids.digest(row.summary) == row.content_digest


def _done(call: Request, kind: str, asked: dict[str, Any], approval_id: str, act: Callable[[], Any]) -> Any:
    if not WELL_FORMED.fullmatch(approval_id):
        raise approval.NotApproved("there is no such approval for this")
    row = store.get(ApprovalRow, approval_id)
    seen: dict[str, Any] = row.summary if row else {}
    use, joined = ids.new("use"), list[Transaction]()

    def require(transaction: Transaction) -> None:
        # What came first is what was shown; what the act does besides follows from that.
        first = not any(each.happened for each in joined)
        joined.append(transaction)
        entry = _entry(transaction)
        now = {"before": _before(entry)} if first else {}
        approval.require(
            transaction,
            approval_id=approval_id,
            kind=kind + _weight.get(),
            subject_id=call.operation,
            content_digest=ids.digest({**seen, "asked": asked, **now}),
            maker=call.principal.actor_id,
            use=use,
        )
        if first and entry and _before(entry):
            uses.follow(transaction, _record(kind, call, entry), approval_id, after=seen.get("follows"))

    with _joined(require):
        return act()


def _proposed(call: Request, kind: str, asked: dict[str, Any], act: Callable[[], Any]) -> Any:
    try:
        with _joined(_stop):
            return act()
    except _Stopped as stopped:
        entry = _entry(stopped.transaction)
    summary = {
        "asked": asked,
        "before": _before(entry),
        "after": entry.after if entry else None,
        "follows": uses.last(_record(kind, call, entry)) if entry and _before(entry) else None,
    }
    transaction = Transaction()
    approval_id = approval.submit(
        transaction,
        approval_id=call.record_id("apr"),
        kind=kind + _weight.get(),
        subject_id=call.operation,
        content_digest=ids.digest(summary),
        ownership=_ownership(entry, call.principal),
        actor=audit.actor(call),
        amount=stake.at_hand.get().amount,
        currency=stake.at_hand.get().currency,
        summary=summary,
    )
    try:
        transaction.commit()
    except store.AlreadyExists:
        return Proposal(_submitted(approval_id, asked), replayed=True)
    (row,) = transaction.created(ApprovalRow)
    return Proposal(row, replayed=False)


def _submitted(approval_id: str, asked: dict[str, Any]) -> ApprovalRow:
    """The approval that an earlier delivery of this request submitted. Raises KeyReused."""
    row = store.get(ApprovalRow, approval_id)
    assert row is not None
    if row.summary["asked"] != asked:
        raise idempotency.KeyReused("this Idempotency-Key was used with another body")
    return row


def _entry(transaction: Transaction) -> AuditEntryRow | None:
    entries = transaction.created(AuditEntryRow)
    return entries[0] if entries else None


def _before(entry: AuditEntryRow | None) -> dict[str, Any] | None:
    """Content that the act found, by its entry; None of what it makes."""
    return entry.before if entry else None


def _record(kind: str, call: Request, entry: AuditEntryRow) -> str:
    """The record that an act changes, and by which act: approvals of these follow one another.

    Its entry's subject alone may be a case with two payments, or a device on two lists.
    """
    return f"{kind}#{call.operation}#{entry.subject_id}"


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
    """The request as checkers read it, with a keyed digest: what is hidden cannot be found from that."""
    return {
        "operation": call.operation,
        "body": shown(body) if body else {},
        "body_digest": mac.made(f"request for approval {call.digest}").hex(),
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
