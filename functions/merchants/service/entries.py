"""Entries of the audit trail of what is changed of a merchant, with what it was before."""

from collections.abc import Callable
from typing import Any

from bank.control import audit, trail
from bank.control.audit import Actor
from bank.counterparties.entries import terms
from bank.store import Transaction
from merchants.tables import MerchantRow

# Adds the entry to the transaction of a change, of the row as it becomes, and as it was.
Told = Callable[[Transaction, MerchantRow, MerchantRow], None]


def registered(transaction: Transaction, row: MerchantRow) -> None:
    """Tell of a merchant as it is registered: on which terms it is paid out from then on."""
    audit.record(
        transaction,
        actor=trail.actor("merchants"),
        action="merchants.registered",
        subject_id=row.merchant_id,
        ownership=row.ownership,
        after=terms(row, ("name", "fee", "settlement", "bank_account", "status")),
    )


def telling(
    actor: Actor, action: str, shown: Callable[[MerchantRow], dict[str, Any]], reason: str | None = None
) -> Told:
    """Return what adds the audit entry to a change: what of the merchant is `shown`, before and after."""

    def told(transaction: Transaction, row: MerchantRow, before: MerchantRow) -> None:
        audit.record(
            transaction,
            actor=actor,
            action=action,
            subject_id=row.merchant_id,
            ownership=row.ownership,
            before=shown(before),
            after=shown(row),
            reason=reason,
        )

    return told
