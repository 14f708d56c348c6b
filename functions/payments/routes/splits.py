"""Splits of a payment's net among merchants."""

from bank import errors
from bank.access import acts
from bank.http import Answer, Call, Page
from payments import rendering, schemas
from payments.routes.api import PAYEES, app
from payments.service import splits
from payments.service.scope import NotThePayee


@app.post(
    "/payments/{payment_id}/splits",
    act=acts.approved(acts.MONEY),
    scope="payments:write",
    callers=PAYEES,
    status=201,
    body=schemas.CreateSplit,
    answer=schemas.SplitAnswer,
    idempotent=True,
    problems=[errors.NotFound, NotThePayee, errors.Refusal],
)
def create_split(call: Call, payment_id: str, body: schemas.CreateSplit) -> Answer:
    """Share parts of a payment's net with other merchants, now or later; together never more than the net."""
    row, replayed = splits.split(
        payment_id=payment_id,
        split_id=call.record_id("spl"),
        request_digest=call.digest,
        receivers={receiver.merchant_id: receiver.amount for receiver in body.receivers},
        principal=call.principal,
    )
    return Answer(rendering.split(row, call.principal), replayed=replayed)


@app.get(
    "/payments/{payment_id}/splits",
    scope="payments:read",
    query=Page,
    answer=schemas.SplitPage,
    problems=[errors.NotFound],
)
def list_splits(call: Call, payment_id: str, query: Page) -> schemas.SplitPage:
    """A payment's splits, oldest first; a second late at most."""
    rows, last = splits.list_splits(
        payment_id=payment_id, principal=call.principal, after=query.after, limit=query.limit
    )
    return schemas.SplitPage(items=[rendering.split(row, call.principal) for row in rows], next_cursor=last)
