"""The money that an act at hand is about, as the record says: by it, its approval's rule says who checks.

Rooms say it as soon as they have read the record. Apart from the gate, which few requests need.
"""

from contextvars import ContextVar
from typing import NamedTuple


class Stake(NamedTuple):
    """Money at stake: minor units of its currency."""

    amount: int | None
    currency: str | None


NONE = Stake(None, None)

at_hand: ContextVar[Stake] = ContextVar("stake", default=NONE)


def about(amount: int, currency: str) -> None:
    """Say that the act at hand is about this amount (minor units)."""
    at_hand.set(Stake(int(amount), currency))
