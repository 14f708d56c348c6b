"""Discounts and points of a payment, divided over its capture and its refunds.

An order's value is `amount`: captures and refunds are parts of it, and take these along in
proportion, line by line where the channel sent lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pynamodb.expressions.update import Action

from bank import errors, store
from bank.benefits import bearers
from payments import domain
from payments.tables import LINES, LinesRow, PaymentRow

if TYPE_CHECKING:
    from bank.promotions import Discounted


class NoSuchLine(errors.Unprocessable):
    """422: the payment has no such line, or no lines are kept of it."""

    code, title = "no_such_line", "No such line"


def keys_of(payment: PaymentRow) -> list[store.Key]:
    """Keys of a payment's lines and of the entitlements that it uses; none where the payer pays all of it."""
    if not payment.shares:
        return []
    from bank.benefits.tables import EntitlementRow

    lines: list[store.Key] = [(LinesRow, payment.payment_id, LINES)]
    return lines + [(EntitlementRow, each) for each in payment.shares if each != bearers.POINTS]


def capture(
    transaction: store.Transaction, payment: PaymentRow, rows: Sequence[Any], amount: int, at: str
) -> dict[str, Any]:
    """Use a held payment's benefits for the part of it that is captured; who bears what of that.

    `rows` are those of `keys_of`. Points are taken behind the answer, as its event tells. Raises
    CaptureTooSmall; Stale in the transaction where one has changed.
    """
    if not rows:
        return {}
    from bank.benefits import payments as benefits

    lines, *entitlements = rows
    whole = left(payment, lines)
    part, _ = whole.divided(by_line(whole, amount))
    if not part.net:
        raise domain.CaptureTooSmall(f"benefits and points pay all of {amount}")
    shares = shares_of(part)
    benefits.capture(
        transaction,
        entitlements,
        shares,
        payment_id=payment.payment_id,
        merchant_id=payment.merchant_id,
        at=at,
    )
    if lines is not None and amount < int(payment.amount):
        _set_lines(transaction, payment, first=part, rest=part)
    return shares


def captured(payment: PaymentRow, shares: dict[str, Any]) -> list[Action]:
    """Changes of a payment's row by which it has the shares of what is captured."""
    if not payment.shares or payment.shares == shares:
        return []
    return [PaymentRow.shares.set(shares), PaymentRow.shares_first.set(payment.shares)]


def release(transaction: store.Transaction, payment: PaymentRow, at: str) -> None:
    """Give back what a payment has reserved. One round trip, where it uses benefits."""
    rows = store.get_many(keys_of(payment)[1:])
    if rows:
        from bank.benefits import payments as benefits

        benefits.release(transaction, rows, payment_id=payment.payment_id, at=at)


@dataclass(frozen=True)
class Returned:
    """The part of a refund that others than the payer get, and what is left of the order after it."""

    shares: dict[str, Any]
    left: "Discounted | None"
    rows: Sequence[Any]


def returned(
    payment: PaymentRow, rows: Sequence[Any], amount: int, named: Sequence[tuple[int, int]]
) -> Returned:
    """The part of a refund that goes to those who bore the discounts, and to points.

    `rows` are those of `keys_of`. Raises NoSuchLine.
    """
    lines = rows[0] if rows else None
    if named and lines is None:
        raise NoSuchLine(f"no lines are kept of payment {payment.payment_id}")
    if not rows or amount > payment.money.refundable:
        return Returned({}, None, rows)
    whole = left(payment, lines)
    part, rest = whole.divided(by_line(whole, amount, named))
    return Returned(shares_of(part), rest, rows)


def give_back(
    transaction: store.Transaction,
    payment: PaymentRow,
    found: Returned,
    *,
    refund_id: str,
    whole: bool,
    at: str,
) -> list[Action]:
    """Take a refund's part back from the entitlements; what the payment's row says of it from now on."""
    if found.left is None:
        return []
    from bank.benefits import payments as benefits

    lines, *entitlements = found.rows
    benefits.refund(
        transaction,
        entitlements,
        found.shares,
        payment_id=payment.payment_id,
        refund_id=refund_id,
        whole=whole,
        at=at,
    )
    if lines is not None:
        _set_lines(transaction, payment, rest=found.left)
    borne = {each: dict(parts) for each, parts in found.left.bearers.items()}
    return [PaymentRow.shares_left.set(borne)]


def _set_lines(
    transaction: store.Transaction,
    payment: PaymentRow,
    *,
    rest: "Discounted",
    first: "Discounted | None" = None,
) -> None:
    """Write what is left of a payment's lines: its own row, in the same transaction, is as it was read."""
    actions = [
        LinesRow.prices_left.set(list(rest.prices)),
        LinesRow.discounts_left.set([dict(each) for each in rest.discounts]),
    ]
    if first is not None:
        actions += [
            LinesRow.prices.set(list(first.prices)),
            LinesRow.discounts.set([dict(each) for each in first.discounts]),
        ]
    key = (LinesRow, payment.payment_id, LINES)
    transaction.update(key, actions, LinesRow.payment_id.exists(), store.stale)


def left(payment: PaymentRow, lines: LinesRow | None) -> "Discounted":
    """The rest of a payment's order, with its discounts: all of it before it is captured.

    Raises Stale where a refund has changed the lines since the payment was read.
    """
    from bank.promotions import Discounted

    money = payment.money
    whole = money.captured or int(payment.amount)
    if lines is not None:
        if sum(lines.prices_left) != whole - money.refunded:
            raise store.Stale
        firsts = tuple(sum(each.values()) for each in lines.discounts)
        prices, discounts = tuple(lines.prices_left), tuple(lines.discounts_left)
        return Discounted(prices, discounts, payment.borne_now, tuple(lines.prices), firsts)
    first = bearers.total(payment.shares or {})
    discounts = ({each: sum(parts.values()) for each, parts in payment.borne_now.items()},)
    return Discounted((whole - money.refunded,), discounts, payment.borne_now, (whole,), (first,))


def by_line(found: "Discounted", amount: int, named: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Divide an amount over an order's lines: as it is named (number, amount), else in proportion to prices.

    Raises NoSuchLine.
    """
    if not named:
        return found.by_line(amount)
    amounts = [0] * len(found.prices)
    for number, part in named:
        if not 1 <= number <= len(amounts) or amounts[number - 1] + part > found.prices[number - 1]:
            raise NoSuchLine(f"there is no line {number} with {part} left")
        amounts[number - 1] += part
    return amounts


def shares_of(found: "Discounted") -> dict[str, Any]:
    """Shares of a part of an order, as the row has them; without those that give nothing of it."""
    return {each: dict(parts) for each, parts in found.bearers.items() if any(parts.values())}
