"""Closing a merchant: it takes no payments any more, and once nothing can be on its way to it, it is closed.

A payment that was judged a moment before the merchant began to close is not held up by it: payments share no
row with their merchant's. Its money may be held for as long as any hold is, and captured until then. So a
merchant is closed no earlier than that, with nothing left on its accounts, which stay: a credit that the
applier books later still is paid out like any other, and so is what a client deposits for a late refund.
"""

from datetime import timedelta
from typing import Any

from bank import clock, ledger, store
from bank.access.authority import Stops
from bank.access.principal import Principal
from bank.control import audit
from bank.control.audit import Actor
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from bank.money import MINOR_DIGITS
from bank.observability import logger
from merchants import domain, tables
from merchants.service import entries, registry
from merchants.tables import MerchantRow

# Longer than any hold (30 days) that a payment of before the closing may have placed.
DRAINS = timedelta(days=31)
ACTOR = audit.system("merchants.closing")


class Undrained(Exception):
    """Something is left on the merchant's accounts: another run looks again."""


def close(*, merchant_id: str, principal: Principal, actor: Actor, reason: str) -> MerchantRow:
    """Take no payments for it from now on, for good; refunds and payouts go on, and it is closed in time.

    Raises MerchantNotFound, MerchantStatus.
    """

    def decide(row: MerchantRow) -> dict[str, Any]:
        if row.closing_since:
            raise domain.MerchantStatus(f"merchant {merchant_id} closes since {row.closing_since}")
        now = clock.instant()
        closes = {"closing_since": now, "closing_shard": tables.closing(merchant_id)}
        return {**closes, **_status(row.suspended_by, now, None), "status_reason": reason}

    told = entries.telling(actor, "merchants.closing", _shown, reason)
    return registry.change(merchant_id, principal, decide, told=told)


def close_drained() -> dict[str, int]:
    """Close each merchant whose time is over and whose accounts are empty; how many, and how many are not."""
    counts = {"closed": 0, "undrained": 0, "failed": 0}
    for merchant_id in tables.closing_since(clock.instant(clock.now() - DRAINS)):
        try:
            _finish(merchant_id)
            counts["closed"] += 1
        except Undrained:
            counts["undrained"] += 1
        except Exception:
            logger.exception("a merchant could not be closed", merchant_id=merchant_id)
            counts["failed"] += 1
    return counts


def _finish(merchant_id: str) -> None:
    """Close it; raises Undrained while there is money on an account of its."""

    def decide(row: MerchantRow) -> dict[str, Any]:
        if any(account.to_domain().balance for account in _accounts(merchant_id)):
            raise Undrained
        now = clock.instant()
        return {"closed_at": now, "closing_shard": None, **_status(row.suspended_by, now, now)}

    told = entries.telling(ACTOR, "merchants.closed", _shown)
    registry.change(merchant_id, None, decide, told=told)


def _accounts(merchant_id: str) -> list[AccountRow]:
    keys = [(AccountRow, settlement_id(merchant_id, currency)) for currency in MINOR_DIGITS]
    return ledger.rows.wholes([row for row in store.get_many(keys) if row is not None])


def _status(stops: Stops, closing_since: str, closed_at: str | None) -> dict[str, Any]:
    status = domain.status(stopped=bool(stops), closing_since=closing_since, closed_at=closed_at)
    return {"status": status.value}


def _shown(row: MerchantRow) -> dict[str, Any]:
    return {"status": row.status, "closing_since": row.closing_since, "closed_at": row.closed_at}
