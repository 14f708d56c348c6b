"""Records of movements, as deposits and withdrawals keep them."""

from typing import Any

from accounts.domain import Instruction
from accounts.tables import MovementRow


def movement_of(
    instruction: Instruction, booked_at: str, refusal: dict[str, Any] | None = None
) -> MovementRow:
    """The record of a movement."""
    return MovementRow(
        movement_id=instruction.movement_id,
        type=instruction.type,
        account_id=instruction.account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        counterparty=instruction.counterparty,
        reference=instruction.reference,
        journal_id=instruction.journal_id,
        booked_at=booked_at,
        request_digest=instruction.request_digest,
        refusal=refusal,
    )
