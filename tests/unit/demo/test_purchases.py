"""The purchases that the demo replays."""

from infra.demo import purchases
from infra.demo.purchases import Purchase


def test_every_line_of_the_sample_is_a_purchase_in_order_of_date() -> None:
    """As infra/data/cdnow/README.md says."""
    found = purchases.read()
    assert len(found) == 6_919
    assert len({purchase.customer for purchase in found}) == 2_357
    assert sum(not purchase.cents for purchase in found) == 8
    assert [purchase.date for purchase in found] == sorted(purchase.date for purchase in found)


def test_dollars_become_cents_exactly() -> None:
    """The first line of the file."""
    first = min(purchases.read(), key=lambda purchase: purchase.line)
    assert first == Purchase(line=1, customer="own_0001", date="19970101", discs=2, cents=2_933)


def test_deposits_cover_what_each_customer_spends_in_round_sums() -> None:
    """One deposit a customer, rounded up to ten dollars."""
    spent = [
        Purchase(1, "own_a", "19970101", 1, 999),
        Purchase(2, "own_b", "19970101", 1, 1_000),
        Purchase(3, "own_a", "19970102", 1, 2),
    ]
    assert purchases.deposits(spent) == {"own_a": 2_000, "own_b": 1_000}
