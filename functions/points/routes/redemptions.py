"""Redemptions: points that a channel takes for something, and returns."""

from bank import errors
from bank.access import acts
from bank.access.principal import Kind
from bank.http import Answer, Call
from points import rendering, schemas
from points.routes.api import KEEPERS, app
from points.service import redeeming, reversing

CHANNEL = (Kind.CHANNEL,)


@app.post(
    "/point-redemptions",
    act=acts.MONEY,
    scope="points:redeem",
    callers=CHANNEL,
    status=201,
    body=schemas.Redeem,
    answer=schemas.RedemptionAnswer,
    idempotent=True,
    problems=[errors.NotFound, errors.Refusal],
)
def redeem_points(call: Call, body: schemas.Redeem) -> Answer:
    """Take points of a customer of the channel's for what it names, those that expire first."""
    order = redeeming.Order(
        redemption_id=call.record_id("red"),
        request_digest=call.digest,
        made_by=call.principal.actor_id,
        **body.model_dump(),
    )
    row, replayed = redeeming.redeem(order=order, principal=call.principal)
    return Answer(rendering.redemption(row, as_made=True), replayed=replayed)


@app.get(
    "/point-redemptions/{redemption_id}",
    scope="points:read",
    callers=KEEPERS,
    answer=schemas.RedemptionAnswer,
    problems=[errors.NotFound],
)
def get_redemption(call: Call, redemption_id: str) -> schemas.RedemptionAnswer:
    """A redemption, of a payment too: its id is the payment's then."""
    return rendering.redemption(redeeming.find(redemption_id=redemption_id, principal=call.principal))


@app.post(
    "/point-redemptions/{redemption_id}/reversals",
    act=acts.MONEY,
    scope="points:redeem",
    callers=CHANNEL,
    status=201,
    body=schemas.Reverse,
    answer=schemas.ReversalAnswer,
    idempotent=True,
    problems=[errors.NotFound, reversing.OfPayment, reversing.MoreThanRedeemed],
)
def reverse_redemption(call: Call, redemption_id: str, body: schemas.Reverse) -> Answer:
    """Return points to their lots; what of these has expired is returned and expired at once."""
    order = reversing.Reversal(
        reversal_id=call.record_id("rev"),
        redemption_id=redemption_id,
        points=body.points,
        made_by=call.principal.actor_id,
    )
    row, replayed = reversing.reverse(order=order, request_digest=call.digest, principal=call.principal)
    return Answer(rendering.reversal(row), replayed=replayed)
