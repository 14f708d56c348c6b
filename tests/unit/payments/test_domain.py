"""The rules of payments, for every amount."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.money import MAX_AMOUNT
from payments.domain import Captured, Merchant, RefundTooLarge, Status, payment_journal, refund_parts

amounts = st.integers(1, MAX_AMOUNT)
merchants = st.builds(
    Merchant,
    merchant_id=st.just("mer_1"),
    active=st.just(True),
    fee_basis_points=st.integers(0, 10_000),
    fee_min=st.integers(0, 1_000),
    fee_max=st.none() | st.integers(0, 100_000),
)


@given(merchants, amounts)
def test_a_fee_is_within_its_bounds_and_the_amount(merchant: Merchant, amount: int) -> None:
    fee = merchant.fee(amount)

    assert 0 <= fee <= amount
    if merchant.fee_max is not None:
        assert fee <= merchant.fee_max
    if merchant.fee_max is None or merchant.fee_min <= merchant.fee_max:
        assert fee >= min(merchant.fee_min, amount)


@given(merchants, amounts)
def test_a_payment_balances_whatever_the_fee(merchant: Merchant, amount: int) -> None:
    journal = payment_journal(
        record_id="pay_1",
        kind="payment",
        payment_id="pay_1",
        payer="wal_1",
        settlement="stl_1",
        currency="CNY",
        amount=amount,
        fee=merchant.fee(amount),
        booked_at="2026-11-21T00:00:00.000000Z",
    )

    assert sum(leg.amount for leg in journal.legs) == 0
    assert [leg.account_id for leg in journal.immediate] == ["wal_1"]


@given(merchants, st.integers(1, 10_000), st.data())
def test_partial_refunds_add_up_to_the_whole(merchant: Merchant, amount: int, data: st.DataObject) -> None:
    fee = merchant.fee(amount)
    splittable = data.draw(st.integers(0, amount - fee))
    money = Captured(amount, 0, fee, 0, splittable)
    while money.refundable:
        part = data.draw(st.integers(1, money.refundable))
        parts = refund_parts(money, part)
        assert parts.from_fee >= 0
        assert parts.from_merchant >= 0
        assert parts.from_fee + parts.from_merchant == part
        assert parts.from_splittable <= money.splittable
        money = replace(
            money,
            refunded=money.refunded + part,
            fee_returned=money.fee_returned + parts.from_fee,
            splittable=money.splittable - parts.from_splittable,
        )
        assert (parts.status is Status.REFUNDED) == (money.refundable == 0)
    assert money.fee_returned == fee


@given(amounts, st.integers(1, 100))
def test_no_more_than_was_captured_is_refunded(amount: int, over: int) -> None:
    money = Captured(amount, 0, 0, 0, amount)

    with pytest.raises(RefundTooLarge):
        refund_parts(money, amount + over)
