"""Benefits in a payment that is made: what they take off it, and their use in its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bank import ledger, risk, store
from bank.ledger import WalletCustomer
from payments.domain import Merchant
from payments.tables import LinesRow

if TYPE_CHECKING:
    from bank.benefits.payments import Given
    from bank.benefits.where import Use
    from payments.service.orders import Order


@dataclass(frozen=True)
class Item:
    """A line of an order: `quantity` units for `amount` together, in minor units."""

    sku: str
    category: str
    quantity: int
    amount: int


@dataclass(frozen=True)
class Asked:
    """Benefits that a payment asks for: some by name, or the best of what the payer has."""

    entitlement_ids: tuple[str, ...] = ()
    auto_apply: bool = False
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Benefits:
    """Entitlements that a payment uses, and the use that they were judged for."""

    given: "Given"
    use: "Use"

    @property
    def discount(self) -> int:
        """Return what they take off, in minor units."""
        return self.given.discount


def entitlement_ids(asked: Asked, account_id: str) -> tuple[str, ...]:
    """The entitlements to read: those named, or those that were issued by the payer's wallet and can be used.

    One round trip for the latter; of more than thirty, those that end first.
    """
    if not asked.auto_apply:
        return asked.entitlement_ids
    # Imported here: most payments use no benefits.
    from bank.benefits import payments as benefits

    return benefits.usable(account_id)


def keys(ids: Sequence[str]) -> list[store.Key]:
    """Keys to add to the batch read; none where no benefit is asked for."""
    if not ids:
        return []
    from bank.benefits import payments as benefits

    return benefits.keys(ids)


def judged(
    asked: Asked,
    ids: Sequence[str],
    rows: Sequence[Any],
    *,
    payer: ledger.Account,
    merchant: Merchant,
    merchant_unit: str,
    client_id: str,
    amount: int,
    currency: str,
    order_no: str,
    at: str,
) -> Benefits | None:
    """The benefits that this payment has; None where none gives anything.

    Raises EntitlementNotFound, EntitlementNotUsable (one that is named and does not apply); errors.Altered.
    """
    if not ids:
        return None
    from bank.benefits import payments as benefits
    from bank.benefits.tables import order_reference
    from bank.benefits.where import Use
    from bank.promotions import Line

    customer = WalletCustomer.of(payer.metadata)
    use = Use(
        customer_id=risk.customer_of(payer),
        merchant_id=merchant.merchant_id,
        merchant_unit=merchant_unit,
        merchant_category=merchant.category,
        client_id=client_id,
        amount=amount,
        currency=currency,
        at=at,
        reference=order_reference(merchant.merchant_id, order_no),
        level=customer.level if customer else 0,
    )
    lines = [Line(each.sku, each.category, each.quantity, each.amount) for each in asked.items]
    lines = lines or [Line("", "", 1, amount)]
    held = benefits.held(ids, rows, use.customer_id)
    if asked.auto_apply:
        given, _ = benefits.chosen(held, lines, use)
    else:
        given = benefits.named(held, lines, use)
    return Benefits(given, use) if given.held else None


def use(transaction: store.Transaction, order: "Order", found: Benefits) -> None:
    """Use the benefits with a payment that is captured at once, and keep its lines."""
    from bank.benefits import payments as benefits

    benefits.use(transaction, found.given, found.use, payment_id=order.payment_id)
    _keep_lines(transaction, order, found)


def reserve(transaction: store.Transaction, order: "Order", found: Benefits, *, until: str) -> None:
    """Reserve the benefits for a payment whose money is held until an instant, and keep its lines."""
    from bank.benefits import payments as benefits

    benefits.reserve(transaction, found.given, found.use, payment_id=order.payment_id, until=until)
    _keep_lines(transaction, order, found)


def _keep_lines(transaction: store.Transaction, order: "Order", found: Benefits) -> None:
    """Keep an order's lines, for refunds by line, where the channel sent some."""
    if not order.asked.items:
        return
    whole = found.given.discounted
    prices, off = list(whole.prices), [dict(each) for each in whole.discounts]
    transaction.create(
        LinesRow(
            payment_id=order.payment_id,
            lines=[[each.sku, each.category, each.quantity] for each in order.asked.items],
            prices=prices,
            discounts=off,
            prices_left=prices,
            discounts_left=off,
        )
    )
