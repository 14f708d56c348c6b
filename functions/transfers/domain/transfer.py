"""The rules of one transfer."""

from dataclasses import dataclass
from enum import StrEnum

from bank import errors
from bank.ledger import domain as ledger
from bank.ledger.domain import Account, Journal, Kind
from bank.ledger.refusals import AccountKind, CurrencyMismatch, naming_mistake

JOURNAL_KIND = "transfer"


class Status(StrEnum):
    """A transfer is decided at once and for good, but where risk has a person look at it first."""

    IN_REVIEW = "in_review"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


# What is wrong with an instruction itself, as against what the state of the accounts forbids.
MISTAKES = {"account_not_found", CurrencyMismatch.code, AccountKind.code}


@dataclass(frozen=True)
class Instruction:
    """A transfer to carry out. `amount` is positive, in minor units. A batch's line says which it is."""

    transfer_id: str
    from_account_id: str
    to_account_id: str
    amount: int
    currency: str
    note: str | None
    request_digest: str
    # The channel that asks for it.
    client_id: str = ""
    batch_id: str | None = None
    line: int | None = None

    @property
    def hold_id(self) -> str:
        """The hold of a transfer that is in review."""
        return hold_id(self.transfer_id)

    @property
    def journal_id(self) -> str:
        """The journal's id follows the transfer's: the transfer can be booked but once."""
        return "jrn_" + self.transfer_id.split("_", 1)[1]


def hold_id(transfer_id: str) -> str:
    """The hold of a transfer that is in review: its id follows the transfer's."""
    return "hld_" + transfer_id.split("_", 1)[1]


def mistake(instruction: Instruction, source: Account, target: Account) -> errors.BankError | None:
    """Return the instruction's mistake whatever the accounts' state, or None."""
    return naming_mistake(source, instruction.currency) or naming_mistake(target, instruction.currency)


def spends(source: Account) -> bool:
    """Return whether it counts against the owner's limits: those of a customer's wallet."""
    return source.kind is Kind.WALLET


def journal_of(instruction: Instruction, booked_at: str) -> Journal:
    """The sender is debited, the receiver credited."""
    return ledger.journal(
        instruction.journal_id,
        kind=JOURNAL_KIND,
        reference=instruction.transfer_id,
        currency=instruction.currency,
        amounts={
            instruction.from_account_id: -instruction.amount,
            instruction.to_account_id: instruction.amount,
        },
        booked_at=booked_at,
    )
