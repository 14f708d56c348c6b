"""The rules of deposits and withdrawals: pure."""

from dataclasses import dataclass
from typing import Literal

from bank import ids
from bank.ledger import domain as ledger


@dataclass(frozen=True)
class Instruction:
    """A deposit or withdrawal to carry out. `amount` is positive, in minor units."""

    movement_id: str
    type: Literal["deposit", "withdrawal"]
    account_id: str
    amount: int
    currency: str
    counterparty: str
    reference: str
    request_digest: str

    @property
    def hold_id(self) -> str:
        """The hold of a withdrawal that is in review."""
        return hold_id(self.movement_id)

    @property
    def journal_id(self) -> str:
        """The journal's id follows the movement's: the movement can be booked but once."""
        return "jrn_" + self.movement_id.split("_", 1)[1]


def hold_id(movement_id: str) -> str:
    """The hold of a withdrawal that is in review: its id follows the movement's."""
    return "hld_" + movement_id.split("_", 1)[1]


def clearing_account(client_id: str, currency: str) -> str:
    """The clearing account of a client: what it says has come in is held against it."""
    return ids.derived(ledger.PREFIXES[ledger.Kind.CLEARING], client_id, currency)


def journal_of(instruction: Instruction, against: str, booked_at: str) -> ledger.Journal:
    """A deposit credits the account and debits the one it is held `against`; a withdrawal the other way."""
    sign = 1 if instruction.type == "deposit" else -1
    amounts = {
        instruction.account_id: sign * instruction.amount,
        against: -sign * instruction.amount,
    }
    return ledger.journal(
        instruction.journal_id,
        kind=instruction.type,
        reference=instruction.movement_id,
        currency=instruction.currency,
        amounts=amounts,
        booked_at=booked_at,
    )
