"""The end of a review: the money that was held goes on its way or back, exactly one of them, once."""

from bank import clock, errors, store
from bank.observability import logger
from bank.risk.reviews import ReviewDecision, rejected
from bank.store import Transaction
from payments.domain import Status
from payments.service import holds
from payments.tables import PaymentRow


def decide(*, decision: ReviewDecision) -> bool:
    """Release or reject the payment; whether this call did. What has ended already stays as it ended."""

    def act() -> bool:
        try:
            payment, hold = holds.payment_and_hold(decision.record_id)
        except errors.NotFound:
            logger.warning("a review of no payment", record_id=decision.record_id)
            return False
        now = clock.instant()
        if payment.state is not Status.IN_REVIEW or hold is None or hold.due(now):
            logger.info("a review that has ended", record_id=decision.record_id, status=payment.status)
            return False
        transaction = Transaction()
        by_case = PaymentRow.case_id.set(decision.case_id)
        if not decision.released:
            also = (by_case, PaymentRow.decline.set(rejected()))
            holds.release(transaction, payment, hold, Status.DECLINED, also)
        elif payment.capture == "manual":
            _authorize(transaction, payment, decision.case_id)
        else:
            by = decision.case_id
            whole = int(payment.amount)
            holds.capture_hold(transaction, payment, hold, whole, now, made_by=by, also=(by_case,))
        holds.commit(transaction)
        return True

    return store.retry_on_conflict(act)


def _authorize(transaction: Transaction, payment: PaymentRow, case_id: str) -> None:
    """Its hold was asked for, and stays."""
    transaction.update(
        (PaymentRow, payment.payment_id, payment.record),
        [PaymentRow.status.set(Status.AUTHORIZED.value), PaymentRow.case_id.set(case_id)],
        PaymentRow.status == payment.status,
        store.stale,
    )
