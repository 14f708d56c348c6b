"""Disputes on the lines of a statement, decided one by one before it is agreed."""

from typing import Any

from bank import clock, errors
from bank.access.principal import Principal
from bank.control.audit import Actor
from suppliers.domain.statements import OPEN
from suppliers.service import statements
from suppliers.tables import StatementRow

MAX_DISPUTES = 100


class DisputeNotFound(errors.NotFound):
    """404: the statement has no such dispute."""

    code, title = "dispute_not_found", "Dispute not found"


class DisputeDecided(errors.Conflict):
    """409: a dispute is decided once."""

    code, title = "dispute_decided", "Dispute decided"


class TooManyDisputes(errors.Conflict):
    """409: a statement has 100 disputes at most."""

    code, title = "too_many_disputes", "Too many disputes"


def raise_dispute(
    *,
    supplier_id: str,
    period: str,
    currency: str,
    dispute_id: str,
    principal: Principal,
    actor: Actor,
    code: str,
    amount: int,
    reason: str,
) -> StatementRow:
    """Dispute a line of a statement: by how much its cost would change. The same id again changes nothing.

    Raises SupplierNotFound, StatementNotFound, StatementNotOpen, TooManyDisputes.
    """

    def decide(row: StatementRow) -> dict[str, Any]:
        if dispute_id in row.disputes:
            return {}
        if len(row.disputes) >= MAX_DISPUTES:
            raise TooManyDisputes(f"statement {period} has {MAX_DISPUTES} disputes")
        made = {"code": code, "amount": amount, "reason": reason, "status": OPEN, "by": actor.subject}
        return {"disputes": row.disputes | {dispute_id: made | {"at": clock.instant()}}}

    return statements.change(supplier_id, period, currency, principal, actor, "suppliers.disputed", decide)


def decide_dispute(
    *,
    supplier_id: str,
    period: str,
    currency: str,
    dispute_id: str,
    principal: Principal,
    actor: Actor,
    decision: str,
    reason: str,
) -> StatementRow:
    """Accept or reject a dispute, once; an accepted one changes what the statement comes to.

    Raises SupplierNotFound, StatementNotFound, StatementNotOpen, DisputeNotFound, DisputeDecided.
    """

    def decide(row: StatementRow) -> dict[str, Any]:
        known = row.disputes.get(dispute_id)
        if known is None:
            raise DisputeNotFound(f"statement {period} has no dispute {dispute_id}")
        if known["status"] != OPEN:
            raise DisputeDecided(f"dispute {dispute_id} is {known['status']}")
        decided = known | {"status": decision, "decided_by": actor.subject, "decision": reason}
        return {"disputes": row.disputes | {dispute_id: decided}}

    return statements.change(
        supplier_id, period, currency, principal, actor, "suppliers.dispute_decided", decide
    )
