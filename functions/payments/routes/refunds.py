"""Refunds of a payment."""

from bank import errors
from bank.access import acts
from bank.http import Answer, Call, Page
from payments import rendering, schemas
from payments.routes.api import PAYEES, app
from payments.service import refunds
from payments.service.scope import NotThePayee
from payments.service.sharing import NoSuchLine


@app.post(
    "/payments/{payment_id}/refunds",
    act=acts.approved(acts.MONEY),
    scope="payments:write",
    callers=PAYEES,
    status=201,
    body=schemas.CreateRefund,
    answer=schemas.RefundAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, NoSuchLine, errors.Refusal],
)
def create_refund(call: Call, payment_id: str, body: schemas.CreateRefund) -> Answer:
    """Refund a part or all of a captured payment; the fee is returned in proportion."""
    row, replayed = refunds.refund(
        payment_id=payment_id,
        refund_id=call.record_id("ref"),
        request_digest=call.digest,
        amount=body.amount,
        reason=body.reason,
        principal=call.principal,
        lines=[(each.line, each.amount) for each in body.items],
    )
    return Answer(rendering.refund(row, call.principal), replayed=replayed)


@app.get(
    "/payments/{payment_id}/refunds",
    scope="payments:read",
    query=Page,
    answer=schemas.RefundPage,
    problems=[errors.NotFound],
)
def list_refunds(call: Call, payment_id: str, query: Page) -> schemas.RefundPage:
    """A payment's refunds, oldest first; a second late at most."""
    rows, last = refunds.list_refunds(
        payment_id=payment_id, principal=call.principal, after=query.after, limit=query.limit
    )
    return schemas.RefundPage(items=[rendering.refund(row, call.principal) for row in rows], next_cursor=last)
