"""Suspending a customer: let in no more, through no channel, until reinstated. Wallets freeze apart.

Each suspension belongs to an authority, and only that or a higher one ends it; each change leaves an entry.
"""

from typing import Any

from bank import errors, store
from bank.access import authority, sessions
from bank.access.authority import Authority, Stops
from bank.access.principal import Principal
from bank.control import audit, trail
from bank.store import Transaction
from customers import tables
from customers.service import directory, people
from customers.tables import ACTIVE, CLOSED, SUSPENDED, CustomerRow


class CustomerState(errors.Conflict):
    """409: the customer's status does not allow this."""

    code, title = "customer_state", "Customer state"


def suspend(*, principal: Principal, actor: audit.Actor, customer_id: str, reason: str) -> CustomerRow:
    """Let a customer in no more and end their sessions, until the caller's authority reinstates them.

    Asked for again, it ends what is left of the sessions. A login of the same moment is either refused by the
    status or its session ended with the others. Raises CustomerNotFound.
    """
    by = authority.standing(principal)

    def attempt() -> CustomerRow:
        customer = _find(principal, customer_id)
        stops = authority.stopped(customer.suspended_by, by)
        if stops is None:
            return customer
        return _changed(customer, stops, actor, "customers.suspended", reason)

    customer = store.retry_on_conflict(attempt)
    trail.about(customer_id, customer.ownership)
    sessions.revoke_all(customer_id, reason="customer_suspended")
    return customer


def reinstate(
    *, principal: Principal, actor: audit.Actor, customer_id: str, reason: str, lifted: Authority | None
) -> CustomerRow:
    """End the suspension of the caller's authority, or of a lower one; once none is left, they may log in.

    Raises CustomerNotFound, HigherAuthority, CustomerState.
    """
    by = authority.standing(principal)

    def attempt() -> CustomerRow:
        customer = _find(principal, customer_id)
        stops = authority.resumed(customer.suspended_by, by, lifted)
        if stops is None:
            raise CustomerState(
                f"the customer is not suspended by {lifted or by.authority}: they are {customer.status}"
            )
        return _changed(customer, stops, actor, "customers.reinstated", reason)

    return store.retry_on_conflict(attempt)


def _find(principal: Principal, customer_id: str) -> CustomerRow:
    """A customer who has not left. Raises CustomerNotFound."""
    customer = directory.find(principal=principal, customer_id=customer_id)
    if customer.status == CLOSED:
        raise people.gone(None)
    return customer


def _changed(
    customer: CustomerRow, stops: Stops, actor: audit.Actor, action: str, reason: str
) -> CustomerRow:
    """Change who has the customer suspended, on the row as it was read."""
    transaction, before = Transaction(), _shown(customer)
    stopped = CustomerRow.suspensions
    unchanged = stopped == customer.suspensions if customer.suspensions else stopped.does_not_exist()
    condition = (CustomerRow.status == customer.status) & unchanged
    customer.status, customer.suspensions = SUSPENDED if stops else ACTIVE, dict(stops) or None
    transaction.update(
        tables.profile_key(customer.customer_id),
        [
            CustomerRow.status.set(customer.status),
            stopped.set(customer.suspensions) if stops else stopped.remove(),
        ],
        condition,
        store.stale,
    )
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=customer.customer_id,
        ownership=customer.ownership,
        before=before,
        after=_shown(customer),
        reason=reason,
    )
    transaction.commit()
    return customer


def _shown(customer: CustomerRow) -> dict[str, Any]:
    return {"status": customer.status, "suspended_by": authority.names(customer.suspended_by)}
