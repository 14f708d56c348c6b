"""The merchants room at the edge: routes, its table's stream consumer and the notices to merchants."""

from typing import Any

from bank import errors, jobs
from bank.access import acts
from bank.access.authority import HigherAuthority
from bank.access.principal import Kind
from bank.config import config
from bank.control import audit
from bank.events import envelope_for_change, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import JSON, Answer, Api, Call
from bank.observability import logger, metrics
from merchants import events, rendering, schemas
from merchants.rendering import PNG, SVG
from merchants.service import closing, notices, qr, registry, suspensions

app = Api("merchants", binary_types=[PNG])


KEEPERS = (Kind.CHANNEL, Kind.STAFF)


@app.post(
    "/merchants",
    act=acts.approved(acts.SIGNED_DOOR, channels=True),
    scope="merchants:write",
    callers=KEEPERS,
    status=201,
    body=schemas.RegisterMerchant,
    answer=schemas.MerchantAnswer,
    problems=[errors.Unprocessable],
)
def register_merchant(call: Call, body: schemas.RegisterMerchant) -> Answer:
    """Register a merchant. Sent again with the same Idempotency-Key, it registers none besides.

    Terms that are better for it than the bank's standard are approved by others first.
    """
    row, replayed = registry.register(
        merchant_id=call.record_id("mer"),
        request_digest=call.digest,
        principal=call.principal,
        **({"city": schemas.HOME_CITY} | body.model_dump(mode="json")),
    )
    return Answer(rendering.merchant(row), replayed=replayed)


@app.get("/merchants", scope="merchants:read", query=schemas.MerchantsQuery, answer=schemas.MerchantPage)
def list_merchants(call: Call, query: schemas.MerchantsQuery) -> schemas.MerchantPage:
    """The merchants that the caller keeps, in order of their ids."""
    rows, last = registry.list_merchants(
        principal=call.principal, settlement=query.settlement, after=query.after, limit=query.limit
    )
    return schemas.MerchantPage(
        items=[rendering.merchant(row) for row in rows],
        next_cursor=last,
    )


@app.get(
    "/merchants/{merchant_id}",
    scope="merchants:read",
    answer=schemas.MerchantAnswer,
    problems=[errors.NotFound],
)
def get_merchant(call: Call, merchant_id: str) -> schemas.MerchantAnswer:
    """One merchant as it is now."""
    return rendering.merchant(registry.find(merchant_id=merchant_id, principal=call.principal))


@app.patch(
    "/merchants/{merchant_id}",
    act=acts.approved(acts.SIGNED_GUARD, channels=True),
    scope="merchants:write",
    callers=KEEPERS,
    body=schemas.ChangeMerchant,
    answer=schemas.MerchantAnswer,
    problems=[errors.NotFound, errors.Conflict],
)
def change_merchant(call: Call, merchant_id: str, body: schemas.ChangeMerchant) -> schemas.MerchantAnswer:
    """Change some terms; what is left out stays as it is. Payments made from now on follow the new ones."""
    terms = body.model_dump(mode="json", include=body.model_fields_set)
    return rendering.merchant(
        registry.change_terms(
            merchant_id=merchant_id, principal=call.principal, actor=audit.actor(call), terms=terms
        )
    )


@app.post(
    "/merchants/{merchant_id}/suspend",
    act=acts.RECORD,
    scope="merchants:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.MerchantAnswer,
    problems=[errors.NotFound, errors.Conflict],
    example={
        "status": "suspended",
        "status_reason": "asked for by the customer",
        "suspended_by": ["branch"],
    },
)
def suspend_merchant(call: Call, merchant_id: str, body: schemas.Reason) -> schemas.MerchantAnswer:
    """Take no payments for the merchant and pay nothing out to it, until it is resumed."""
    return rendering.merchant(
        suspensions.suspend(
            merchant_id=merchant_id,
            principal=call.principal,
            actor=audit.actor(call),
            reason=body.reason,
        )
    )


@app.post(
    "/merchants/{merchant_id}/resume",
    act=acts.approved(acts.SIGNED_GUARD),
    scope="merchants:write",
    callers=KEEPERS,
    body=schemas.Resume,
    answer=schemas.MerchantAnswer,
    problems=[errors.NotFound, errors.Conflict, HigherAuthority],
)
def resume_merchant(call: Call, merchant_id: str, body: schemas.Resume) -> schemas.MerchantAnswer:
    """Lift one's own suspension, or a lower `authority`'s; payments and payouts go on once none is left."""
    return rendering.merchant(
        suspensions.resume(
            merchant_id=merchant_id,
            principal=call.principal,
            actor=audit.actor(call),
            reason=body.reason,
            lifted=body.authority,
        )
    )


@app.post(
    "/merchants/{merchant_id}/close",
    act=acts.approved(acts.SIGNED_GUARD, channels=True),
    scope="merchants:write",
    callers=KEEPERS,
    body=schemas.Reason,
    answer=schemas.MerchantAnswer,
    problems=[errors.NotFound, errors.Conflict],
    example={"status": "closing", "status_reason": "gives up its shop"},
)
def close_merchant(call: Call, merchant_id: str, body: schemas.Reason) -> schemas.MerchantAnswer:
    """Take no more payments, for good. Refunds and payouts go on; it is closed once nothing can be left."""
    return rendering.merchant(
        closing.close(
            merchant_id=merchant_id,
            principal=call.principal,
            actor=audit.actor(call),
            reason=body.reason,
        )
    )


@app.get(
    "/merchants/{merchant_id}/qr",
    scope="merchants:read",
    query=schemas.QrQuery,
    answer=schemas.QrAnswer,
    problems=[errors.NotFound],
    media_types=(JSON, SVG, PNG),
)
def get_qr(call: Call, merchant_id: str, query: schemas.QrQuery) -> Answer:
    """The merchant's QR code (EMVCo, merchant-presented): JSON, or a picture where Accept asks for one."""
    payload = qr.payload(
        merchant_id=merchant_id,
        principal=call.principal,
        amount=query.amount,
        currency=query.currency or config.home_currency,
        reference=query.reference,
    )
    wanted = rendering.media_type(call.headers.get("accept") or "")
    if wanted == JSON:
        return Answer(schemas.QrAnswer(payload=payload, svg=qr.svg(payload)))
    return Answer(qr.svg(payload) if wanted == SVG else qr.png(payload), headers={"Content-Type": wanted})


def on_merchants(event: dict[str, Any], context: Any) -> None:
    """The merchants' stream: tell what changed."""
    domain_events = [
        (record, each) for record in event["Records"] for each in events.of_change(*images(record))
    ]
    publish(envelope_for_change(record, each, subject=each.subject) for record, each in domain_events)
    logger.info("published", events=len(domain_events))


@metrics.log_metrics
def on_notices(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Approvals of changes, and changes: tell the merchants' contacts; `MerchantsNotTold` have none."""
    not_told: list[str] = []

    def take(body: str) -> None:
        envelope = unwrap_sqs_event(body)
        if not notices.tell(envelope):
            not_told.append(envelope["id"])

    answer = process_sqs_batch(event, context, take)
    metrics.add_metric(name="MerchantsNotTold", unit="Count", value=len(not_told))
    logger.info("merchants told", extra={"not_told": not_told})
    return answer


@jobs.recorded(keep_days=400)
def on_closing(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: close the merchants that have drained."""
    counts = closing.close_drained()
    logger.info("merchants closed", extra=counts)
    return counts
