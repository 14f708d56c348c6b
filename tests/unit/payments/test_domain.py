"""The rules of payments, for every amount."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.money import MAX_AMOUNT, MINOR_DIGITS, basis_points
from payments.domain import Captured, Merchant, RefundTooLarge, Status, refund_parts
from payments.domain.journals import payment_journal

amounts = st.integers(1, MAX_AMOUNT)
merchants = st.builds(
    Merchant,
    merchant_id=st.just("mer_1"),
    status=st.just("active"),
    fee_basis_points=st.integers(0, 10_000),
    fee_min=st.integers(0, 1_000),
    fee_max=st.none() | st.integers(0, 100_000),
    currency=st.just("CNY"),
)
# Of 0, 2 and 3 decimals.
foreign = st.sampled_from([code for code in MINOR_DIGITS if code != "CNY"])


@given(merchants, amounts)
def test_a_fee_is_within_its_bounds_and_the_amount(merchant: Merchant, amount: int) -> None:
    fee = merchant.fee(amount, "CNY")

    assert 0 <= fee <= amount
    if merchant.fee_max is not None:
        assert fee <= merchant.fee_max
    if merchant.fee_max is None or merchant.fee_min <= merchant.fee_max:
        assert fee >= min(merchant.fee_min, amount)


@given(merchants, amounts, foreign)
def test_in_another_currency_the_fee_is_the_rate_whatever_its_minor_unit(
    merchant: Merchant, amount: int, currency: str
) -> None:
    fee = merchant.fee(amount, currency)

    assert fee == basis_points(amount, merchant.fee_basis_points)
    assert abs(fee * 10_000 - amount * merchant.fee_basis_points) <= 5_000


@pytest.mark.parametrize(("currency", "fee"), [("CNY", 100), ("JPY", 2), ("KWD", 2), ("USD", 2)])
def test_a_least_fee_of_100_fen_is_no_third_of_300_yen(currency: str, fee: int) -> None:
    merchant = Merchant("mer_1", "active", 60, 100, None, "CNY")

    assert merchant.fee(300, currency) == fee


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
        fee=merchant.fee(amount, "CNY"),
        booked_at="2026-11-21T00:00:00.000000Z",
    )

    assert sum(leg.amount for leg in journal.legs) == 0
    assert [leg.account_id for leg in journal.immediate] == ["wal_1"]


@given(merchants, st.integers(1, 10_000), st.data())
def test_partial_refunds_add_up_to_the_whole(merchant: Merchant, amount: int, data: st.DataObject) -> None:
    fee = merchant.fee(amount, "CNY")
    splittable = data.draw(st.integers(0, amount - fee))
    money = Captured(amount, 0, fee, 0, splittable)
    while money.refundable:
        part = data.draw(st.integers(1, money.refundable))
        parts = refund_parts(money, part, {})
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
        refund_parts(money, amount + over, {})
