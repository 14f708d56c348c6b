"""Entries of the audit trail of what is changed of a merchant, with what it was before."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bank import ids
from bank.control import audit, trail
from bank.control.audit import Actor
from bank.store import Transaction
from merchants.tables import MerchantRow

# Adds the entry to the transaction of a change, of the row as it becomes, and as it was.
Told = Callable[[Transaction, MerchantRow, MerchantRow], None]


def terms(row: MerchantRow, names: Iterable[str]) -> dict[str, Any]:
    """Return these terms for an audit entry; of what is kept sealed, what tells it from another."""
    return {name: _told(getattr(row, name)) for name in names}


def _told(value: Any) -> Any:
    if not isinstance(value, Mapping) or "sealed" not in value:
        return value
    shown = {name: value[name] for name in ("bank_code", "account_number", "masked") if name in value}
    return {**shown, "kept_digest": ids.digest(value)}


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
