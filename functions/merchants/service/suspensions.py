"""Suspensions of merchants, each of an authority, and each with its audit entry."""

from typing import Any

from bank.access import authority
from bank.access.authority import Authority, Stops
from bank.access.principal import Principal
from bank.control import gate
from bank.control.audit import Actor
from merchants import domain
from merchants.service import entries, registry
from merchants.tables import MerchantRow


def suspend(*, merchant_id: str, principal: Principal, actor: Actor, reason: str) -> MerchantRow:
    """Take no payments for it and pay nothing out, until this authority or a higher one resumes it.

    Raises MerchantNotFound, MerchantStatus.
    """
    by = authority.standing(principal)

    def decide(row: MerchantRow) -> dict[str, Any]:
        stops = authority.stopped(row.suspended_by, by)
        if stops is None:
            raise domain.MerchantStatus(f"merchant {merchant_id} is suspended by {by.authority} already")
        return _changes(row, stops, reason)

    told = entries.telling(actor, "merchants.suspended", _shown, reason)
    return registry.change(merchant_id, principal, decide, told=told)


def resume(
    *, merchant_id: str, principal: Principal, actor: Actor, reason: str, lifted: Authority | None
) -> MerchantRow:
    """End the suspension of the caller's authority, or of one that is lower.

    Once none is left, the merchant is what it was: active, closing or closed.

    Raises MerchantNotFound, HigherAuthority, MerchantStatus.
    """
    by = authority.standing(principal)

    def decide(row: MerchantRow) -> dict[str, Any]:
        stops = authority.resumed(row.suspended_by, by, lifted)
        if stops is None:
            raise domain.MerchantStatus(
                f"merchant {merchant_id} is not suspended by {lifted or by.authority}: it is {row.status}"
            )
        if authority.of_head_office(lifted or by.authority):
            gate.in_head_office()
        return _changes(row, stops, reason)

    told = entries.telling(actor, "merchants.resumed", _shown, reason)
    return registry.change(merchant_id, principal, decide, told=told)


def _changes(row: MerchantRow, stops: Stops, reason: str) -> dict[str, Any]:
    status = domain.status(stopped=bool(stops), closing_since=row.closing_since, closed_at=row.closed_at)
    return {"status": status.value, "status_reason": reason, "suspensions": dict(stops) or None}


def _shown(row: MerchantRow) -> dict[str, Any]:
    return {"status": row.status, "suspended_by": authority.names(row.suspended_by)}
