"""The chart of the bank's own accounts: which there are, and on which side of zero each may stand.

The kernel opens them with their first posting; nobody else opens one, and no caller names one as a side of a
movement (`refusals.naming_mistake`). They are posted in sums behind the answer, without conditions: what
bounds them is this chart, and the verification holds them to it.
"""

from dataclasses import dataclass

from bank.ledger.domain import NO_LIMIT, PTS, Kind, internal, kind_of

# Rows of each (bank.ledger.parts). It may be raised: those that are not there yet are opened when booked on.
PARTS = 16

FEES, FUNDING, PAYOUTS = "fees", "funding", "payouts"
POINTS, POINTS_LIABILITY, POINTS_COST = "points", "points-liability", "points-cost"
MARKETING, SUPPLIERS = "marketing", "suppliers"


@dataclass(frozen=True)
class Bounds:
    """Bounds of a balance, in minor units, both included."""

    lowest: int
    highest: int


IN_CREDIT, IN_DEBIT = Bounds(0, NO_LIMIT), Bounds(-NO_LIMIT, 0)
EITHER = Bounds(-NO_LIMIT, NO_LIMIT)

# Fees are earned, and no more of one is returned than was taken. Funding owes what clients have
# settled of their deposits, and no more leaves than came. Payouts are due to merchants' banks. Points are
# what customers have; the bank owes what they are worth, and has borne that and what was paid with them.
# Marketing is what benefits cost the head office, `marketing-<unit>` what they cost a unit. Suppliers owe
# their shares, and are owed what a refund gives back of one that a statement has settled.
CHART = {
    FEES: IN_CREDIT,
    FUNDING: IN_DEBIT,
    PAYOUTS: IN_CREDIT,
    POINTS: IN_DEBIT,
    POINTS_LIABILITY: IN_CREDIT,
    POINTS_COST: IN_DEBIT,
    MARKETING: IN_DEBIT,
    SUPPLIERS: EITHER,
}
# Of these each unit may have an account of its own.
OF_UNITS = frozenset({MARKETING})


def bounds_of(account_id: str) -> Bounds | None:
    """Bounds of an internal account's balance; None where the bank has no such account."""
    name, _, currency = account_id.removeprefix("int_").rpartition("_")
    known = account_id == internal(name, currency) and (name == POINTS) == (currency == PTS)
    of_units, _, unit = name.partition("-")
    name = of_units if unit and of_units in OF_UNITS else name
    return CHART.get(name) if known else None


def complaint(account_id: str, balance: int) -> str | None:
    """Return what is wrong with an internal account that stands at `balance`, or None."""
    bounds = bounds_of(account_id)
    if bounds is None:
        return "is an internal account that the chart does not have"
    if not bounds.lowest <= balance <= bounds.highest:
        return f"stands at {balance}, beyond its bounds of {bounds.lowest} to {bounds.highest}"
    return None


def require_charted(account_ids: list[str]) -> None:
    """Raise ValueError for an internal account that the chart does not have."""
    for account_id in account_ids:
        if kind_of(account_id) is Kind.INTERNAL and bounds_of(account_id) is None:
            raise ValueError(f"the chart has no internal account {account_id}")
