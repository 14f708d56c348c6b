"""Redemption at merchants: the codes that customers show, and what merchants' channels make of them."""

from bank import errors, risk
from bank.access import acts
from bank.access.principal import Kind
from bank.benefits.reasons import EntitlementNotUsable
from bank.http import Answer, Call
from benefits import rendering
from benefits.routes.api import BANK, CHANNELS, app
from benefits.schemas import redemptions as schemas
from benefits.service import codes, redemptions, reversals
from benefits.service.redemptions import Redemption
from benefits.tables import RedemptionRow

SHOWN = acts.CODE_DOOR._replace(why="the redemption that uses it; one that none does opens nothing")
REDEEMS = acts.RECORD._replace(signed=True)


def _shown(row: RedemptionRow) -> schemas.RedemptionByCode:
    return rendering.redemption(row, redemptions.offer_of(row))


@app.post(
    "/entitlements/{entitlement_id}/code",
    act=SHOWN,
    scope="entitlements:write",
    callers=(Kind.CUSTOMER,),
    status=201,
    answer=schemas.CodeAnswer,
    problems=[errors.NotFound, EntitlementNotUsable],
)
def create_redemption_code(call: Call, entitlement_id: str) -> schemas.CodeAnswer:
    """A code for the customer to show at a merchant: good once, in the place of older ones."""
    code, row = codes.create(entitlement_id=entitlement_id, principal=call.principal)
    return rendering.code(code, row)


@app.post(
    "/entitlements/redemptions",
    act=REDEEMS,
    scope="entitlements:write",
    callers=CHANNELS,
    idempotent=True,
    status=201,
    body=schemas.RedeemByCode,
    answer=schemas.RedemptionByCode,
    problems=[
        errors.NotFound,
        codes.CodeUnknown,
        codes.TooManyWrongCodes,
        redemptions.MerchantNotActive,
        EntitlementNotUsable,
        risk.RiskDeclined,
    ],
)
def redeem_by_code(call: Call, body: schemas.RedeemByCode) -> Answer:
    """Redeem, at a merchant of the channel, one use of the entitlement whose code the customer shows."""
    row, replayed = redemptions.redeem(
        redemption=Redemption(
            principal=call.principal,
            redemption_id=call.record_id("rdm"),
            request_digest=call.digest,
            code=body.code,
            merchant_id=body.merchant_id,
            store_id=body.store_id,
            terminal_id=body.terminal_id,
        )
    )
    return Answer(_shown(row), replayed=replayed)


@app.get(
    "/entitlements/redemptions/{redemption_id}",
    scope="entitlements:read",
    callers=BANK,
    answer=schemas.RedemptionByCode,
    problems=[errors.NotFound],
)
def get_redemption_by_code(call: Call, redemption_id: str) -> schemas.RedemptionByCode:
    """One redemption, to the channel that made it and to staff of the merchant's unit."""
    return _shown(redemptions.find(redemption_id=redemption_id, principal=call.principal))


@app.post(
    "/entitlements/redemptions/{redemption_id}/reversal",
    act=REDEEMS,
    scope="entitlements:write",
    callers=CHANNELS,
    idempotent=True,
    answer=schemas.RedemptionByCode,
    problems=[errors.NotFound, reversals.NotReversible],
)
def reverse_redemption_by_code(call: Call, redemption_id: str) -> Answer:
    """Give the use back that a redemption took: by the channel that made it, once, within a day."""
    row, replayed = reversals.reverse(
        redemption_id=redemption_id, reversal_id=call.record_id("rvs"), principal=call.principal
    )
    return Answer(_shown(row), replayed=replayed)
