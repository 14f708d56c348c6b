"""Clients of channels, kept by two members of staff, and their enrolment, by themselves."""

from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call
from identity import rendering, schemas
from identity.domain.clients import EnrolmentRefused
from identity.routes.api import NOT_KEPT, READ, WRITE, app
from identity.service import registry


@app.post(
    "/clients",
    act=acts.approved(acts.DOOR),
    scope="clients:write",
    status=201,
    body=schemas.NewClient,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def register_client(call: Call, body: schemas.NewClient) -> schemas.ClientAnswer:
    """Register a client; its enrolment code goes to the contact's phone alone. For the head office."""
    from identity.service import enrolment

    row = enrolment.register(
        principal=call.principal,
        actor=audit.actor(call),
        name=body.name,
        scopes=body.scopes,
        unit_id=body.unit_id,
        bank_wide=body.bank_wide,
        signed=body.signed,
        contact=body.contact,
        reason=body.reason,
    )
    return rendering.client(row)


@app.get("/clients", scope="clients:read", query=schemas.ClientsQuery, answer=schemas.ClientPage, **READ)
def list_clients(call: Call, query: schemas.ClientsQuery) -> schemas.ClientPage:
    """The clients of one unit of the data scope."""
    rows, last = registry.list_clients(
        principal=call.principal,
        unit_id=query.unit_id or call.principal.unit,
        after=query.after,
        limit=query.limit,
    )
    items = [rendering.client(row) for row in rows]
    return schemas.ClientPage(items=items, next_cursor=last)


@app.get("/clients/{client_id}", scope="clients:read", answer=schemas.ClientAnswer, **READ)
def get_client(call: Call, client_id: str) -> schemas.ClientAnswer:
    """One client."""
    return rendering.client(registry.find(principal=call.principal, client_id=client_id))


@app.patch(
    "/clients/{client_id}",
    act=acts.approved(acts.DOOR),
    scope="clients:write",
    body=schemas.ChangeClient,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def change_client(call: Call, client_id: str, body: schemas.ChangeClient) -> schemas.ClientAnswer:
    """Change what a client may do, whose it is, or who is sent its codes. For the head office."""
    from identity.service import enrolment

    changes = body.model_dump(exclude={"contact", "reason"}, exclude_none=True)
    row = registry.change(
        principal=call.principal,
        actor=audit.actor(call),
        client_id=client_id,
        changes=changes,
        contact=enrolment.contact_of(client_id, body.contact) if body.contact else None,
        reason=body.reason,
    )
    return rendering.client(row)


@app.post(
    "/clients/{client_id}/enrolments",
    act=acts.alone(acts.DOOR, "goes to the phone that two have agreed on"),
    scope="clients:write",
    status=201,
    body=schemas.NewEnrolment,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def send_enrolment_code(call: Call, client_id: str, body: schemas.NewEnrolment) -> schemas.ClientAnswer:
    """Send the contact a code for the next secret: the first code was lost, or the secret is to rotate."""
    from identity.service import enrolment

    row = enrolment.send_code(
        principal=call.principal,
        actor=audit.actor(call),
        client_id=client_id,
        overlap_hours=body.overlap_hours,
        reason=body.reason,
    )
    return rendering.client(row)


@app.post(
    "/clients/{client_id}/suspension",
    act=acts.SHUT,
    scope="clients:write",
    body=schemas.Why,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def suspend_client(call: Call, client_id: str, body: schemas.Why) -> schemas.ClientAnswer:
    """Give a client no more tokens until it is reinstated. For the head office."""
    row = registry.suspend(
        principal=call.principal, actor=audit.actor(call), client_id=client_id, reason=body.reason
    )
    return rendering.client(row)


@app.post(
    "/clients/{client_id}/reinstatement",
    act=acts.approved(acts.DOOR),
    scope="clients:write",
    body=schemas.Why,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def reinstate_client(call: Call, client_id: str, body: schemas.Why) -> schemas.ClientAnswer:
    """Let a client in again, as it was. For the head office."""
    row = registry.reinstate(
        principal=call.principal, actor=audit.actor(call), client_id=client_id, reason=body.reason
    )
    return rendering.client(row)


@app.post(
    "/clients/{client_id}/revocation",
    act=acts.approved(acts.SHUT),
    scope="clients:write",
    body=schemas.Why,
    answer=schemas.ClientAnswer,
    **WRITE,
)
def revoke_client(call: Call, client_id: str, body: schemas.Why) -> schemas.ClientAnswer:
    """Give a client no more tokens, for good; what is urgent is its suspension. For the head office."""
    row = registry.revoke(
        principal=call.principal, actor=audit.actor(call), client_id=client_id, reason=body.reason
    )
    return rendering.client(row)


@app.post(
    "/oauth/client-enrolments",
    act=acts.DOOR,
    scope=None,
    status=201,
    body=schemas.Enrolment,
    answer=schemas.EnrolledClient,
    problems=[EnrolmentRefused],
)
def enrol_client(call: Call, body: schemas.Enrolment) -> Answer:
    """A client's next secret, told to who has its enrolment code: once, and to nobody else."""
    from identity.service import enrolment

    made = enrolment.enrol(
        client_id=body.client_id,
        code=body.enrolment_code.get_secret_value(),
        origin=audit.actor(call),
    )
    return Answer(schemas.EnrolledClient(client_id=body.client_id, client_secret=made), headers=NOT_KEPT)
