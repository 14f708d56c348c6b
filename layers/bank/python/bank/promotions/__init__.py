"""Promotions: what benefits take off the price of a cart, which go together, and who bears it. Pure.

Amounts are whole minor units of one currency. Nothing here knows who has a benefit or whether it is still
valid. One cart and one set of benefits always give the same discount, in whatever order they come.
"""

from bank.promotions.cart import Cart, Line
from bank.promotions.effects import (
    AmountOff,
    CheapestOff,
    Effect,
    FixedPrice,
    NthOff,
    Per,
    PercentOff,
    Tiers,
)
from bank.promotions.reasons import SENTENCES, Reason
from bank.promotions.search import MAX_QUOTED, best
from bank.promotions.sharing import Discounted, shares
from bank.promotions.stacking import MAX_TOGETHER, Applied, Benefit, Quote, together
from bank.promotions.terms import Scope, Terms

__all__ = [
    "MAX_QUOTED",
    "MAX_TOGETHER",
    "SENTENCES",
    "AmountOff",
    "Applied",
    "Benefit",
    "Cart",
    "CheapestOff",
    "Discounted",
    "Effect",
    "FixedPrice",
    "Line",
    "NthOff",
    "Per",
    "PercentOff",
    "Quote",
    "Reason",
    "Scope",
    "Terms",
    "Tiers",
    "best",
    "shares",
    "together",
]
