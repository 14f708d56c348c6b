"""Entitlements in a payment: read in its batch read, judged, and used in its transaction.

A payment costs two write units more for each, and no round trip. What is used is decided on the rows as they
were read and written on the condition that they have not changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from bank import clock, store
from bank.benefits import offers, suppliers, tables
from bank.benefits.bearers import Shares
from bank.benefits.domain import Entitlement
from bank.benefits.reasons import EntitlementNotFound, EntitlementNotUsable, Unusable
from bank.benefits.suppliers import SupplierRow
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow
from bank.benefits.where import Use
from bank.promotions import (
    MAX_QUOTED,
    Applied,
    Benefit,
    Cart,
    Discounted,
    Line,
    Quote,
    Reason,
    best,
    together,
)


@dataclass(frozen=True)
class Held:
    """An entitlement that a payment may use, and what it is to."""

    row: EntitlementRow
    entitlement: Entitlement
    offer: offers.Offer
    supplier: SupplierRow | None = None

    def unusable(self, use: Use) -> Unusable | None:
        """Return the reason for which it is not for this use, whatever it would take off; or None."""
        reason = self.entitlement.unusable(use.at, use.reference)
        if reason:
            return reason
        if self.offer.terms is None:
            return Unusable.NOT_FOR_PAYMENTS
        if self.offer.currency != use.currency:
            return Unusable.OTHER_CURRENCY
        if self.supplier and suppliers.has_left(self.supplier, on=clock.business_date(clock.parse(use.at))):
            return Unusable.SUPPLIER_LEFT
        return self.offer.where.refusal(use)

    @property
    def benefit(self) -> Benefit:
        """Return it as stacking sees it."""
        return self.offer.benefit(self.row.entitlement_id)


@dataclass(frozen=True)
class Given:
    """Discounts of an order, line by line, and the entitlements that give them."""

    quote: Quote
    held: tuple[Held, ...]
    discounted: Discounted

    @property
    def discount(self) -> int:
        """Return what they take off in all, in minor units."""
        return self.quote.discount

    @property
    def shares(self) -> Shares:
        """Return who bears how much of it, by entitlement."""
        return self.discounted.bearers


def keys(entitlement_ids: Sequence[str]) -> list[store.Key]:
    """Keys of entitlements and their offers, to read in one batch; `held` takes the rows in this order."""
    wanted: list[store.Key] = [(EntitlementRow, each) for each in entitlement_ids]
    return wanted + [store.lately(OfferRow, offers.offer_of(each)) for each in entitlement_ids]


def usable(account_id: str) -> tuple[str, ...]:
    """Coupons issued by a wallet that have not ended: thirty at most, the first to end first."""
    not_over = EntitlementIndexRow.sort_key > clock.instant()
    found = store.query(EntitlementIndexRow, tables.of_wallet(account_id), not_over, consistent=False)
    return tuple(each.entitlement_id for each in islice(filter(_payable, found), MAX_QUOTED))


def _payable(row: EntitlementIndexRow) -> bool:
    return not row.ended and row.kind == offers.Kind.COUPON


def held(entitlement_ids: Sequence[str], rows: Sequence[Any], customer_id: str | None) -> list[Held]:
    """Entitlements of a customer, from the rows of `keys`. Raises EntitlementNotFound, errors.Altered.

    Their suppliers are read besides: one round trip in two seconds a process, none where there are none.
    """
    found, half = [], len(entitlement_ids)
    for name, row, offer in zip(entitlement_ids, rows[:half], rows[half:], strict=True):
        if row is None or offer is None or not customer_id or row.customer_id != customer_id:
            raise EntitlementNotFound(f"this customer has no entitlement {name}")
        found.append(Held(row, row.to_domain(), offer.to_domain()))
    of = suppliers.lately({each.offer.supplier_id for each in found} - {""})
    return [replace(each, supplier=of.get(each.offer.supplier_id)) for each in found]


def named(wanted: Sequence[Held], lines: Sequence[Line], use: Use) -> Given:
    """The discounts of all of these on an order. Raises EntitlementNotUsable where one does not apply."""
    for each in wanted:
        reason = each.unusable(use)
        if reason:
            raise EntitlementNotUsable.because(each.row.entitlement_id, reason)
    quote = _leaving_something(together(Cart.of(lines), [each.benefit for each in wanted]))
    for name, left_out in quote.left_out.items():
        raise EntitlementNotUsable.because(name, left_out)
    return _given(quote, wanted)


def chosen(
    of_customer: Sequence[Held], lines: Sequence[Line], use: Use
) -> tuple[Given, dict[str, Unusable | Reason]]:
    """The best combination of a customer's entitlements on an order, and why each other is not of it."""
    reasons = {each.row.entitlement_id: each.unusable(use) for each in of_customer}
    usable = [each for each in of_customer if not reasons[each.row.entitlement_id]]
    quote = _leaving_something(best(Cart.of(lines), [each.benefit for each in usable]))
    left_out = {name: reason for name, reason in reasons.items() if reason}
    return _given(quote, usable), {**left_out, **quote.left_out}


