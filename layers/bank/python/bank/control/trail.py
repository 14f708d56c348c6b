"""The trail of an act: an entry in each transaction that it commits, whether or not its room wrote one.

One place, so that nothing is done unseen. A room that has more to tell (before, after, whose record) records
its own entry (`bank.control.audit`), and that one counts. A try that is counted before it is judged is a
transaction too: so failed logins have their entries, as many as the lockout lets through.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bank.access.principal import Kind, Ownership, Principal
from bank.control import audit
from bank.control.audit import AuditEntryRow, Request
from bank.store import Transaction, companion


@contextmanager
def kept(request: Request, action: str) -> Iterator[Callable[[], None]]:
    """Give each transaction within an entry of this request.

    Yields what to call once the act is done: where it committed nothing (a look-up), it gets an entry alone.
    """
    joined: list[Transaction] = []
    outer = companion.get()

    def join(transaction: Transaction) -> None:
        joined.append(transaction)
        if not transaction.created(AuditEntryRow):
            _record(transaction, request, action)
        if outer:
            outer(transaction)

    def done() -> None:
        if not joined:
            Transaction().commit()

    token = companion.set(join)
    try:
        yield done
    finally:
        companion.reset(token)


def _record(transaction: Transaction, request: Request, action: str) -> None:
    audit.record(
        transaction,
        actor=audit.actor(request),
        action=action,
        subject_id=transaction.subject or request.principal.subject or audit.ANONYMOUS,
        ownership=_ownership(request.principal),
    )


def _ownership(principal: Principal) -> Ownership:
    """Ownership of what this caller does: their unit's, or the head office's."""
    unit = {"unit_id": principal.unit} if principal.unit else {}
    customer_id = principal.subject if principal.kind is Kind.CUSTOMER else ""
    return Ownership(client_id=principal.client_id, customer_id=customer_id, **unit)
