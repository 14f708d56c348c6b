"""Plan of the demo: whose purchases are made, which of them use a coupon, what is refunded. Pure.

CDNOW's dollars are taken for yuan: points are earned by what is paid in the home currency.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.demo.purchases import Purchase

# The sample: customers who came so often, and spent so much at most in all, which is what the bank lets a
# customer whose name is not verified yet spend in a year (minor units).
FEWEST, MOST, SPENT = 3, 8, 900_00
# The coupon: amounts off from thresholds on, in minor units, and who bears how much, in basis points.
STEPS = ((20_00, 1_99), (40_00, 4_99), (80_00, 9_99))
BEARERS = {"head_office": 6_000, "merchant": 4_000}
COUPONS_EACH = 3
# Of the purchases with a coupon, in order of line, every fourth is refunded by half, every eighth whole.
HALF_EVERY, WHOLE_EVERY = 4, 8
# Points: one a yuan; from so many in a year on, half as many again. So many are redeemed, by who has them.
GOLD_FROM, GOLD_PERCENT, REDEEMED = 20, 150, 25
# The pool: so many codes; claims of each customer, and of the first of them.
CODES, CLAIMS_EACH, CLAIMS_FIRST, FIRST = 300, 2, 3, 1_000


@dataclass(frozen=True)
class Order:
    """A purchase to make, with a coupon or without, and the refunds that follow it (minor units)."""

    purchase: Purchase
    coupon: bool = False
    refunds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Orders of the sample's customers: their first ones, then all others; and how often whom claims."""

    first: tuple[Order, ...]
    later: tuple[Order, ...]
    claims: tuple[str, ...]

    @property
    def customers(self) -> list[str]:
        """The sample, in order of first purchases."""
        return [order.purchase.customer for order in self.first]

    @property
    def redeemers(self) -> list[str]:
        """Customers who redeem points once the first purchases are booked."""
        return [order.purchase.customer for order in self.first if order.purchase.cents // 100 >= REDEEMED]


def plan(purchases: Sequence[Purchase], *, customers: int, claimants: int) -> Plan:
    """Plan for the first `customers` of the sample and `claimants` of the file, in order of their ids."""
    of: defaultdict[str, list[Purchase]] = defaultdict(list)
    for each in purchases:
        of[each.customer].append(each)
    by_id = sorted(of, key=lambda customer: int(customer.removeprefix("own_")))
    sample = [customer for customer in by_id if _is_of_sample(of[customer])][:customers]
    # Those who came on the same day are in order of the file's lines, as `purchases` are.
    later = [order for customer in sample for order in _later(of[customer][1:])]
    return Plan(
        first=tuple(Order(of[customer][0]) for customer in sample),
        later=tuple(_refunded(sorted(later, key=lambda order: order.purchase.line))),
        claims=tuple(
            customer
            for rank, customer in enumerate(by_id[:claimants])
            for _ in range(CLAIMS_FIRST if rank < FIRST else CLAIMS_EACH)
        ),
    )


def _is_of_sample(made: Sequence[Purchase]) -> bool:
    cents = [each.cents for each in made]
    return FEWEST <= len(made) <= MOST and min(cents) > 0 and sum(cents) <= SPENT


def _later(made: Iterable[Purchase]) -> list[Order]:
    """A coupon is used on each purchase that is large enough, while the customer has one."""
    left, orders = COUPONS_EACH, []
    for each in made:
        use = left > 0 and each.cents >= STEPS[0][0]
        left -= use
        orders.append(Order(each, coupon=use))
    return orders


def _refunded(orders: Iterable[Order]) -> Iterable[Order]:
    number = 0
    for order in orders:
        number += order.coupon
        whole, half = order.purchase.cents, order.purchase.cents // 2
        if not order.coupon or number % HALF_EVERY:
            yield order
        elif number % WHOLE_EVERY:
            yield Order(order.purchase, True, (half,))
        else:
            yield Order(order.purchase, True, (half, whole - half))
