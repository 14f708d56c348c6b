"""Public keys that clients sign requests with."""

from datetime import timedelta

from bank.access import acts
from bank.control import audit
from bank.http import Call
from identity import rendering, schemas
from identity.routes.api import READ, WRITE, app


@app.post(
    "/client-keys",
    act=acts.approved(acts.DOOR),
    scope="clients:write",
    status=201,
    body=schemas.NewKey,
    answer=schemas.KeyAnswer,
    **WRITE,
)
def add_client_key(call: Call, body: schemas.NewKey) -> schemas.KeyAnswer:
    """Let a client, or another issuer's caller, sign with one more key. For the head office."""
    from identity.service import keys

    row = keys.add(
        principal=call.principal,
        actor=audit.actor(call),
        client_id=body.client_id,
        public_key=body.public_key,
        algorithm=body.algorithm,
        reason=body.reason,
    )
    return rendering.key(row)


@app.get("/client-keys", scope="clients:read", query=schemas.KeysQuery, answer=schemas.KeyList, **READ)
def list_client_keys(call: Call, query: schemas.KeysQuery) -> schemas.KeyList:
    """The keys of one client, retired ones too."""
    from identity.service import keys

    rows = keys.list_keys(principal=call.principal, client_id=query.client_id)
    return schemas.KeyList(items=[rendering.key(row) for row in rows])


@app.post(
    "/client-keys/{key_id}/retirement",
    act=acts.SHUT,
    scope="clients:write",
    body=schemas.RetiredKey,
    answer=schemas.KeyAnswer,
    **WRITE,
)
def retire_client_key(call: Call, key_id: str, body: schemas.RetiredKey) -> schemas.KeyAnswer:
    """Let a key end, at once or after its successor's overlap. For the head office."""
    from identity.service import keys

    row = keys.retire(
        principal=call.principal,
        actor=audit.actor(call),
        client_id=body.client_id,
        key_id=key_id,
        after=timedelta(hours=body.after_hours),
        reason=body.reason,
    )
    return rendering.key(row)
