"""Transfers in review: how one is booked once it is released."""

from bank import clock, ledger, store
from bank.ledger import AccountRow
from bank.risk.held import Booking, HeldMovements
from transfers.domain import transfer as domain
from transfers.domain.transfer import Instruction, Status
from transfers.tables import TransferRow


def _book(row: TransferRow) -> Booking:
    """Raises a Refusal where the receiver takes no credit any more."""
    instruction = Instruction(
        transfer_id=row.transfer_id,
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        amount=int(row.amount),
        currency=row.currency,
        note=row.note,
        request_digest="",
    )
    found = store.get_many([(AccountRow, row.from_account_id), (AccountRow, row.to_account_id)])
    accounts = ledger.accounts.by_id(ledger.rows.wholes(found))
    refusal = ledger.credit_refusal(accounts[row.to_account_id])
    if refusal:
        raise refusal
    journal = domain.journal_of(instruction, clock.instant())
    booked = TransferRow.journal_id.set(instruction.journal_id)
    return Booking(journal, accounts, Status.SUCCEEDED.value, (booked,))


TRANSFERS = HeldMovements(
    model=TransferRow,
    product="trf",
    hold_id=domain.hold_id,
    book=_book,
    in_review=Status.IN_REVIEW.value,
    declined=Status.DECLINED.value,
)
