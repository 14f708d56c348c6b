"""Deposits: money that comes in on a client's word, within what the client may owe; booked once."""

from accounts.domain import Instruction, clearing_account, journal_of
from accounts.service import clearing
from accounts.service.records import movement_of
from accounts.tables import MovementRow
from bank import clock, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from bank.ledger.velocity import Spend
from bank.store import idempotency


def deposit(*, instruction: Instruction, principal: Principal) -> tuple[MovementRow, bool]:
    """Book a deposit once; the record, and whether this was a replay.

    Raises AccountNotFound, AccountKind, CurrencyMismatch, KeyReused, NoClearingAccount and the
    ledger's refusals.
    """

    def record() -> MovementRow | None:
        return store.get(MovementRow, instruction.movement_id)

    return idempotency.once(
        record=record,
        request_digest=instruction.request_digest,
        act=lambda: _book(instruction, principal),
        refused=lambda refusal: movement_of(instruction, clock.instant(), refusal),
    )


def _book(instruction: Instruction, principal: Principal) -> MovementRow:
    against = clearing_account(principal.client_id, instruction.currency)
    earlier, row, clearing_row = store.get_many(
        [(MovementRow, instruction.movement_id), (AccountRow, instruction.account_id), (AccountRow, against)]
    )
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    account = ledger.accounts.named(
        instruction.account_id,
        row,
        principal=principal,
        currency=instruction.currency,
        settlement=True,
    ).to_domain()
    funder = clearing.required(clearing_row, client_id=principal.client_id, currency=instruction.currency)
    refusal = ledger.credit_refusal(account) or ledger.spend_refusal(funder, instruction.amount, Spend())
    if refusal:
        raise refusal
    booked_at = clock.instant()
    movement = movement_of(instruction, booked_at)
    movement.client_id = principal.client_id
    transaction = store.Transaction()
    transaction.create(movement)
    ledger.post(
        transaction,
        journal_of(instruction, against, booked_at),
        {account.account_id: account, against: funder},
        spending={against},
        made_by=principal.actor_id,
    )
    transaction.commit()
    return movement
