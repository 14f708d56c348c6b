"""Quotes of the benefits that an order would have."""

from bank import errors, ledger
from bank.access import acts
from bank.benefits.reasons import SENTENCES
from bank.benefits.tables import EntitlementRow
from bank.http import Call
from bank.promotions import Line
from benefits.routes.api import CUSTOMERS, app
from benefits.schemas import quotes as schemas
from benefits.service import entitlements, quotes
from benefits.service.quotes import Order, Quoted

ASKS = acts.Act(acts.Effect.RECORD, trace=acts.Trace.NONE, why="it asks, and changes nothing")


@app.post(
    "/promotions/quote",
    act=ASKS,
    scope="entitlements:read",
    callers=CUSTOMERS,
    body=schemas.QuoteRequest,
    answer=schemas.QuoteAnswer,
    problems=[errors.NotFound, ledger.AccountKind],
)
def quote_promotions(call: Call, body: schemas.QuoteRequest) -> schemas.QuoteAnswer:
    """The best combination of a customer's benefits for an order, and a reason for each that is not of it."""
    return _answer(body, quotes.quote(order=_order(call, body)))


@app.get(
    "/entitlements/{entitlement_id}/usability",
    scope="entitlements:read",
    query=schemas.UsabilityQuery,
    answer=schemas.UsabilityAnswer,
    problems=[errors.NotFound],
)
def get_entitlement_usability(
    call: Call, entitlement_id: str, query: schemas.UsabilityQuery
) -> schemas.UsabilityAnswer:
    """One entitlement for an order, alone: what it would take off, or the reason for which it would not."""
    row = entitlements.find(entitlement_id=entitlement_id, principal=call.principal)
    found = quotes.quote(order=_alone(call, row, query))
    reason = found.left_out.get(entitlement_id)
    english, chinese = SENTENCES[reason] if reason else (None, None)
    return schemas.UsabilityAnswer(
        entitlement_id=entitlement_id,
        usable=reason is None,
        discount_amount=found.given.discount,
        code=reason.value if reason else None,
        detail=english,
        detail_zh=chinese,
    )


def _alone(call: Call, row: EntitlementRow, query: schemas.UsabilityQuery) -> Order:
    return Order(
        principal=call.principal,
        account_id=row.account_id,
        merchant_id=query.merchant_id,
        amount=query.amount,
        currency=query.currency,
        order_no=query.merchant_order_no or "",
        lines=(Line("", "", 1, query.amount),),
        entitlement_ids=(row.entitlement_id,),
    )


def _order(call: Call, body: schemas.QuoteRequest) -> Order:
    items = [Line(each.sku, each.category, each.quantity, each.amount) for each in body.items]
    return Order(
        principal=call.principal,
        account_id=body.account_id,
        merchant_id=body.merchant_id,
        amount=body.amount,
        currency=body.currency,
        order_no=body.merchant_order_no or "",
        lines=tuple(items) or (Line("", "", 1, body.amount),),
        entitlement_ids=tuple(body.entitlement_ids),
    )


def _answer(body: schemas.QuoteRequest, found: Quoted) -> schemas.QuoteAnswer:
    names = {each.row.entitlement_id: each.offer.name for each in found.held}
    lines = range(len(found.given.quote.cart.lines))
    applied = [
        schemas.AppliedBenefit(
            entitlement_id=each.benefit.benefit_id,
            name=names[each.benefit.benefit_id],
            discount_amount=each.amount,
            lines=[each.off.get(at, 0) for at in lines],
        )
        for each in found.given.quote.applied
    ]
    left_out = [
        schemas.LeftOut(
            entitlement_id=name,
            name=names[name],
            code=reason.value,
            detail=SENTENCES[reason][0],
            detail_zh=SENTENCES[reason][1],
        )
        for name, reason in sorted(found.left_out.items())
    ]
    return schemas.QuoteAnswer(
        amount=body.amount,
        discount_amount=found.given.discount,
        payer_amount=body.amount - found.given.discount,
        currency=body.currency,
        applied=applied,
        left_out=left_out,
    )
