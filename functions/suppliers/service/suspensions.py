"""Suspensions of suppliers, each of an authority.

A suspended supplier's products hand out nothing, and it is not paid out. What customers hold is redeemed all
the same: it is theirs, and whether the supplier is owed for it is said by its statement.
"""

from typing import Any

from bank.access import authority
from bank.access.authority import Authority, Stops
from bank.access.principal import Principal
from bank.control import gate
from bank.control.audit import Actor
from suppliers import domain
from suppliers.domain import SupplierStatus
from suppliers.service import registry
from suppliers.tables import DossierRow

SHOWN = ("status", "suspensions")


def suspend(*, supplier_id: str, principal: Principal, actor: Actor, reason: str) -> DossierRow:
    """Hand out nothing of it and pay nothing out, until this authority or a higher one resumes it.

    Raises SupplierNotFound, SupplierStatus.
    """
    by = authority.standing(principal)

    def decide(row: DossierRow) -> dict[str, Any]:
        registry.require_admitted(row)
        stops = authority.stopped(row.suspended_by, by)
        if stops is None:
            raise SupplierStatus(f"supplier {supplier_id} is suspended by {by.authority} already")
        return _changes(row, stops, reason)

    return registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.suspended",
        shown=SHOWN,
        reason=reason,
    )


def resume(
    *, supplier_id: str, principal: Principal, actor: Actor, reason: str, lifted: Authority | None
) -> DossierRow:
    """End the suspension of the caller's authority, or of one that is lower.

    Once none is left, the supplier is what it was: active, exiting or closed.
    Raises SupplierNotFound, HigherAuthority, SupplierStatus.
    """
    by = authority.standing(principal)

    def decide(row: DossierRow) -> dict[str, Any]:
        registry.require_admitted(row)
        stops = authority.resumed(row.suspended_by, by, lifted)
        if stops is None:
            wanted = lifted or by.authority
            raise SupplierStatus(f"supplier {supplier_id} is not suspended by {wanted}: it is {row.status}")
        if authority.of_head_office(lifted or by.authority):
            gate.in_head_office()
        return _changes(row, stops, reason)

    return registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.resumed",
        shown=SHOWN,
        reason=reason,
    )


def _changes(row: DossierRow, stops: Stops, reason: str) -> dict[str, Any]:
    status = domain.status(stopped=bool(stops), exiting_since=row.exiting_since, closed_at=row.closed_at)
    return {"status": status.value, "status_reason": reason, "suspensions": dict(stops) or None}
