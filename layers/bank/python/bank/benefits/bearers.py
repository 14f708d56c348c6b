"""Bearers: who pays for what benefits or points take off a payment, and from which of the bank's accounts."""

from collections.abc import Mapping

from bank.ledger.chart import MARKETING, POINTS_COST, SUPPLIERS
from bank.ledger.domain import internal

# As an offer's content and a payment's row name them.
HEAD_OFFICE, MERCHANT, UNIT, SUPPLIER = "head_office", "merchant", "unit:", "supplier:"

# What points pay stands among the shares under this name, and is borne by it: the bank has owed it for them.
POINTS = "points"

# Of an order, by entitlement: who bears how much of what it gives, in minor units.
Shares = Mapping[str, Mapping[str, int]]


def is_known(bearer: str) -> bool:
    """Return whether a product may name it: the head office, the merchant, a unit, or a supplier."""
    of_somebody = any(bearer.startswith(each) and bearer != each for each in (UNIT, SUPPLIER))
    return of_somebody or bearer in (HEAD_OFFICE, MERCHANT)


def account_of(bearer: str, currency: str) -> str | None:
    """The bank's account that bears a part of a discount; None for the merchant, who receives less."""
    if bearer == MERCHANT:
        return None
    if bearer == POINTS:
        return internal(POINTS_COST, currency)
    if bearer.startswith(SUPPLIER):
        return internal(SUPPLIERS, currency)
    unit = f"-{bearer.removeprefix(UNIT)}" if bearer.startswith(UNIT) else ""
    return internal(MARKETING + unit, currency)


def total(shares: Shares) -> int:
    """Return what all bear together."""
    return sum(amount for parts in shares.values() for amount in parts.values())


def of_points(shares: Shares) -> int:
    """Return what points pay."""
    return sum(shares.get(POINTS, {}).values())


def of_benefits(shares: Shares) -> int:
    """Return what benefits give."""
    return total(shares) - of_points(shares)


def of_merchant(shares: Shares) -> int:
    """Return what the merchant bears."""
    return sum(parts.get(MERCHANT, 0) for parts in shares.values())


def by_account(shares: Shares, currency: str) -> dict[str, int]:
    """Return what each of the bank's accounts bears; the merchant's share is in none."""
    found: dict[str, int] = {}
    for parts in shares.values():
        for bearer, amount in parts.items():
            account = account_of(bearer, currency)
            if account:
                found[account] = found.get(account, 0) + amount
    return found
