"""Orders to pay, and the rows that a payment is decided on: one batch read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bank import clock, errors, ledger, risk, store
from bank.access.principal import Kind, Principal
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from payments import domain
from payments.service import accounts, codes, discounts
from payments.service.discounts import Asked, Borne
from payments.tables import PAYMENT, PaymentCodeRow, PaymentRow

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
    asked: Asked


@dataclass(frozen=True)
class Snapshot:
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
    # What the payer's benefits and points pay, or why some that were asked for do not.
    borne: Borne | None
    refused: errors.Refusal | None
    # What the payer pays, in minor units.
    net: int


def read(order: Order) -> Snapshot:
    """Read all that a payment is decided on. One round trip, one more by a code or for the best benefits.

    Raises AlreadyExists where it was made before; AccountNotFound, MerchantNotFound, EntitlementNotFound, ...
    """
    code = _code(order)
    account_id = code.account_id if code else order.payer_account_id or ""
    risk_check = _risk_check(order, account_id, code)
    ids = discounts.entitlement_ids(order.asked, account_id)
    of_borne = discounts.keys(order.asked, ids, account_id)
    earlier, row, terms_account, settlement_account, *others = store.get_many(
        [
            (PaymentRow, order.payment_id, PAYMENT),
            (AccountRow, account_id),
            *accounts.keys_of_lately(order.merchant_id, order.currency),
            *of_borne,
            *risk_check.keys(),
        ]
    )
    borne_rows, of_risk = others[: len(of_borne)], others[len(of_borne) :]
    risk_check.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    _check_expiry(order)
    merchant = accounts.merchant(order.merchant_id, terms_account)
    settlement = settlement_id(order.merchant_id, order.currency)
    _require_sees(order, account_id, row)
    payer = accounts.payer(account_id, row, order.currency, settlement)
    accounts.ensure_settlement(order.merchant_id, order.currency, settlement_account, terms_account)
    borne, refused = _judged(order, ids, borne_rows, payer, merchant, terms_account)
    if borne:
        # Points are the payer's own: what they pay is judged, and confirmed, as money is.
        own = order.amount - borne.discount
        risk_check = replace(risk_check, movement=replace(risk_check.movement, amount=own))
    assessment = risk_check.assess(
        of_risk, payer, ledger.rows.lately(settlement_account).to_domain() if settlement_account else None
    )
    busy = settlement_account is not None and settlement_account.row_count > 1
    net = borne.discounted.net if borne else order.amount
    return Snapshot(payer, row, risk_check, assessment, merchant, settlement, busy, code, borne, refused, net)


def _judged(
    order: Order,
    ids: Sequence[str],
    rows: Sequence[Any],
    payer: ledger.Account,
    merchant: domain.Merchant,
    terms_account: AccountRow,
) -> tuple[Borne | None, errors.Refusal | None]:
    """The part of the order that others pay, or why what was asked for cannot. Raises EntitlementNotFound."""
    try:
        found = discounts.judged(
            order,
            ids,
            rows,
            payer=payer,
            merchant=merchant,
            merchant_unit=terms_account.unit_id,
            at=clock.instant(),
        )
    except errors.Refusal as refusal:
        return None, refusal
    return found, None


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
