"""Customers as staff and channels see them."""

from bank import errors
from bank.access import acts
from bank.access.authority import HigherAuthority
from bank.control import audit
from bank.http import Call
from customers import rendering, schemas
from customers.routes.api import CHANNELS, STAFF, app
from customers.service import directory, suspension

DESKS = [*STAFF, *CHANNELS]


@app.get(
    "/customers",
    scope="customers:read",
    callers=STAFF,
    query=schemas.CustomersQuery,
    answer=schemas.CustomerPage,
    problems=[errors.NotFound],
)
def list_customers(call: Call, query: schemas.CustomersQuery) -> schemas.CustomerPage:
    """The customers of the caller's data scope, unit by unit, masked. For staff."""
    page = directory.list_customers(
        principal=call.principal, unit_id=query.unit_id, after=query.after, limit=query.limit
    )
    return schemas.CustomerPage(
        items=[rendering.customer(row) for row in page.customers],
        next_cursor=page.after,
    )


@app.get(
    "/customers/{customer_id}",
    scope="customers:read",
    callers=DESKS,
    answer=schemas.CustomerAnswer,
    problems=[errors.NotFound],
)
def get_customer(call: Call, customer_id: str) -> schemas.CustomerAnswer:
    """One customer, masked."""
    return rendering.customer(directory.find(principal=call.principal, customer_id=customer_id))


@app.post(
    "/customer-lookups",
    act=acts.RECORD,
    scope="customers:lookup",
    callers=DESKS,
    body=schemas.LookUp,
    answer=schemas.CustomerPage,
)
def look_up_customer(call: Call, body: schemas.LookUp) -> schemas.CustomerPage:
    """Find the customer who has a phone: one or none, masked, within the caller's data scope."""
    rows = directory.look_up(principal=call.principal, phone=body.phone, client_id=body.client_id)
    return schemas.CustomerPage(items=[rendering.customer(row) for row in rows], next_cursor=None)


@app.post(
    "/unmaskings",
    act=acts.alone(acts.DOOR, "reads what the law lets it, with a reason, in the audit trail"),
    scope="customers:unmask",
    callers=STAFF,
    body=schemas.Unmask,
    answer=schemas.Unmasked,
    problems=[errors.NotFound, errors.Conflict],
)
def unmask(call: Call, body: schemas.Unmask) -> schemas.Unmasked:
    """A customer's phone as it is, for a reason; the audit trail has it. For staff."""
    value = directory.unmask(
        principal=call.principal,
        actor=audit.actor(call),
        customer_id=body.customer_id,
        reason=body.reason,
    )
    return schemas.Unmasked(customer_id=body.customer_id, field=body.field, value=value)


@app.post(
    "/customers/{customer_id}/suspension",
    act=acts.RECORD,
    scope="customers:suspend",
    callers=STAFF,
    body=schemas.Why,
    answer=schemas.CustomerAnswer,
    problems=[errors.NotFound, errors.Conflict],
    example={"status": "suspended"},
)
def suspend_customer(call: Call, customer_id: str, body: schemas.Why) -> schemas.CustomerAnswer:
    """Let a customer in no more and end their sessions at once; their wallets are frozen apart. For staff.

    The same authority or a higher one ends it.
    """
    row = suspension.suspend(
        principal=call.principal, actor=audit.actor(call), customer_id=customer_id, reason=body.reason
    )
    return rendering.customer(row)


@app.post(
    "/customers/{customer_id}/reinstatement",
    act=acts.alone(acts.DOOR, "ends no higher authority's, and the customer still has to prove who they are"),
    scope="customers:suspend",
    callers=STAFF,
    body=schemas.Reinstate,
    answer=schemas.CustomerAnswer,
    problems=[errors.NotFound, errors.Conflict, HigherAuthority],
)
def reinstate_customer(call: Call, customer_id: str, body: schemas.Reinstate) -> schemas.CustomerAnswer:
    """End one's own suspension, or a lower `authority`'s; they are let in once none is left. For staff."""
    row = suspension.reinstate(
        principal=call.principal,
        actor=audit.actor(call),
        customer_id=customer_id,
        reason=body.reason,
        lifted=body.authority,
    )
    return rendering.customer(row)
