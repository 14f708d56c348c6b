"""Withdrawals in review: how one is booked once it is released."""

from accounts.domain import Instruction, clearing_account, hold_id, journal_of
from accounts.service.withdrawals import BOOKED, DECLINED, IN_REVIEW
from accounts.tables import MovementRow
from bank import clock, ledger, store
from bank.ledger import AccountRow
from bank.ledger.chart import FUNDING
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
    return Booking(journal_of(instruction, _against(row), clock.instant()), accounts, BOOKED)


def _against(row: MovementRow) -> str:
    """The clearing account of who pays it out; some were held before clients had any."""
    account_id = clearing_account(row.client_id, row.currency)
    return account_id if store.get(AccountRow, account_id) else ledger.internal(FUNDING, row.currency)


WITHDRAWALS = HeldMovements(
    model=MovementRow,
    product="wdr",
    hold_id=hold_id,
    book=_book,
    in_review=IN_REVIEW,
    declined=DECLINED,
)
