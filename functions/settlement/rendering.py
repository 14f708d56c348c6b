"""Rows of the settlement room as its answers show them."""

from settlement import schemas
from settlement.tables import PayoutRow


def payout(row: PayoutRow) -> schemas.PayoutAnswer:
    """A payout to its owner's bank account."""
    names = [name for name in schemas.PayoutAnswer.model_fields if name != "merchant_id"]
    return schemas.PayoutAnswer(merchant_id=row.payee_id, **{name: getattr(row, name) for name in names})
