"""Customers' own data, as a copy for them."""

from bank import errors
from bank.access import acts
from bank.http import Call
from customers import rendering, schemas
from customers.routes.api import CUSTOMERS, app, customer, presented_credentials
from customers.service import exports
from customers.service.exports import ExportRunning, TooManyExports
from customers.service.factors import FactorInvalid, TotpNeeded
from customers.service.pins import PaymentPasswordInvalid, PaymentPasswordLocked

REFUSALS = (
    FactorInvalid,
    TotpNeeded,
    PaymentPasswordInvalid,
    PaymentPasswordLocked,
    ExportRunning,
    TooManyExports,
)


@app.post(
    "/me/exports",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    status=202,
    body=schemas.AskExport,
    answer=schemas.ExportAnswer,
    problems=[errors.NotFound, *REFUSALS],
)
def start_export(call: Call, body: schemas.AskExport) -> schemas.ExportAnswer:
    """Have all that the bank holds of the customer gathered, for a factor that is shown now.

    One at a time, three a day. The rooms write their parts within minutes, to be fetched for seven days.
    """
    found = exports.start(
        person=customer(call),
        credentials=presented_credentials(body),
        pin=body.payment_password,
        session_id=call.principal.session,
    )
    return rendering.export(found, call.principal.session)


@app.get("/me/exports", scope="me:read", callers=CUSTOMERS, answer=schemas.ExportPage)
def list_exports(call: Call) -> schemas.ExportPage:
    """The customer's exports of the last 30 days."""
    rows = exports.list_exports(customer_id=call.principal.subject)
    return schemas.ExportPage(items=[rendering.export_summary(row) for row in rows])


@app.get(
    "/me/exports/{export_id}",
    scope="me:read",
    callers=CUSTOMERS,
    answer=schemas.ExportAnswer,
    problems=[errors.NotFound],
)
def get_export(call: Call, export_id: str) -> schemas.ExportAnswer:
    """An export as it is now: the parts that are there and those that are missing.

    The session that asked for it gets an address for each part.
    """
    found = exports.find(customer_id=call.principal.subject, export_id=export_id)
    return rendering.export(found, call.principal.session)
