"""Rows of the settlement room as its answers show them."""

from typing import Any

from settlement import schemas
from settlement.tables import PayoutRow


def payout(row: PayoutRow) -> schemas.PayoutAnswer:
    """A payout to a merchant's bank account."""
    return schemas.PayoutAnswer(merchant_id=row.payee_id, **_facts(row))


def supplier_payout(row: PayoutRow) -> schemas.SupplierPayoutAnswer:
    """A payout to a supplier's bank account."""
    return schemas.SupplierPayoutAnswer(supplier_id=row.payee_id, **_facts(row))


def _facts(row: PayoutRow) -> dict[str, Any]:
    names = [name for name in schemas.PayoutAnswer.model_fields if name != "merchant_id"]
    return {name: getattr(row, name) for name in names}
