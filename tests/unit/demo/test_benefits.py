"""The demo of benefits: what SQL says of the file is what one gets who goes through it order by order."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bank import ledger, risk
from bank.money import allocate, portion
from infra.demo import purchases
from infra.demo.benefits import expected, newcomers, plan
from infra.demo.benefits.__main__ import differences
from infra.demo.benefits.expected import Figures
from infra.demo.benefits.plan import Order
from infra.demo.seed import MERCHANTS, MUSIC
from tests.support.streams import Cloud


def slowly(*, customers: int, claimants: int, path: Path) -> Figures:
    """The figures, order by order, with the kernel's arithmetic."""
    made = plan.plan(purchases.read(path), customers=customers, claimants=claimants)
    coupon, points = Counter[str](), Counter[str]()
    first = {order.purchase.customer: order.purchase.cents // 100 for order in made.first}
    for order in (*made.first, *made.later):
        one_coupon(coupon, order)
        paid, back = in_money(order)
        earned = paid // 100
        if order in made.later and first[order.purchase.customer] >= plan.GOLD_FROM:
            earned = earned * plan.GOLD_PERCENT // 100
        points["issued"] += portion(earned, paid - back, paid)
    issued = len(made.customers) * plan.COUPONS_EACH
    redeemed = len(made.redeemers) * plan.REDEEMED
    given_away = min(plan.CODES, len(made.claims))
    borne = coupon["head"] + coupon["merchant"]
    figures = {
        "coupon": {
            "issued": issued,
            "held": 0,
            "redeemed": coupon["redeemed"],
            "expired": issued - coupon["redeemed"],
            "left": expected.STOCK - issued,
            "budget left": expected.STOCK * plan.STEPS[-1][1] - borne,
            "borne by head office": coupon["head"],
            "borne by merchant": coupon["merchant"],
            "paid by customers": coupon["paid"],
            "fees": coupon["fees"],
            "for the merchant": coupon["paid"] + coupon["head"] - coupon["fees"],
        },
        "points": {
            "issued": points["issued"],
            "held": points["issued"] - redeemed,
            "redeemed": redeemed,
            "expired": 0,
            "in the second tier": sum(each >= plan.GOLD_FROM for each in first.values()),
        },
        "pool": {
            "claims": len(made.claims),
            "issued": given_away,
            "held": given_away,
            "redeemed": 0,
            "expired": 0,
            "left": plan.CODES - given_away,
            "refused": len(made.claims) - given_away,
        },
    }
    return {(product, name): amount for product, of in figures.items() for name, amount in of.items()}


def in_money(order: Order) -> tuple[int, int]:
    """What the customer pays of one order, and gets back of that: what earns points, and takes them back."""
    discount, back = discounts(order)
    return order.purchase.cents - discount, sum(order.refunds) - back


def discounts(order: Order) -> tuple[int, int]:
    """What its coupon takes off, and what goes back of that."""
    cents = order.purchase.cents
    discount = max((off for threshold, off in plan.STEPS if cents >= threshold), default=0)
    discount = discount if order.coupon else 0
    return discount, portion(discount, sum(order.refunds), cents)


def one_coupon(sums: Counter[str], order: Order) -> None:
    """Who bears how much of one order, and pays the rest, after its refunds."""
    cents, refund = order.purchase.cents, sum(order.refunds)
    discount, back = discounts(order)
    shares = allocate(discount, list(plan.BEARERS.values()))
    backs = allocate(back, shares) if back else [0, 0]
    for name, share, returned in zip(("head", "merchant"), shares, backs, strict=True):
        sums[name] += share - returned
    fee = portion(cents, MERCHANTS[MUSIC]["fee"]["basis_points"], 10_000)
    sums["fees"] += fee - portion(fee, refund, cents)
    sums["paid"] += cents - refund - (discount - back)
    sums["redeemed"] += order.coupon and refund < cents


@pytest.mark.parametrize(("customers", "claimants"), [(60, 2_000), (1, 1), (700, 2_357), (0, 0)])
def test_sql_says_of_the_file_what_its_orders_come_to(customers: int, claimants: int) -> None:
    asked = {"customers": customers, "claimants": claimants, "path": purchases.SAMPLE}

    assert expected.figures(**asked) == slowly(**asked)  # type: ignore[arg-type]


visits = st.tuples(st.integers(1, 9), st.integers(19970101, 19970131), st.integers(0, 30_000))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(visits, min_size=1, max_size=60), customers=st.integers(0, 9), claimants=st.integers(0, 9)
)
def test_so_it_does_of_any_file(
    lines: list[tuple[int, int, int]], customers: int, claimants: int, tmp_path: Path
) -> None:
    path = tmp_path / "purchases.txt"
    rows = [
        f" {each + 100:05d} {each:04d} {day}  1 {cents // 100:>4}.{cents % 100:02d}"
        for each, day, cents in lines
    ]
    path.write_text("\n".join(rows) + "\n")

    found = expected.figures(customers=customers, claimants=claimants, path=path)

    assert found == slowly(customers=customers, claimants=claimants, path=path)


def test_the_job_is_of_the_size_that_was_asked_for() -> None:
    made = plan.plan(purchases.read(), customers=60, claimants=2_000)
    spent: defaultdict[str, int] = defaultdict(int)
    for order in (*made.first, *made.later):
        spent[order.purchase.customer] += order.purchase.cents

    assert (len(made.claims), len(set(made.claims))) == (5_000, 2_000)
    assert max(Counter(made.claims).values()) == plan.CLAIMS_FIRST
    assert max(spent.values()) <= plan.SPENT
    assert {len(order.refunds) for order in made.later if order.coupon} == {0, 1, 2}
    assert any(order.coupon is False for order in made.later)


def test_every_figure_that_differs_is_named() -> None:
    wanted = {("coupon", "issued"): 3, ("coupon", "held"): 0}

    wrong = differences({("coupon", "issued"): 2, ("pool", "left"): 1}, wanted, {"CNY": 0, "PTS": 1})

    assert wrong == [
        "coupon, issued: the bank has 2, the file says 3",
        "coupon, held: the bank has None, the file says 0",
        "pool, left: the bank has 1, the file says None",
        "the trial balance is {'CNY': 0, 'PTS': 1}",
    ]
    assert differences(wanted, wanted, {"CNY": 0}) == []


def test_customers_who_are_taken_over_have_wallets_of_their_own(cloud: Cloud) -> None:
    made = list(newcomers._take_over("cli_test", 21))

    assert len({customer_id for customer_id, _ in made}) == len({wallet for _, wallet in made}) == 21
    customer_id, account_id = made[-1]
    wallet = ledger.accounts.find(account_id).to_domain()
    assert risk.customer_of(wallet) == customer_id
    assert (wallet.currency, wallet.balance) == ("CNY", 0)
