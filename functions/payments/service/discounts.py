"""Benefits and points that pay a part of an order: used, and reserved, in its transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bank import ledger, risk, store
from bank.benefits import bearers
from bank.config import config
from bank.ledger import AccountRow, WalletCustomer
from payments.domain import Merchant
from payments.domain import points as refusals
from payments.tables import LinesRow

if TYPE_CHECKING:
    from bank.benefits.payments import Given
    from bank.benefits.where import Use
    from bank.promotions import Discounted
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
    """Benefits that a payment asks for, by name or the best of what the payer has, and so many points."""

    entitlement_ids: tuple[str, ...] = ()
    auto_apply: bool = False
    items: tuple[Item, ...] = ()
    points: int = 0


@dataclass(frozen=True)
class Benefits:
    """Entitlements that a payment uses, and the use that they were judged for."""

    given: "Given"
    use: "Use"


@dataclass(frozen=True)
class Borne:
    """An order with what others than its payer pay: benefits, and points of an account as it was read."""

    discounted: "Discounted"
    benefits: Benefits | None
    account: AccountRow | None
    points: int

    @property
    def discount(self) -> int:
        """Return what benefits give, in minor units."""
        return bearers.of_benefits(self.discounted.bearers)


def entitlement_ids(asked: Asked, account_id: str) -> tuple[str, ...]:
    """The entitlements to read: those named, or those that were issued by the payer's wallet and can be used.

    One round trip for the latter; of more than thirty, those that end first.
    """
    if not asked.auto_apply:
        return asked.entitlement_ids
    # Imported here: most payments use no benefits.
    from bank.benefits import payments as benefits

    return benefits.usable(account_id)


def keys(asked: Asked, ids: Sequence[str], account_id: str) -> list[store.Key]:
    """Keys to add to the batch read, the account of points first; none where none is asked for."""
    wanted: list[store.Key] = []
    if asked.points:
        from bank.points import accounts as points

        wanted.append((AccountRow, points.of_wallet(account_id)))
    if ids:
        from bank.benefits import payments as benefits

        wanted += benefits.keys(ids)
    return wanted


def judged(
    order: "Order",
    ids: Sequence[str],
    rows: Sequence[Any],
    *,
    payer: ledger.Account,
    merchant: Merchant,
    merchant_unit: str,
    at: str,
) -> Borne | None:
    """The part of this order that others pay; None where that is nothing. `rows` are those of `keys`.

    Points pay what benefits have left. Raises EntitlementNotFound; the refusal of a benefit that is named or
    of points (EntitlementNotUsable, InsufficientPoints, ...); errors.Altered.
    """
    if not rows:
        return None
    from bank.promotions import Discounted

    account, *of_benefits = rows if order.asked.points else (None, *rows)
    benefits = _benefits(order, ids, of_benefits, payer, merchant, merchant_unit, at) if ids else None
    if benefits:
        discounted = benefits.given.discounted
    else:
        prices = [line.amount for line in order.asked.items] or [order.amount]
        discounted = Discounted.of(prices, [{} for _ in prices], {})
    if order.asked.points:
        discounted = _by_points(order, discounted, account, payer)
    return Borne(discounted, benefits, account, order.asked.points) if discounted.discount else None


def _benefits(
    order: "Order",
    ids: Sequence[str],
    rows: Sequence[Any],
    payer: ledger.Account,
    merchant: Merchant,
    merchant_unit: str,
    at: str,
) -> Benefits | None:
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
        client_id=order.principal.client_id,
        amount=order.amount,
        currency=order.currency,
        at=at,
        reference=order_reference(merchant.merchant_id, order.merchant_order_no),
        level=customer.level if customer else 0,
    )
    lines = [Line(each.sku, each.category, each.quantity, each.amount) for each in order.asked.items]
    lines = lines or [Line("", "", 1, order.amount)]
    held = benefits.held(ids, rows, use.customer_id)
    if order.asked.auto_apply:
        given, _ = benefits.chosen(held, lines, use)
    else:
        given = benefits.named(held, lines, use)
    return Benefits(given, use) if given.held else None


def _by_points(
    order: "Order", discounted: "Discounted", account: AccountRow | None, payer: ledger.Account
) -> "Discounted":
    from bank.points import spending
    from bank.points.worth import worth

    points, amount = order.asked.points, worth(order.asked.points)
    if risk.customer_of(payer) is None:
        raise refusals.PointsNotOfCustomer(f"account {payer.account_id} is no customer's wallet")
    if order.currency != config.home_currency:
        raise refusals.PointsOtherCurrency(f"points pay {config.home_currency}, not {order.currency}")
    if amount >= discounted.net:
        raise refusals.PointsExceedPrice(f"{points} points pay {amount} of {discounted.net} that are left")
    refused = spending.refusal(account, points)
    if refused:
        raise refused
    return discounted.less(bearers.POINTS, amount)


def use(transaction: store.Transaction, order: "Order", borne: Borne) -> None:
    """Use the benefits and reserve the points with a payment that is captured at once, and keep its lines."""
    if borne.benefits:
        from bank.benefits import payments as benefits

        found = borne.benefits
        benefits.use(transaction, found.given, found.use, payment_id=order.payment_id)
    _keep(transaction, order, borne)


def reserve(transaction: store.Transaction, order: "Order", borne: Borne, *, until: str) -> None:
    """Reserve both for a payment whose money is held until an instant, and keep its lines."""
    if borne.benefits:
        from bank.benefits import payments as benefits

        found = borne.benefits
        benefits.reserve(transaction, found.given, found.use, payment_id=order.payment_id, until=until)
    _keep(transaction, order, borne)


def _keep(transaction: store.Transaction, order: "Order", borne: Borne) -> None:
    """Reserve the points, and keep an order's lines, for refunds by line, where the channel sent some."""
    if borne.points:
        from bank.points import spending

        spending.reserve(transaction, borne.account, borne.points, order.payment_id)
    if not order.asked.items:
        return
    whole = borne.discounted
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
