"""The kyc room at the edge: routes, its table's stream, customers who leave, and the job that asks again."""

from typing import Any

from bank import errors, jobs
from bank.access import acts
from bank.access.principal import Kind
from bank.control import audit
from bank.events import change_id, envelope, images, publish, unwrap_sqs_event
from bank.events.batches import process_sqs_batch
from bank.http import Answer, Api, Call, Page
from bank.observability import logger, metrics
from bank.privacy import closures, exports
from bank.privacy.closures import Closure
from kyc import events, rendering, schemas
from kyc.domain.facts import Facts
from kyc.service import asking, cards, closing, customers, reading, unmasking, verifying
from kyc.service import exports as gathering

app = Api("kyc")


CUSTOMER, OTHERS = [Kind.CUSTOMER], [Kind.CHANNEL, Kind.STAFF]


REFUSALS = (errors.NotFound, errors.Conflict, errors.Unprocessable)


@app.post(
    "/me/verifications",
    act=acts.SIGNED_DOOR,
    scope="me:write",
    callers=CUSTOMER,
    status=201,
    body=schemas.VerifyMe,
    answer=schemas.CustomerVerification,
    idempotent=True,
    problems=REFUSALS,
)
def verify_me(call: Call, body: schemas.VerifyMe) -> Answer:
    """Verify who the caller is: name and id number, and with phone and bank card to a higher level."""
    return _verify(call, body, customers.own_id(call.principal))


@app.get(
    "/me/verifications",
    scope="me:read",
    callers=CUSTOMER,
    query=Page,
    answer=schemas.CustomerVerifications,
)
def list_my_verifications(call: Call, query: Page) -> schemas.CustomerVerifications:
    """The caller's verifications, newest first."""
    rows, last = reading.list_of_customer(
        principal=call.principal,
        customer_id=customers.own_id(call.principal),
        after=query.after,
        limit=query.limit,
    )
    return rendering.verifications(call, rows, last)


@app.get(
    "/me/verifications/{verification_id}",
    scope="me:read",
    callers=CUSTOMER,
    answer=schemas.CustomerVerification,
    problems=[errors.NotFound],
)
def get_my_verification(call: Call, verification_id: str) -> schemas.CustomerVerification:
    """One of the caller's verifications as it is now."""
    return rendering.verification(
        call, reading.find(principal=call.principal, verification_id=verification_id)
    )


@app.post(
    "/me/cards",
    act=acts.RECORD,
    scope="me:write",
    callers=CUSTOMER,
    status=201,
    body=schemas.AddCard,
    answer=schemas.CardAnswer,
    problems=[errors.NotFound, errors.Conflict],
)
def add_my_card(call: Call, body: schemas.AddCard) -> Answer:
    """Put a bank card into the vault. The same card gives the same token again."""
    row, replayed = cards.add(principal=call.principal, number=body.card_number)
    return Answer(rendering.card(row), replayed=replayed)


@app.get("/me/cards", scope="me:read", callers=CUSTOMER, query=Page, answer=schemas.CardPage)
def list_my_cards(call: Call, query: Page) -> schemas.CardPage:
    """The caller's bank cards."""
    rows, last = cards.list_cards(principal=call.principal, after=query.after, limit=query.limit)
    return schemas.CardPage(items=[rendering.card(row) for row in rows], next_cursor=last)


@app.post(
    "/verifications",
    act=acts.alone(acts.SIGNED_DOOR, "the provider decides, not who asks"),
    scope="verifications:write",
    callers=OTHERS,
    status=201,
    body=schemas.VerifyCustomer,
    answer=schemas.CustomerVerification,
    idempotent=True,
    problems=REFUSALS,
)
def verify_customer(call: Call, body: schemas.VerifyCustomer) -> Answer:
    """Verify a customer of the calling channel, or of the caller's data scope."""
    return _verify(call, body, body.customer_id)


