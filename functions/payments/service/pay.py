"""Making a payment: two round trips, and no write to a row that other payers share."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bank import clock, errors, ledger, risk, store
from bank.access.principal import Kind, Principal
from bank.ledger import AccountRow
from bank.store import idempotency
from payments import domain
from payments.domain import Status
from payments.service import accounts, codes
from payments.tables import PAYMENT, PaymentCodeRow, PaymentRow, settlement_id

HOLD = timedelta(days=7)
# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)
MAX_HOLD = timedelta(days=30)


@dataclass(frozen=True)
class Order:
    """A payment to make. Either the payer's account or a payment code; amount in minor units."""

    principal: Principal
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
    request_context: risk.RequestContext


@dataclass(frozen=True)
class _Snapshot:
    """Rows that the decision is made on."""

    payer: ledger.Account
    payer_row: AccountRow
    risk_check: risk.RiskCheck
    assessment: risk.Assessment
    merchant: domain.Merchant
    settlement: str
    # The merchant's account has several parts: many book there at once.
    busy: bool
    code: PaymentCodeRow | None


def pay(*, order: Order) -> tuple[PaymentRow, bool]:
    """Make the payment once; its record, and whether this was a replay.

    A refusal is a payment too, with status declined. Raises AccountNotFound, MerchantNotFound, AccountKind,
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


def _read(order: Order) -> _Snapshot:
    code = _code(order)
    account_id = code.account_id if code else order.payer_account_id or ""
    risk_check = _risk_check(order, account_id, code)
    earlier, row, terms_account, settlement_account, *of_risk = store.get_many(
        [
            (PaymentRow, order.payment_id, PAYMENT),
            (AccountRow, account_id),
            *accounts.keys_of_lately(order.merchant_id, order.currency),
            *risk_check.keys(),
        ]
    )
    risk_check.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    _check_expiry(order)
    merchant = accounts.merchant(order.merchant_id, terms_account)
    settlement = settlement_id(order.merchant_id, order.currency)
    _require_sees(order, account_id, row)
    payer = accounts.payer(account_id, row, order.currency, settlement)
    accounts.ensure_settlement(order.merchant_id, order.currency, settlement_account, terms_account)
    assessment = risk_check.assess(
        of_risk, payer, ledger.rows.lately(settlement_account).to_domain() if settlement_account else None
    )
    busy = settlement_account is not None and settlement_account.row_count > 1
    return _Snapshot(payer, row, risk_check, assessment, merchant, settlement, busy, code)


def _risk_check(order: Order, account_id: str, code: PaymentCodeRow | None) -> risk.RiskCheck:
    context = order.request_context
    if code and code.device_id:
        # It comes from the payer's device, and not from the one that has scanned it.
        context = replace(context, device_id=code.device_id)
    movement = risk.Movement.of(
        "payment",
        context,
        account_id=account_id,
        amount=order.amount,
        currency=order.currency,
        client_id=order.principal.client_id,
        payee=order.merchant_id,
        merchant_id=order.merchant_id,
    )
    return risk.RiskCheck(movement, order.payment_id, order.principal, order.request_context.token)


def _require_sees(order: Order, account_id: str, payer: AccountRow | None) -> None:
    """Require that the payer's account is visible to the caller, unless the payer showed a code for it."""
    if order.payment_code is None or order.principal.kind is Kind.CUSTOMER:
        ledger.accounts.require_visible(account_id, payer, order.principal)


def _code(order: Order) -> PaymentCodeRow | None:
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


def _book(order: Order, found: _Snapshot) -> PaymentRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    refusal = found.merchant.refusal() or ledger.spend_refusal(
        found.payer, order.amount, found.assessment.spend
    )
    if refusal:
        raise refusal
    token = found.risk_check.clear(found.assessment, found.payer, found.payer_row)
    now = clock.instant()
    transaction = store.Transaction()
    found.risk_check.spend(transaction, token)
    if order.manual or found.assessment.held:
        row = _held(order, found, now)
        transaction.create(row)
        ledger.holds.place(
            transaction,
            hold_id=domain.hold_id(order.payment_id),
            account=found.payer,
            amount=order.amount,
            payee_account_id=found.settlement,
            expires_at=row.expires_at or "",
            reference=order.payment_id,
            spend=found.assessment.spend,
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
    if found.code:
        codes.use(transaction, found.code, order.payment_id, now)
    transaction.commit()
    return row


def _declined(order: Order, found: _Snapshot, refusal: errors.Refusal) -> PaymentRow:
    row = _row(order, found, Status.DECLINED, clock.instant())
    row.decline = {"code": refusal.code, "detail": refusal.detail}
    transaction = store.Transaction()
    transaction.create(row)
    transaction.commit()
    return row


def _held(order: Order, found: _Snapshot, now: str) -> PaymentRow:
    held = found.assessment.held
    row = _row(order, found, Status.IN_REVIEW if held else Status.AUTHORIZED, now)
    row.expires_at = order.expires_at or clock.instant(clock.parse(now) + (REVIEW if held else HOLD))
    return row


def _captured(order: Order, found: _Snapshot, now: str) -> PaymentRow:
    row = _row(order, found, Status.SUCCEEDED, now)
    row.fee = found.merchant.fee(order.amount, order.currency)
    row.captured_amount = row.refundable = order.amount
    row.splittable = order.amount - row.fee
    row.journal_id = domain.journal_id(order.payment_id)
    return row


def _row(order: Order, found: _Snapshot, status: Status, now: str) -> PaymentRow:
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
    )
