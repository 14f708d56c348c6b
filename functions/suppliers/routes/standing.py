"""The standing of a supplier: admitted or rejected, suspended and resumed, and how it leaves."""

from bank import errors
from bank.access import acts
from bank.access.authority import HigherAuthority
from bank.control import audit
from bank.http import Call
from suppliers import rendering, schemas
from suppliers.routes.api import OF_ONE, WRITE, app
from suppliers.service import admission, exits, suspensions


@app.post(
    "/suppliers/{supplier_id}/admit",
    act=acts.approved(acts.DOOR),
    body=schemas.Reason,
    answer=schemas.SupplierAnswer,
    **OF_ONE,
)
def admit_supplier(call: Call, supplier_id: str, body: schemas.Reason) -> schemas.SupplierAnswer:
    """Admit an applicant on the terms and documents that are there; others approve just these."""
    row = admission.admit(
        supplier_id=supplier_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
    )
    return rendering.supplier(row)


@app.post(
    "/suppliers/{supplier_id}/reject",
    act=acts.RECORD,
    body=schemas.Reason,
    answer=schemas.SupplierAnswer,
    example={"status": "rejected", "status_reason": "licence expired"},
    **OF_ONE,
)
def reject_supplier(call: Call, supplier_id: str, body: schemas.Reason) -> schemas.SupplierAnswer:
    """Reject an applicant, for good."""
    row = admission.reject(
        supplier_id=supplier_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
    )
    return rendering.supplier(row)


@app.post(
    "/suppliers/{supplier_id}/suspend",
    act=acts.RECORD,
    body=schemas.Reason,
    answer=schemas.SupplierAnswer,
    example={"status": "suspended", "status_reason": "complaints", "suspended_by": ["branch"]},
    **OF_ONE,
)
def suspend_supplier(call: Call, supplier_id: str, body: schemas.Reason) -> schemas.SupplierAnswer:
    """Hand out nothing of the supplier and pay nothing out to it; what customers hold is redeemed still."""
    row = suspensions.suspend(
        supplier_id=supplier_id, principal=call.principal, actor=audit.actor(call), reason=body.reason
    )
    return rendering.supplier(row)


@app.post(
    "/suppliers/{supplier_id}/resume",
    act=acts.approved(acts.GUARD),
    body=schemas.Resume,
    answer=schemas.SupplierAnswer,
    problems=[errors.NotFound, errors.Conflict, HigherAuthority],
    **WRITE,
)
def resume_supplier(call: Call, supplier_id: str, body: schemas.Resume) -> schemas.SupplierAnswer:
    """Lift one's own suspension, or a lower `authority`'s; all goes on once none is left."""
    row = suspensions.resume(
        supplier_id=supplier_id,
        principal=call.principal,
        actor=audit.actor(call),
        reason=body.reason,
        lifted=body.authority,
    )
    return rendering.supplier(row)


@app.post(
    "/suppliers/{supplier_id}/exit",
    act=acts.approved(acts.GUARD),
    body=schemas.Exit,
    answer=schemas.SupplierAnswer,
    problems=[errors.NotFound, errors.Conflict, errors.Unprocessable],
    example={"status": "exiting", "issued": "honoured", "exit_until": "2027-03-31"},
    **WRITE,
)
def exit_supplier(call: Call, supplier_id: str, body: schemas.Exit) -> schemas.SupplierAnswer:
    """Let a supplier leave, for good; it is closed after its last day, once its account is empty."""
    row = exits.leave(
        supplier_id=supplier_id,
        principal=call.principal,
        actor=audit.actor(call),
        reason=body.reason,
        issued=body.issued.value,
        until=body.until,
    )
    return rendering.supplier(row)