@app.get(
    "/verifications",
    scope="verifications:read",
    callers=OTHERS,
    query=schemas.VerificationsQuery,
    answer=schemas.CustomerVerifications,
)
def list_verifications(call: Call, query: schemas.VerificationsQuery) -> schemas.CustomerVerifications:
    """A customer's verifications, or a unit's, newest first."""
    principal, after, limit = call.principal, query.after, query.limit
    if query.customer_id:
        wanted = query.customer_id
        rows, last = reading.list_of_customer(
            principal=principal, customer_id=wanted, after=after, limit=limit
        )
    else:
        rows, last = reading.list_of_unit(
            principal=principal, unit_id=query.unit_id, after=after, limit=limit
        )
    return rendering.verifications(call, rows, last)


@app.get(
    "/verifications/{verification_id}",
    scope="verifications:read",
    callers=OTHERS,
    answer=schemas.CustomerVerification,
    problems=[errors.NotFound],
)
def get_verification_of_customer(call: Call, verification_id: str) -> schemas.CustomerVerification:
    """One verification as it is now."""
    return rendering.verification(
        call, reading.find(principal=call.principal, verification_id=verification_id)
    )


@app.post(
    "/identity-unmaskings",
    act=acts.alone(acts.DOOR, "reads what the law lets it, with a reason, in the audit trail"),
    scope="identities:unmask",
    callers=[Kind.STAFF],
    body=schemas.UnmaskIdentity,
    answer=schemas.UnmaskedIdentity,
    problems=[errors.NotFound, errors.Conflict],
)
def unmask_identity(call: Call, body: schemas.UnmaskIdentity) -> schemas.UnmaskedIdentity:
    """A fact of a verified customer as it is, for a reason; the audit trail has it. For staff."""
    value = unmasking.unmask(
        principal=call.principal,
        actor=audit.actor(call),
        customer_id=body.customer_id,
        field=body.field,
        reason=body.reason,
    )
    return schemas.UnmaskedIdentity(customer_id=body.customer_id, field=body.field, value=value)


def on_kyc(event: dict[str, Any], context: Any) -> None:
    """The kyc table's stream: tell what ended, and which levels changed."""
    envelopes = [
        envelope(each, subject=each.customer_id, change=change_id(record), time=time)
        for record in event["Records"]
        for each, time in events.of_change(*images(record))
    ]
    publish(envelopes)
    logger.info("published", events=len(envelopes))


@jobs.recorded(keep_days=8)
@metrics.log_metrics
def on_pending(event: dict[str, Any], context: Any) -> dict[str, int]:
    """On schedule: ask the provider again about what it has not answered. Safe to run twice at once."""
    counts = asking.ask_again(left_ms=context.get_remaining_time_in_millis)
    metrics.add_metric(name="VerificationsAskedAgain", unit="Count", value=sum(counts.values()))
    logger.info("asked again", extra=counts)
    return counts


def on_customer_events(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Customers who leave: keep what must be kept, let go of the rest. Who wants their data: write a part."""
    return process_sqs_batch(event, context, _take)


def _take(body: str) -> None:
    received = unwrap_sqs_event(body)
    if received["type"] == closures.CLOSED:
        closing.close(Closure.of(received))
    if received["type"] == exports.REQUESTED:
        exports.take(received, room="kyc", gather=_own_data)
    logger.info("taken", type=received["type"])


def _own_data(customer_id: str) -> exports.Part:
    return rendering.own_data(gathering.gather(customer_id))


def _verify(call: Call, body: schemas.VerifyMe | schemas.VerifyCustomer, customer_id: str) -> Answer:
    facts = Facts(name=body.name, id_number=body.id_number, phone=body.phone, card=body.card_number)
    request = verifying.Request(
        verification_id=call.record_id("ver"),
        digest=call.digest,
        customer_id=customer_id,
        principal=call.principal,
        facts=facts,
        document_expires_on=body.document_expires_on,
    )
    row, replayed = verifying.verify(request=request)
    return Answer(rendering.verification(call, row), replayed=replayed)
