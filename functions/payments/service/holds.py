"""The hold that is a payment's authorization: captured, released or expired, exactly one of them."""

from collections.abc import Sequence

from pynamodb.expressions.update import Action

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, Hold, HoldEnded, HoldRow, HoldStatus, expiry
from bank.ledger.expiry import Expiring
from bank.risk.reviews import NOT_REVIEWED
from bank.store import Transaction
from payments import domain
from payments.domain import Status, journals
from payments.service import accounts, scope, sharing
from payments.tables import PAYMENT, OperationRow, PaymentRow

# What has a hold that has not ended.
HELD = (Status.AUTHORIZED, Status.IN_REVIEW)


def find(payment_id: str, principal: Principal) -> PaymentRow:
    """A payment as it is now; a hold whose time is over is ended on the way. Raises NotFound."""
    row = scope.require_visible(payment_id, store.get(PaymentRow, payment_id, PAYMENT), principal)
    if row.state in HELD and (row.expires_at or "") <= clock.instant():
        expiry.expire(EXPIRING, journals.hold_id(payment_id))
        row = load(payment_id)
    return row


def load(payment_id: str) -> PaymentRow:
    """A payment, whoever asks. Raises NotFound."""
    row = store.get(PaymentRow, payment_id, PAYMENT)
    if row is None:
        raise errors.NotFound(f"there is no payment {payment_id}", code="payment_not_found")
    return row


def capture_hold(
    transaction: Transaction,
    payment: PaymentRow,
    hold: Hold,
    amount: int,
    now: str,
    *,
    made_by: str,
    first: OperationRow | None = None,
    also: Sequence[Action] = (),
) -> None:
    """Add to `transaction` that `amount` of the payment's hold is captured, with the operation that asks."""
    payer, terms_account, settlement, *of_benefits = store.get_many(
        [
            (AccountRow, payment.payer_account_id),
            *accounts.keys(payment.merchant_id, payment.currency),
            *sharing.keys_of(payment),
        ]
    )
    shares = sharing.capture(transaction, payment, of_benefits, amount, now)
    fee = accounts.merchant(payment.merchant_id, terms_account).fee(amount, payment.currency)
    journal = journals.payment_journal(
        record_id=payment.payment_id,
        kind="capture",
        payment_id=payment.payment_id,
        payer=payment.payer_account_id,
        settlement=payment.settlement_account_id,
        currency=payment.currency,
        amount=amount,
        fee=fee,
        booked_at=now,
        shares=shares,
        wide=settlement.row_count > 1,
    )
    if first is not None:
        first.fee = fee
        transaction.create(first)
    transaction.update(
        (PaymentRow, payment.payment_id, PAYMENT),
        [
            PaymentRow.status.set(Status.SUCCEEDED.value),
            PaymentRow.captured_amount.set(amount),
            PaymentRow.refundable.set(amount),
            PaymentRow.splittable.set(domain.splittable(amount, fee, shares)),
            PaymentRow.fee.set(fee),
            *sharing.captured(payment, shares),
            PaymentRow.journal_id.set(journal.journal_id),
            *also,
        ],
        PaymentRow.status == payment.status,
        store.stale,
    )
    payers = ledger.accounts.by_id([payer])
    ledger.holds.capture(transaction, hold, journal, payers, made_by=made_by, partly=first is not None)


def _expire(transaction: Transaction, payment: PaymentRow, hold: Hold) -> None:
    """Its benefits are free by themselves: they were reserved for as long as the hold."""
    if payment.state not in HELD:
        raise errors.Altered(f"payment {payment.payment_id} is {payment.status}, and its hold is open")
    if payment.state is Status.IN_REVIEW:
        _change(transaction, payment, Status.DECLINED, [PaymentRow.decline.set(NOT_REVIEWED)])
    else:
        _change(transaction, payment, Status.EXPIRED)


EXPIRING = Expiring("pay", lambda payment_id: (PaymentRow, payment_id, PAYMENT), _expire)


def payment_and_hold(payment_id: str, record: str = "") -> tuple[PaymentRow, Hold | None]:
    keys: list[store.Key] = [(PaymentRow, payment_id, PAYMENT), (HoldRow, journals.hold_id(payment_id))]
    if record:
        keys.append((OperationRow, payment_id, record))
    payment, hold, *earlier = store.get_many(keys)
    if any(earlier):
        raise store.AlreadyExists(row=earlier[0])
    if payment is None:
        raise errors.NotFound(f"there is no payment {payment_id}", code="payment_not_found")
    return payment, hold.to_domain() if hold else None


def release(
    transaction: Transaction,
    payment: PaymentRow,
    hold: Hold,
    status: Status,
    also: Sequence[Action] = (),
) -> None:
    """Void the payment's hold, while the payment is as it was read, and give its benefits back."""
    _change(transaction, payment, status, also)
    now = clock.instant()
    account = ledger.accounts.find(hold.account_id).to_domain()
    sharing.release(transaction, payment, now)
    ledger.holds.release(transaction, [hold], account, HoldStatus.VOIDED, now)


def _change(
    transaction: Transaction, payment: PaymentRow, status: Status, also: Sequence[Action] = ()
) -> None:
    transaction.update(
        (PaymentRow, payment.payment_id, PAYMENT),
        [PaymentRow.status.set(status.value), *also],
        PaymentRow.status == payment.status,
        store.stale,
    )


def commit(transaction: Transaction) -> None:
    """Commit an end of a hold. Raises Stale where another end was first."""
    try:
        transaction.commit()
    except HoldEnded as ended:
        # The other end won the race, or time ran out between the read and the write: decide on what is now.
        raise store.Stale from ended
