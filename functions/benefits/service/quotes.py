"""Quotes: the best of a customer's benefits for an order, with a reason for each that is left out.

What a quote says a payment with `auto_apply` does, on the same rows: nothing is kept of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.benefits import payments as benefits
from bank.benefits.payments import Given, Held
from bank.benefits.reasons import Unusable
from bank.benefits.tables import order_reference
from bank.benefits.where import Use
from bank.config import config
from bank.ledger import AccountRow, MerchantTerms, WalletCustomer
from bank.ledger.payees import settlement_id
from bank.promotions import Line, Reason


class MerchantNotFound(errors.NotFound):
    """404: no such merchant."""

    code, title = "merchant_not_found", "No such merchant"


@dataclass(frozen=True)
class Order:
    """An order to quote; amounts in minor units."""

    principal: Principal
    account_id: str
    merchant_id: str
    amount: int
    currency: str
    order_no: str
    lines: tuple[Line, ...]
    entitlement_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quoted:
    """The best combination, all that were looked at, and why each other is not of it."""

    given: Given
    held: Sequence[Held]
    left_out: dict[str, Unusable | Reason]


def quote(*, order: Order) -> Quoted:
    """Find the best combination. Two round trips, one where entitlements are named.

    Raises AccountNotFound, AccountKind, MerchantNotFound, EntitlementNotFound.
    """
    ids = order.entitlement_ids or benefits.usable(order.account_id)
    row, shop, *rows = store.get_many(
        [
            (AccountRow, order.account_id),
            store.lately(AccountRow, settlement_id(order.merchant_id, config.home_currency)),
            *benefits.keys(ids),
        ]
    )
    row = ledger.accounts.named(order.account_id, row, principal=order.principal)
    customer = WalletCustomer.of(row.metadata)
    held = benefits.held(ids, rows, customer.customer_id if customer else None)
    given, left_out = benefits.chosen(held, order.lines, _use(order, customer, shop))
    return Quoted(given, held, left_out)


def _use(order: Order, customer: WalletCustomer | None, shop: AccountRow | None) -> Use:
    terms = MerchantTerms.of(shop.metadata) if shop else None
    if shop is None or terms is None:
        raise MerchantNotFound(f"there is no merchant {order.merchant_id}")
    return Use(
        customer_id=customer.customer_id if customer else None,
        merchant_id=order.merchant_id,
        merchant_unit=shop.unit_id,
        merchant_category=terms.category,
        client_id=order.principal.client_id,
        amount=order.amount,
        currency=order.currency,
        at=clock.instant(),
        reference=order_reference(order.merchant_id, order.order_no),
        level=customer.level if customer else 0,
    )
