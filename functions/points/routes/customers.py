"""Customers' points, what payments earn, and adjustments by staff."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call
from points import rendering, schemas
from points.routes.api import CUSTOMER, KEEPERS, STAFF, app
from points.service import adjusting, reading


@app.get("/me/points", scope="me:read", callers=CUSTOMER, answer=schemas.PointsAnswer)
def get_my_points(call: Call) -> schemas.PointsAnswer:
    """The caller's points: what can be spent, by lots, what is reserved, and what is owed."""
    found = reading.find(customer_id=call.principal.subject, principal=call.principal)
    return rendering.points(found)


@app.get(
    "/points/customers/{customer_id}",
    scope="points:read",
    callers=KEEPERS,
    answer=schemas.PointsAnswer,
    problems=[errors.NotFound],
)
def get_points_of_customer(call: Call, customer_id: str) -> schemas.PointsAnswer:
    """A customer's points: what can be spent, by lots, what is reserved, and what is owed."""
    return rendering.points(reading.find(customer_id=customer_id, principal=call.principal))


@app.get(
    "/points/earnings/{payment_id}",
    scope="points:read",
    answer=schemas.EarningAnswer,
    problems=[errors.NotFound],
)
def get_earning(call: Call, payment_id: str) -> schemas.EarningAnswer:
    """Points that a payment earns: pending until it is due, then booked."""
    return rendering.earning(reading.find_earning(payment_id=payment_id, principal=call.principal))


@app.post(
    "/points/adjustments",
    act=acts.approved(acts.MONEY),
    scope="points:write",
    callers=STAFF,
    status=201,
    body=schemas.Adjust,
    answer=schemas.AdjustmentAnswer,
    idempotent=True,
    problems=[errors.NotFound, errors.Refusal],
)
def adjust_points(call: Call, body: schemas.Adjust) -> Answer:
    """Give a customer points, or take some, once another has approved it."""
    if not body.points:
        wrong = [{"field": "points", "message": "is not nil"}]
        raise errors.Invalid("points are given or taken", errors=wrong)
    order = adjusting.Order(
        adjustment_id=call.record_id("adj"), request_digest=call.digest, **body.model_dump()
    )
    row, replayed = adjusting.adjust(order=order, principal=call.principal, actor=audit.actor(call))
    return Answer(rendering.adjustment(row), replayed=replayed)
