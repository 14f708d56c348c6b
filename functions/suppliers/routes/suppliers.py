"""Suppliers and their terms."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call
from suppliers import rendering, schemas
from suppliers.routes.api import OF_ONE, READ, WRITE, app
from suppliers.service import registry


@app.post(
    "/suppliers",
    act=acts.RECORD,
    status=201,
    body=schemas.ApplySupplier,
    answer=schemas.SupplierAnswer,
    problems=[errors.Unprocessable],
    **WRITE,
)
def apply_supplier(call: Call, body: schemas.ApplySupplier) -> Answer:
    """Keep an application. Sent again with the same Idempotency-Key, it keeps none besides."""
    row, replayed = registry.apply(
        supplier_id=call.record_id("sup"),
        request_digest=call.digest,
        principal=call.principal,
        terms=body.model_dump(mode="json"),
    )
    return Answer(rendering.supplier(row), replayed=replayed)


@app.get("/suppliers", query=schemas.SuppliersQuery, answer=schemas.SupplierPage, **READ)
def list_suppliers(call: Call, query: schemas.SuppliersQuery) -> schemas.SupplierPage:
    """Suppliers of a status, in order of their ids: of the caller's unit and of those below."""
    rows, last = registry.list_suppliers(
        principal=call.principal, status=query.status, after=query.after, limit=query.limit
    )
    return schemas.SupplierPage(items=[rendering.supplier(row) for row in rows], next_cursor=last)


@app.get("/suppliers/{supplier_id}", answer=schemas.SupplierAnswer, problems=[errors.NotFound], **READ)
def get_supplier(call: Call, supplier_id: str) -> schemas.SupplierAnswer:
    """One supplier as it is now."""
    return rendering.supplier(registry.find(supplier_id=supplier_id, principal=call.principal))


@app.patch(
    "/suppliers/{supplier_id}",
    act=acts.approved(acts.GUARD),
    body=schemas.ChangeSupplier,
    answer=schemas.SupplierAnswer,
    **OF_ONE,
)
def change_supplier(call: Call, supplier_id: str, body: schemas.ChangeSupplier) -> schemas.SupplierAnswer:
    """Change some terms of an admitted supplier; what is left out stays as it is."""
    row = registry.change_terms(
        supplier_id=supplier_id,
        principal=call.principal,
        actor=audit.actor(call),
        terms=body.model_dump(mode="json", include=body.model_fields_set),
    )
    return rendering.supplier(row)
