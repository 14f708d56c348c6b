"""The trail of an act: an entry in each transaction that it commits, whether or not its room wrote one.

One place, so that nothing is done unseen. A room that has more to tell (before, after) records its own
entry (`bank.control.audit`), and that one counts. A try that is counted before it is judged is a transaction
too: so failed logins have their entries, as many as the lockout lets through.

Whom an act is about the room says as soon as it knows (`about`): at the door that is whom is tried, which the
caller is not. Unless it says so, it is the first row that is changed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass

from bank.access import sessions
from bank.access.principal import Kind, Ownership, Principal
from bank.access.sessions import SessionRow
from bank.control import audit
from bank.control.audit import Actor, AuditEntryRow, Request
from bank.store import AlreadyExists, Transaction, companion

# Whom nobody was found by: what they were sought by follows, masked. A keyed hash would tell for ever, of
# whoever has the number later, that it is the same one.
NOBODY = "nobody#"


@dataclass
class _Told:
    """Subject and ownership that the entries of a request tell, once they are known."""

    request: Request
    subject_id: str = ""
    ownership: Ownership | None = None


_told: ContextVar[_Told | None] = ContextVar("told", default=None)


@contextmanager
def kept(request: Request, action: str, *, each: bool = True) -> Iterator[Callable[[], None]]:
    """Give each transaction within an entry of this request; those alone that the rooms write unless `each`.

    Yields what to call once the act is done: where it committed nothing (a look-up), it gets an entry alone.
    """
    joined: list[Transaction] = []
    outer, told = companion.get(), _Told(request)

    def join(transaction: Transaction) -> None:
        joined.append(transaction)
        if each and not _is_told(transaction):
            _record(transaction, told, action)
        if outer:
            outer(transaction)

    def done() -> None:
        if not each or joined:
            return
        # The entry's id is new: one that is there was written by an attempt whose answer was lost.
        with suppress(AlreadyExists):
            Transaction().commit()

    telling, token = _told.set(told), companion.set(join)
    try:
        yield done
    finally:
        companion.reset(token)
        _told.reset(telling)


def about(subject_id: str, ownership: Ownership | None = None) -> None:
    """Say whom the request is about, and whose record that is: its entries name them from now on.

    `ownership` is left out where nobody is found. Changes nothing where no trail is kept.
    """
    told = _told.get()
    if told is not None:
        told.subject_id, told.ownership = subject_id, ownership


def nobody(masked: str) -> str:
    """The subject of an act on whom nobody was found by, sought by what is `masked`."""
    return NOBODY + masked


def actor(job: str) -> Actor:
    """Actor of what is done: the caller of the request that is answered, else the bank, in this job."""
    told = _told.get()
    return audit.actor(told.request) if told is not None else audit.system(job)


def end_session(*, subject: str, session_id: str, reason: str, action: str, ownership: Ownership) -> None:
    """End one session of a person. The next request with a token of it is a 401. Raises SessionNotFound.

    It leaves an entry by the name of `action`, whatever the request is that ends it; `ownership` is the
    person's.
    """
    transaction = Transaction()
    sessions.end(transaction, SessionRow(subject=subject, session_id=session_id), reason=reason)
    audit.record(
        transaction,
        actor=actor("sessions"),
        action=action,
        subject_id=subject,
        ownership=ownership,
        after={"session_id": session_id, "ended": reason},
    )
    transaction.commit()


def _is_told(transaction: Transaction) -> bool:
    """Return whether the room has told of it; what the bank itself did besides does not say who asked."""
    return any(entry.actor_kind != audit.SYSTEM for entry in transaction.created(AuditEntryRow))


def _record(transaction: Transaction, told: _Told, action: str) -> None:
    principal = told.request.principal
    audit.record(
        transaction,
        actor=audit.actor(told.request),
        action=action,
        subject_id=told.subject_id or transaction.subject or principal.subject or audit.ANONYMOUS,
        ownership=told.ownership or _ownership(principal),
    )


def _ownership(principal: Principal) -> Ownership:
    """Ownership of what this caller does: their unit's, or the head office's."""
    unit = {"unit_id": principal.unit} if principal.unit else {}
    customer_id = principal.subject if principal.kind is Kind.CUSTOMER else ""
    return Ownership(client_id=principal.client_id, customer_id=customer_id, **unit)