def _leaving_something(quote: Quote) -> Quote:
    """The same with one minor unit for the payer, where nothing would be left to pay: the last gives less.

    A payment is somebody's: one of nothing would stand on no statement. WeChat Pay asks for as much.
    """
    if quote.discount < quote.cart.price:
        return quote
    *others, last = quote.applied
    name, at = last.benefit.benefit_id, max(last.off)
    off = {each: amount - (each == at) for each, amount in last.off.items() if amount > (each == at)}
    lefts = tuple(left + (each == at) for each, left in enumerate(quote.cart.left))
    cart = replace(quote.cart, left=lefts)
    if not off:
        return Quote(cart, tuple(others), {**quote.left_out, name: Reason.NOTHING_TO_DISCOUNT})
    return Quote(cart, (*others, Applied(last.benefit, off)), quote.left_out)


def _given(quote: Quote, wanted: Sequence[Held]) -> Given:
    applied = {each.benefit_id for each in quote.benefits}
    of_quote = tuple(each for each in wanted if each.row.entitlement_id in applied)
    bearers = {each.row.entitlement_id: each.offer.bearers for each in of_quote}
    return Given(quote, of_quote, Discounted.of_quote(quote, bearers))


def use(transaction: store.Transaction, given: Given, use: Use, *, payment_id: str) -> None:
    """Use these entitlements in the payment's transaction. Raises Stale there where one has changed."""
    for each in given.held:
        parts = given.shares.get(each.row.entitlement_id, {})
        after = each.entitlement.redeemed(use.at, use.reference, sum(parts.values()))
        tables.change(transaction, each.row, after, _redeemed(payment_id, use.merchant_id, parts))


def reserve(transaction: store.Transaction, given: Given, use: Use, *, payment_id: str, until: str) -> None:
    """Reserve them for a payment whose money is held until an instant, after which they are free again.

    Raises Stale there where one has changed.
    """
    for each in given.held:
        after = each.entitlement.reserved(use.at, payment_id, until, before=use.reference)
        tables.change(transaction, each.row, after, {"what": "reserved", "by": payment_id})


def capture(
    transaction: store.Transaction,
    rows: Sequence[EntitlementRow],
    shares: Shares,
    *,
    payment_id: str,
    merchant_id: str,
    at: str,
) -> None:
    """Use what a payment has reserved for its shares of what is captured; give back what has none of it.

    Raises Stale where one is no longer reserved for it.
    """
    for row in rows:
        if parts := shares.get(row.entitlement_id):
            after = _reserved(row, payment_id).captured(payment_id, sum(parts.values()))
            tables.change(transaction, row, after, _redeemed(payment_id, merchant_id, parts))
        else:
            release(transaction, [row], payment_id=payment_id, at=at)


def release(
    transaction: store.Transaction, rows: Sequence[EntitlementRow], *, payment_id: str, at: str
) -> None:
    """Give back what a payment has reserved, and takes no more. Raises Stale as `capture` does."""
    for row in rows:
        after = _reserved(row, payment_id).released(at, payment_id)
        tables.change(transaction, row, after, {"what": "released", "by": payment_id})


def refund(
    transaction: store.Transaction,
    rows: Sequence[EntitlementRow],
    shares: Shares,
    *,
    payment_id: str,
    refund_id: str,
    whole: bool,
    at: str,
) -> None:
    """Take back, of each, its shares of what is refunded; with the last of it (`whole`) its use too."""
    for row in rows:
        parts = shares.get(row.entitlement_id, {})
        amount = sum(parts.values())
        if not amount and not whole:
            continue
        after = row.to_domain().refunded(at, amount, whole=whole)
        last = {
            "what": "refunded",
            "by": refund_id,
            "of": payment_id,
            "amount": amount,
            "shares": dict(parts),
        }
        tables.change(transaction, row, after, {**last, "whole": whole})


def _reserved(row: EntitlementRow, payment_id: str) -> Entitlement:
    """The entitlement as its payment has reserved it.

    A payment's reservation ends with its hold, and another may take it over then. By a clock that is behind
    the hold has not ended yet: the use case decides again, until its clock too has passed that time.
    """
    if row.reserved_for != payment_id:
        raise store.Stale
    return row.to_domain()


def _redeemed(payment_id: str, merchant_id: str, parts: Mapping[str, int]) -> dict[str, Any]:
    facts = {"what": "redeemed", "by": payment_id, "merchant": merchant_id}
    return {**facts, "amount": sum(parts.values()), "shares": dict(parts)}
