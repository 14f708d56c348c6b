"""Suspending a customer: let in no more, through no channel, until reinstated. Wallets freeze apart."""

from typing import Any

from bank import errors
from bank.access import sessions
from bank.access.principal import Principal
from bank.control import audit
from bank.store import Item, Transaction
from customers import tables
from customers.service import directory, people
from customers.tables import ACTIVE, CLOSED, SUSPENDED, CustomerRow


class CustomerState(errors.Conflict):
    """409: the customer's status does not allow this."""

    code, title = "customer_state", "Customer state"


def suspend(*, principal: Principal, actor: audit.Actor, customer_id: str, reason: str) -> CustomerRow:
    """Let a customer in no more and end their sessions; asked for again, it ends what is left of them.

    A login of the same moment is either refused by the status or its session ended with the others. Raises
    CustomerNotFound, CustomerState.
    """
    customer = directory.find(principal=principal, customer_id=customer_id)
    if customer.status != SUSPENDED:
        _change(customer, actor, SUSPENDED, before=ACTIVE, action="customers.suspended", reason=reason)
    sessions.revoke_all(customer_id, reason="customer_suspended")
    return customer


def reinstate(*, principal: Principal, actor: audit.Actor, customer_id: str, reason: str) -> CustomerRow:
    """Let a customer log in again, as they were. Raises CustomerNotFound, CustomerState."""
    customer = directory.find(principal=principal, customer_id=customer_id)
    _change(customer, actor, ACTIVE, before=SUSPENDED, action="customers.reinstated", reason=reason)
    return customer


def _change(
    customer: CustomerRow, actor: audit.Actor, status: str, *, before: str, action: str, reason: str
) -> None:
    transaction = Transaction()
    transaction.update(
        tables.profile_key(customer.customer_id),
        [CustomerRow.status.set(status)],
        CustomerRow.status == before,
        _refused,
    )
    audit.record(
        transaction,
        actor=actor,
        action=action,
        subject_id=customer.customer_id,
        ownership=customer.ownership,
        before={"status": before},
        after={"status": status},
        reason=reason,
    )
    transaction.commit()
    customer.status = status


def _refused(item: Item | None) -> Exception:
    found: dict[str, Any] = item or {"status": {"S": CLOSED}}
    status = found["status"]["S"]
    return people.gone(item) if status == CLOSED else CustomerState(f"the customer is {status}")
