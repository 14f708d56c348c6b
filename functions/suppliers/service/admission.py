"""Applications end: a supplier is admitted, on the terms and documents that its checkers saw, or rejected."""

from datetime import date
from typing import Any

from bank import clock
from bank.access.principal import Principal
from bank.control.audit import Actor
from suppliers import domain
from suppliers.adapters import object_store
from suppliers.domain import Status, SupplierStatus
from suppliers.service import registry
from suppliers.tables import DossierRow


def admit(*, supplier_id: str, principal: Principal, actor: Actor, reason: str) -> DossierRow:
    """Admit an applicant: it has a settlement account, is paid out, and products may name it from now on.

    Whoever admits it a second time, or beside another, finds that it is no applicant any more.
    Raises SupplierNotFound, SupplierStatus, ContractOver, DocumentsMissing.
    """

    def decide(row: DossierRow) -> dict[str, Any]:
        _require_applied(row)
        ends = date.fromisoformat(row.contract_until)
        domain.require_admissible(ends, clock.business_date(), _uploaded(row))
        return {"status": Status.ACTIVE.value, "status_reason": reason, "admitted_at": clock.instant()}

    return registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.admitted",
        shown=registry.TERMS,
        reason=reason,
    )


def reject(*, supplier_id: str, principal: Principal, actor: Actor, reason: str) -> DossierRow:
    """Reject an applicant, for good: it may apply again. Raises SupplierNotFound, SupplierStatus."""

    def decide(row: DossierRow) -> dict[str, Any]:
        _require_applied(row)
        return {"status": Status.REJECTED.value, "status_reason": reason}

    return registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.rejected",
        shown=("status",),
        reason=reason,
    )


def _require_applied(row: DossierRow) -> None:
    if row.status != Status.APPLIED:
        raise SupplierStatus(f"supplier {row.supplier_id} is {row.status}, no applicant")


def _uploaded(row: DossierRow) -> set[str]:
    """The required kinds of which a document's file is there. A request each until one is found."""
    found: set[str] = set()
    for document_id, document in row.documents.items():
        kind, length = document["kind"], document["length"]
        wanted = kind in domain.REQUIRED and kind not in found
        if wanted and object_store.is_uploaded(row.supplier_id, document_id, length=length):
            found.add(kind)
    return found
