"""Suppliers leave: nothing more is handed out of them; what is issued is honoured or refunded; they close."""

from datetime import date
from typing import Any

from bank import clock, ledger
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.observability import logger
from suppliers import domain
from suppliers.domain import Status, SupplierStatus
from suppliers.service import closing, registry
from suppliers.tables import DossierRow

ACTOR = audit.system("suppliers.closing")
SHOWN = ("status", "exiting_since", "at_exit", "exit_until", "closed_at")


class Unsettled(Exception):
    """It exits still, or something is left between it and the bank: another run looks again."""


def leave(
    *, supplier_id: str, principal: Principal, actor: Actor, reason: str, issued: str, until: date
) -> DossierRow:
    """Let a supplier leave for good: until a business date, the last, what is issued is `issued` (AtExit).

    Raises SupplierNotFound, SupplierStatus, ExitDate.
    """

    def decide(row: DossierRow) -> dict[str, Any]:
        registry.require_admitted(row)
        if row.exiting_since:
            raise SupplierStatus(f"supplier {supplier_id} exits since {row.exiting_since}")
        domain.require_exit(until, clock.business_date())
        now = clock.instant()
        return {
            "status": domain.status(stopped=bool(row.suspended_by), exiting_since=now, closed_at=None).value,
            "status_reason": reason,
            "exiting_since": now,
            "at_exit": issued,
            "exit_until": until.isoformat(),
        }

    return registry.change(
        supplier_id,
        principal,
        decide,
        actor=actor,
        action="suppliers.exiting",
        shown=SHOWN,
        reason=reason,
    )


def close_settled() -> dict[str, int]:
    """Close each supplier that has left and is settled; how many, how many are not, how many failed."""
    counts = {"closed": 0, "unsettled": 0, "failed": 0}
    for supplier_id in registry.in_status(Status.EXITING):
        try:
            _close(supplier_id)
            counts["closed"] += 1
        except Unsettled:
            counts["unsettled"] += 1
        except Exception:
            logger.exception("a supplier could not be closed", supplier_id=supplier_id)
            counts["failed"] += 1
    return counts


def _close(supplier_id: str) -> None:
    """Close it; raises Unsettled before its last day is over, or while there is money on its account."""

    def decide(row: DossierRow) -> dict[str, Any]:
        if row.status != Status.EXITING or clock.business_date().isoformat() <= str(row.exit_until):
            raise Unsettled
        if ledger.accounts.find(row.settlement_account_id).to_domain().balance:
            raise Unsettled
        if not closing.is_settled(supplier_id, str(row.exit_until)[:7]):
            raise Unsettled
        return {"status": Status.CLOSED.value, "closed_at": clock.instant()}

    registry.change(supplier_id, None, decide, actor=ACTOR, action="suppliers.closed", shown=SHOWN)
