"""The end of being a customer, and what is told of it before."""

from bank import clock
from bank.access import acts
from bank.http import Call
from customers import rendering, schemas
from customers.routes.api import CUSTOMERS, app, customer, presented_credentials
from customers.routes.me import REPROVEN
from customers.service import closure
from customers.service.wallets import WalletsNotEmpty


@app.get("/me/closure", scope="me:read", callers=CUSTOMERS, answer=schemas.ClosureTerms)
def get_closure_terms(call: Call) -> schemas.ClosureTerms:
    """Terms of closing today: what it would erase, and what the law keeps, until when."""
    return rendering.closure_terms(clock.now())


@app.post(
    "/me/closure",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.Close,
    answer=schemas.Closed,
    problems=[*REPROVEN, WalletsNotEmpty],
)
def close_me(call: Call, body: schemas.Close) -> schemas.Closed:
    """Stop being a customer. Personal data is erased, but for what the law keeps; the phone is free again."""
    closure.close(person=customer(call), code=body.code, credentials=presented_credentials(body))
    return schemas.Closed(**dict(rendering.closure_terms(clock.now())))
