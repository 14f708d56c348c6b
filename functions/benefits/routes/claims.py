"""Claims: a customer is issued an entitlement."""

from bank import caps, errors, ledger, risk
from bank.access import acts
from bank.access.principal import Kind
from bank.benefits.suppliers import NotSupplied
from bank.http import Answer, Call
from benefits import rendering
from benefits.domain.products import NotOnShelf
from benefits.routes.api import CUSTOMERS, app
from benefits.schemas import entitlements as schemas
from benefits.service import claims, entitlements, sold_out
from benefits.service.claims import Claim


@app.post(
    "/entitlements",
    act=acts.RECORD._replace(trace=acts.Trace.RECORD),
    scope="entitlements:write",
    callers=CUSTOMERS,
    session_checked=True,
    status=201,
    body=schemas.CreateClaim,
    answer=schemas.EntitlementAnswer,
    problems=[
        errors.NotFound,
        NotOnShelf,
        caps.SoldOut,
        caps.SoldOutToday,
        caps.BudgetUsedUp,
        caps.BudgetUsedUpToday,
        *sold_out.OF_PLACES,
        claims.ClaimLimit,
        NotSupplied,
        claims.NotTheCustomers,
        risk.RiskDeclined,
        risk.ChallengeRequired,
        ledger.AccountKind,
    ],
)
def claim_benefit(call: Call, body: schemas.CreateClaim) -> Answer:
    """Issue an entitlement to a customer, within stock, budget and what one customer may have."""
    row, replayed = claims.claim(
        claim=Claim(
            principal=call.principal,
            claim_id=call.record_id("clm"),
            request_digest=call.digest,
            product_id=body.product_id,
            customer_id=_customer(call, body),
            account_id=body.account_id,
            request_context=body.request_context(call.principal),
        )
    )
    (offer,) = entitlements.offers_of([row])
    return Answer(rendering.entitlement(row, offer), replayed=replayed)


def _customer(call: Call, body: schemas.CreateClaim) -> str:
    if call.principal.kind is Kind.CUSTOMER and body.customer_id is None:
        return call.principal.subject
    if body.customer_id is None:
        raise errors.Invalid(
            "the request is not valid", errors=[{"field": "customer_id", "message": "say whose wallet it is"}]
        )
    return body.customer_id
