"""Entitlements of customers."""

from typing import Any

from bank import errors
from bank.access import acts
from bank.benefits.reasons import EntitlementNotUsable
from bank.benefits.tables import EntitlementRow
from bank.control import audit
from bank.http import Call
from benefits import rendering
from benefits.routes.api import CUSTOMERS, STAFF, app
from benefits.schemas import entitlements as schemas
from benefits.schemas.products import Reason
from benefits.service import entitlements, vouchers

CHANGED: dict[str, Any] = {
    "scope": "entitlements:write",
    "answer": schemas.EntitlementAnswer,
    "problems": [errors.NotFound, EntitlementNotUsable],
}


def _shown(row: EntitlementRow) -> schemas.EntitlementAnswer:
    (offer,) = entitlements.offers_of([row])
    return rendering.entitlement(row, offer)


@app.get(
    "/entitlements",
    scope="entitlements:read",
    query=schemas.EntitlementsQuery,
    answer=schemas.EntitlementPage,
)
def list_entitlements(call: Call, query: schemas.EntitlementsQuery) -> schemas.EntitlementPage:
    """Entitlements that were issued by a wallet, the first to end first; a second late at most."""
    rows, last = entitlements.list_entitlements(
        account_id=query.account_id,
        ended=query.ended,
        principal=call.principal,
        after=query.after,
        limit=query.limit,
    )
    found = zip(rows, entitlements.offers_of(rows), strict=True)
    return schemas.EntitlementPage(items=[rendering.entitlement(*each) for each in found], next_cursor=last)


@app.get(
    "/entitlements/{entitlement_id}",
    scope="entitlements:read",
    answer=schemas.EntitlementAnswer,
    problems=[errors.NotFound],
)
def get_entitlement(call: Call, entitlement_id: str) -> schemas.EntitlementAnswer:
    """One entitlement as it is now."""
    row = entitlements.find(entitlement_id=entitlement_id, principal=call.principal)
    (offer,) = entitlements.offers_of([row])
    return rendering.entitlement(row, offer, voucher_code=vouchers.shown(row, call.principal))


@app.post(
    "/entitlements/{entitlement_id}/reservation",
    act=acts.RECORD,
    callers=CUSTOMERS,
    body=schemas.Reservation,
    **CHANGED,
)
def reserve_entitlement(
    call: Call, entitlement_id: str, body: schemas.Reservation
) -> schemas.EntitlementAnswer:
    """Keep it for an order that waits for its payment: until then, no other order can use it."""
    row = entitlements.reserve(
        entitlement_id=entitlement_id,
        principal=call.principal,
        merchant_id=body.merchant_id,
        order_no=body.merchant_order_no,
        minutes=body.minutes,
    )
    return _shown(row)


@app.post(
    "/entitlements/{entitlement_id}/release",
    act=acts.RECORD,
    callers=CUSTOMERS,
    body=schemas.Order,
    **CHANGED,
)
def release_entitlement(call: Call, entitlement_id: str, body: schemas.Order) -> schemas.EntitlementAnswer:
    """Give an order's reservation back."""
    row = entitlements.release(
        entitlement_id=entitlement_id,
        principal=call.principal,
        merchant_id=body.merchant_id,
        order_no=body.merchant_order_no,
    )
    return _shown(row)


@app.post(
    "/entitlements/{entitlement_id}/revocation",
    act=acts.approved(acts.GUARD),
    callers=STAFF,
    body=Reason,
    **CHANGED,
)
def revoke_entitlement(call: Call, entitlement_id: str, body: Reason) -> schemas.EntitlementAnswer:
    """Take it back from its customer."""
    row = entitlements.revoke(
        entitlement_id=entitlement_id,
        principal=call.principal,
        actor=audit.actor(call),
        reason=body.reason,
    )
    return _shown(row)


@app.post(
    "/entitlements/{entitlement_id}/gift",
    act=acts.RECORD,
    callers=CUSTOMERS,
    body=schemas.Gift,
    scope="entitlements:write",
    answer=schemas.EntitlementAnswer,
    problems=[errors.NotFound, EntitlementNotUsable, entitlements.NotGiftable],
)
def give_entitlement(call: Call, entitlement_id: str, body: schemas.Gift) -> schemas.EntitlementAnswer:
    """Give it to another customer; the answer is what that customer has then."""
    row = entitlements.give(
        entitlement_id=entitlement_id,
        principal=call.principal,
        account_id=body.account_id,
        gift_id=call.record_id("gft"),
    )
    return _shown(row)
