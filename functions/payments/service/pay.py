"""Making a payment: two round trips, and no write to a row that other payers share."""

from datetime import timedelta

from bank import clock, errors, ledger, store
from bank.store import idempotency
from payments import domain
from payments.domain import Status, journals
from payments.service import codes, discounts, orders, sharing
from payments.service.orders import Order, Snapshot
from payments.tables import PAYMENT, PaymentRow

HOLD = timedelta(days=7)
# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)


def pay(*, order: Order) -> tuple[PaymentRow, bool]:
    """Make the payment once; its record, and whether this was a replay.

    A refusal is a payment too, with status declined. Raises AccountNotFound, MerchantNotFound, AccountKind,
    CurrencyMismatch, NotAPayer, codes.UnknownCode, EntitlementNotFound, KeyReused, SessionEnded,
    ChallengeRequired, Forbidden.
    """

    def act() -> PaymentRow:
        found = orders.read(order)
        try:
            return _book(order, found)
        except errors.Refusal as refusal:
            return _declined(order, found, refusal)

    return idempotency.once(
        record=lambda: store.get(PaymentRow, order.payment_id, PAYMENT),
        request_digest=order.request_digest,
        act=act,
    )


def _book(order: Order, found: Snapshot) -> PaymentRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    refusal = (
        found.refused
        or found.merchant.refusal()
        or ledger.spend_refusal(found.payer, found.net, found.assessment.spend)
    )
    if refusal:
        raise refusal
    token = found.risk_check.clear(found.assessment, found.payer, found.payer_row)
    now = clock.instant()
    transaction = store.Transaction()
    found.risk_check.spend(transaction, token)
    if order.manual or found.assessment.held:
        row = _hold(transaction, order, found, now)
    else:
        row = _capture(transaction, order, found, now)
    if found.code:
        codes.use(transaction, found.code, order.payment_id, now)
    transaction.commit()
    return row


def _hold(transaction: store.Transaction, order: Order, found: Snapshot, now: str) -> PaymentRow:
    row = _held(order, found, now)
    transaction.create(row)
    ledger.holds.place(
        transaction,
        hold_id=journals.hold_id(order.payment_id),
        account=found.payer,
        amount=found.net,
        payee_account_id=found.settlement,
        expires_at=row.expires_at or "",
        reference=order.payment_id,
        spend=found.assessment.spend,
    )
    if found.borne:
        discounts.reserve(transaction, order, found.borne, until=row.expires_at or "")
    return row


def _capture(transaction: store.Transaction, order: Order, found: Snapshot, now: str) -> PaymentRow:
    row = _captured(order, found, now)
    transaction.create(row)
    journal = journals.payment_journal(
        record_id=order.payment_id,
        kind="payment",
        payment_id=order.payment_id,
        payer=found.payer.account_id,
        settlement=found.settlement,
        currency=order.currency,
        amount=order.amount,
        fee=int(row.fee),
        booked_at=now,
        shares=row.shares,
        wide=found.busy,
    )
    payer = {found.payer.account_id: found.payer}
    ledger.post(
        transaction,
        journal,
        payer,
        made_by=order.principal.actor_id,
        spending=payer.keys(),
        spend=found.assessment.spend,
    )
    if found.borne:
        discounts.use(transaction, order, found.borne)
    return row


def _declined(order: Order, found: Snapshot, refusal: errors.Refusal) -> PaymentRow:
    row = _row(order, found, Status.DECLINED, clock.instant())
    row.decline = {"code": refusal.code, "detail": refusal.detail}
    transaction = store.Transaction()
    transaction.create(row)
    transaction.commit()
    return row


def _held(order: Order, found: Snapshot, now: str) -> PaymentRow:
    held = found.assessment.held
    row = _row(order, found, Status.IN_REVIEW if held else Status.AUTHORIZED, now)
    # Where its capture would be refused, so is it.
    domain.splittable(order.amount, found.merchant.fee(order.amount, order.currency), row.shares or {})
    row.expires_at = order.expires_at or clock.instant(clock.parse(now) + (REVIEW if held else HOLD))
    return row


def _captured(order: Order, found: Snapshot, now: str) -> PaymentRow:
    row = _row(order, found, Status.SUCCEEDED, now)
    row.fee = found.merchant.fee(order.amount, order.currency)
    row.captured_amount = row.refundable = order.amount
    row.splittable = domain.splittable(order.amount, int(row.fee), row.shares or {})
    row.journal_id = journals.journal_id(order.payment_id)
    return row


def _row(order: Order, found: Snapshot, status: Status, now: str) -> PaymentRow:
    return PaymentRow(
        payment_id=order.payment_id,
        status=status.value,
        payer_account_id=found.payer.account_id,
        merchant_id=order.merchant_id,
        client_id=order.principal.client_id,
        currency=order.currency,
        amount=order.amount,
        merchant_order_no=order.merchant_order_no,
        description=order.description,
        capture="manual" if order.manual else "automatic",
        created_at=now,
        request_digest=order.request_digest,
        customer_id=found.assessment.customer_id,
        unit_id=found.payer_row.unit_id,
        device_id=found.risk_check.movement.device_id or None,
        risk=found.assessment.verdict.pack(),
        shares=sharing.shares_of(found.borne.discounted) if found.borne else None,
    )
