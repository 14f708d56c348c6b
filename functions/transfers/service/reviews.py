"""The end of a review: the money that was held goes on its way or back, exactly one of them, once."""

from typing import Any

from pynamodb.expressions.update import Action

from bank import clock, errors, ledger, store
from bank.ledger import AccountRow, Hold, HoldEnded, HoldRow, HoldStatus
from bank.observability import logger
from bank.risk.reviews import NOT_REVIEWED, Decided, rejected
from bank.store import Transaction
from transfers.domain import transfer as domain
from transfers.domain.transfer import Instruction, Status
from transfers.tables import TransferRow


def decide(*, decided: Decided) -> bool:
    """Release or reject the transfer; whether this call did. What has ended already stays as it ended."""

    def act() -> bool:
        row, hold = _read(decided.record_id)
        if row is None or hold is None or row.status != Status.IN_REVIEW or hold.due(clock.instant()):
            status = row.status if row else None
            logger.info("a review that has ended", record_id=decided.record_id, status=status)
            return False
        by_case = TransferRow.case_id.set(decided.case_id)
        if decided.released:
            _release(row, hold, by_case)
        else:
            _reject(row, hold, HoldStatus.VOIDED, rejected(), by_case)
        return True

    return store.until_fresh(act)


def expire_due() -> int:
    """Reject every transfer whose review is overdue; how many. One that fails is left to the next run."""
    now, expired = clock.instant(), 0
    for hold_id in list(ledger.holds.due(now)):
        try:
            expired += _expire(hold_id)
        except (errors.BankError, store.Stale):
            logger.exception("a review could not be ended", hold_id=hold_id)
    return expired


def _expire(hold_id: str) -> bool:
    def act() -> bool:
        held = store.get(HoldRow, hold_id)
        if held is None or not held.reference.startswith("trf_"):
            return False
        row, hold = _read(held.reference)
        if row is None or hold is None or not hold.due(clock.instant()):
            return False
        _reject(row, hold, HoldStatus.EXPIRED, NOT_REVIEWED)
        return True

    return store.until_fresh(act)


def _read(transfer_id: str) -> tuple[TransferRow | None, Hold | None]:
    row, hold = store.get_many([(TransferRow, transfer_id), (HoldRow, domain.hold_id(transfer_id))])
    return row, hold.to_domain() if hold else None


def _release(row: TransferRow, hold: Hold, *also: Action) -> None:
    """The hold pays for the journal. A receiver that takes no credit any more makes it a rejection."""
    instruction = Instruction(
        transfer_id=row.transfer_id,
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        amount=int(row.amount),
        currency=row.currency,
        note=row.note,
        request_digest="",
    )
    accounts = ledger.accounts.by_id(
        store.get_many([(AccountRow, row.from_account_id), (AccountRow, row.to_account_id)])
    )
    refusal = ledger.why_not_credit(accounts[row.to_account_id])
    if refusal:
        _reject(row, hold, HoldStatus.VOIDED, {"code": refusal.code, "detail": refusal.detail}, *also)
        return
    transaction = Transaction()
    _end(transaction, row, Status.SUCCEEDED, TransferRow.journal_id.set(instruction.journal_id), *also)
    ledger.holds.capture(transaction, hold, domain.journal_of(instruction, clock.instant()), accounts)
    _commit(transaction)


def _reject(row: TransferRow, hold: Hold, end: HoldStatus, decline: dict[str, Any], *also: Action) -> None:
    transaction = Transaction()
    _end(transaction, row, Status.DECLINED, TransferRow.decline.set(decline), *also)
    account = ledger.accounts.find(hold.account_id).to_domain()
    ledger.holds.release(transaction, hold, account, end, clock.instant())
    _commit(transaction)


def _end(transaction: Transaction, row: TransferRow, status: Status, *also: Action) -> None:
    transaction.update(
        (TransferRow, row.transfer_id),
        [TransferRow.status.set(status.value), *also],
        TransferRow.status == Status.IN_REVIEW.value,
        store.stale,
    )


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except (HoldEnded, errors.Refusal) as ended:
        # The other end won the race, or the receiver was closed meanwhile: decide on what is now.
        raise store.Stale from ended
