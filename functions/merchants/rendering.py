"""Rows as answers."""

import re

from bank import clock
from bank.access import authority
from bank.counterparties import bank_accounts
from bank.counterparties.cycles import Cycle
from bank.counterparties.schemas import MaskedBankAccount
from bank.http import JSON
from merchants import domain, schemas
from merchants.tables import MerchantRow

SVG, PNG = "image/svg+xml", "image/png"


def media_type(accept: str) -> str:
    """Return the offered media type that an Accept header prefers, the earlier one where two tie.

    PNG only where it stands first: API Gateway makes bytes of a picture by the first type alone.
    """
    offered = {SVG: SVG, "image/*": SVG, PNG: PNG, JSON: JSON, "application/*": JSON, "*/*": JSON}
    wanted = []
    for place, part in enumerate(accept.lower().split(",")):
        name, _, parameters = part.partition(";")
        quality = re.search(r"(?:^|;)\s*q=(\d(?:\.\d{1,3})?)", parameters)
        found = offered.get(name.strip())
        if found and (found != PNG or place == 0):
            wanted.append((-float(quality[1]) if quality else -1.0, place, found))
    best = min(wanted, default=(0.0, 0, JSON))
    return best[2] if best[0] else JSON


def merchant(row: MerchantRow) -> schemas.MerchantAnswer:
    """A merchant as it is now, its bank account masked."""
    return schemas.MerchantAnswer(
        merchant_id=row.merchant_id,
        name=row.name,
        category_code=row.category_code,
        fee=schemas.Fee(**row.fee),
        settlement=Cycle(row.settlement),
        country=row.country,
        city=row.city,
        bank_account=_masked(row.bank_account),
        contact=row.contact["masked"] if row.contact else None,
        status=domain.Status(row.status),
        status_reason=row.status_reason,
        suspended_by=authority.names(row.suspended_by),
        settlement_account_id=row.settlement_account_id,
        created_at=clock.parse(row.created_at),
    )


def _masked(bank_account: dict[str, str] | None) -> MaskedBankAccount | None:
    if not bank_account:
        return None
    return MaskedBankAccount(**bank_accounts.shown(bank_account))
