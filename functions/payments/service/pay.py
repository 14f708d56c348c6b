"""Making a payment: two round trips, and no write to a row that other payers share (design §3)."""

from dataclasses import dataclass
from datetime import timedelta

from bank import clock, errors, ledger, risk, store
from bank.access.principal import Kind, Principal
from bank.ledger import AccountRow
from bank.store import idempotency
from payments import domain
from payments.domain import Status
from payments.service import accounts, codes
from payments.tables import PAYMENT, PaymentCode, PaymentRow, settlement_id

HOLD = timedelta(days=7)
# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)
MAX_HOLD = timedelta(days=30)


@dataclass(frozen=True)
class Order:
    """A payment to make. Either the payer's account or a payment code; amount in minor units."""

    caller: Principal
    payment_id: str
    request_digest: str
    payer_account_id: str | None
    payment_code: str | None
    merchant_id: str
    amount: int
    currency: str
    merchant_order_no: str
    description: str | None
    manual: bool
    expires_at: str | None
    circumstances: risk.Circumstances


@dataclass(frozen=True)
class _Found:
    """What was read before the decision."""

    payer: ledger.Account
    payer_row: AccountRow
    guard: risk.Guard
    judged: risk.Judged
    merchant: domain.Merchant
    settlement: str
    code: PaymentCode | None


def pay(*, order: Order) -> tuple[PaymentRow, bool]:
    """Make the payment once; its record, and whether this was a replay.

    A refusal is a payment too, with status declined. Raises AccountNotFound, MerchantNotFound,
    CurrencyMismatch, NotAPayer, codes.UnknownCode, KeyReused, SessionEnded, ChallengeRequired, Forbidden.
    """

    def act() -> PaymentRow:
        found = _read(order)
        try:
            return _book(order, found)
        except errors.Refusal as refusal:
            return _declined(order, found, refusal)

    return idempotency.once(
        record=lambda: store.get(PaymentRow, order.payment_id, PAYMENT),
        request_digest=order.request_digest,
        act=act,
    )


def _read(order: Order) -> _Found:
    code = _code(order)
    account_id = code.account_id if code else order.payer_account_id or ""
    guard = _guard(order, account_id)
    earlier, row, home, own, *of_risk = store.get_many(
        [
            (PaymentRow, order.payment_id, PAYMENT),
            (AccountRow, account_id),
            *accounts.keys(order.merchant_id, order.currency),
            *guard.keys(),
        ]
    )
    guard.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    _check_expiry(order)
    merchant = accounts.merchant(order.merchant_id, home)
    settlement = settlement_id(order.merchant_id, order.currency)
    _require_sees(order, account_id, row)
    payer = accounts.payer(account_id, row, order.currency, settlement)
    accounts.ensure_settlement(order.merchant_id, order.currency, own, home)
    judged = guard.judge(of_risk, payer, own.to_domain() if own else None)
    return _Found(payer, row, guard, judged, merchant, settlement, code)


def _guard(order: Order, account_id: str) -> risk.Guard:
    context = risk.Context.of(
        "payment",
        order.circumstances,
        account_id=account_id,
        amount=order.amount,
        currency=order.currency,
        client_id=order.caller.client_id,
        payee=order.merchant_id,
        merchant_id=order.merchant_id,
    )
    return risk.Guard(context, order.payment_id, order.caller, order.circumstances.token)


def _require_sees(order: Order, account_id: str, payer: AccountRow | None) -> None:
    """Who shows a code lets whoever scans it charge them. Else a caller pays with what is theirs to see."""
    if order.payment_code is None or order.caller.kind is Kind.CUSTOMER:
        ledger.accounts.seen(account_id, payer, order.caller)


def _code(order: Order) -> PaymentCode | None:
    if order.payment_code is None:
        return None
    code = codes.find(order.payment_code)
    if code is None:
        # Codes are forgotten after a day; a payment that was made by one is not.
        earlier = store.get(PaymentRow, order.payment_id, PAYMENT)
        if earlier is not None:
            raise store.AlreadyExists(row=earlier)
        raise codes.UnknownCode("this payment code is not known")
    return code


def _check_expiry(order: Order) -> None:
    """Here and not at the edge: what was in time once must not refuse the request when it comes again."""
    now = clock.now()
    if order.expires_at and not now < clock.parse(order.expires_at) <= now + MAX_HOLD:
        message = f"is not in the next {MAX_HOLD.days} days"
        raise errors.Invalid("the request is not valid", errors=[{"field": "expires_at", "message": message}])


def _book(order: Order, found: _Found) -> PaymentRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    if not found.merchant.active:
        raise domain.MerchantSuspended(f"merchant {order.merchant_id} is suspended")
    refusal = ledger.why_not(found.payer, order.amount, found.judged.spend)
    if refusal:
        raise refusal
    token = found.guard.clear(found.judged, found.payer, found.payer_row)
    now = clock.instant()
    transaction = store.Transaction()
    found.guard.spend(transaction, token)
    if order.manual or found.judged.held:
        row = _held(order, found, now)
        transaction.create(row)
        ledger.holds.place(
            transaction,
            hold_id=domain.hold_id(order.payment_id),
            account=found.payer,
            amount=order.amount,
            expires_at=row.expires_at or "",
            reference=order.payment_id,
            spend=found.judged.spend,
        )
    else:
        row = _captured(order, found, now)
        transaction.create(row)
        journal = domain.payment_journal(
            record_id=order.payment_id,
            kind="payment",
            payment_id=order.payment_id,
            payer=found.payer.account_id,
            settlement=found.settlement,
            currency=order.currency,
            amount=order.amount,
            fee=int(row.fee),
            booked_at=now,
        )
        payer = {found.payer.account_id: found.payer}
        ledger.post(transaction, journal, payer, spending=payer.keys(), spend=found.judged.spend)
    if found.code:
        codes.use(transaction, found.code, order.payment_id, now)
    transaction.commit()
    return row


def _declined(order: Order, found: _Found, refusal: errors.Refusal) -> PaymentRow:
    row = _row(order, found, Status.DECLINED, clock.instant())
    row.decline = {"code": refusal.code, "detail": refusal.detail}
    transaction = store.Transaction()
    transaction.create(row)
    transaction.commit()
    return row


def _held(order: Order, found: _Found, now: str) -> PaymentRow:
    held = found.judged.held
    row = _row(order, found, Status.IN_REVIEW if held else Status.AUTHORIZED, now)
    row.expires_at = order.expires_at or clock.instant(clock.parse(now) + (REVIEW if held else HOLD))
    return row


def _captured(order: Order, found: _Found, now: str) -> PaymentRow:
    row = _row(order, found, Status.SUCCEEDED, now)
    row.fee = found.merchant.fee(order.amount)
    row.captured_amount = row.refundable = order.amount
    row.splittable = order.amount - row.fee
    row.journal_id = domain.journal_id(order.payment_id)
    return row


def _row(order: Order, found: _Found, status: Status, now: str) -> PaymentRow:
    return PaymentRow(
        payment_id=order.payment_id,
        status=status.value,
        payer_account_id=found.payer.account_id,
        merchant_id=order.merchant_id,
        client_id=order.caller.client_id,
        currency=order.currency,
        amount=order.amount,
        merchant_order_no=order.merchant_order_no,
        description=order.description,
        capture="manual" if order.manual else "automatic",
        created_at=now,
        request_digest=order.request_digest,
        customer_id=found.judged.customer_id,
        unit_id=found.payer_row.unit_id,
        device_id=order.circumstances.device_id or None,
        risk=found.judged.verdict.pack(),
    )
