"""Withdrawals in review: how one is booked once it is released."""

from accounts.domain import Instruction, hold_id, journal_of
from accounts.service.withdrawals import BOOKED, DECLINED, IN_REVIEW
from accounts.tables import MovementRow
from bank import clock, ledger
from bank.risk.held import Booking, HeldMovements


def _book(row: MovementRow) -> Booking:
    instruction = Instruction(
        movement_id=row.movement_id,
        type="withdrawal",
        account_id=row.account_id,
        amount=int(row.amount),
        currency=row.currency,
        counterparty=row.counterparty,
        reference=row.reference,
        request_digest="",
    )
    accounts = ledger.accounts.by_id([ledger.accounts.find(row.account_id)])
    return Booking(journal_of(instruction, clock.instant()), accounts, BOOKED)


WITHDRAWALS = HeldMovements(
    model=MovementRow,
    prefix="wdr_",
    hold_id=hold_id,
    book=_book,
    in_review=IN_REVIEW,
    declined=DECLINED,
)
