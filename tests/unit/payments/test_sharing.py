"""Discounts divided over captures and refunds: whatever the parts, all have back what they paid."""

from collections import Counter
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bank.benefits import bearers
from bank.benefits.bearers import POINTS
from bank.points.worth import price
from payments import domain
from payments.domain import journals
from payments.service import sharing
from payments.tables import LinesRow, PaymentRow

PRICES = st.lists(st.integers(min_value=1, max_value=3_000), min_size=1, max_size=4)
FACTS = {"payer": "wal_1", "settlement": "stl_1", "currency": "CNY", "booked_at": ""}


def payment_of(data: Any, prices: list[int]) -> tuple[PaymentRow, LinesRow]:
    """A captured payment on which two benefits gave something, borne by several, and points paid some."""
    discounts: list[dict[str, int]] = []
    for cost in prices:
        first = data.draw(st.integers(min_value=0, max_value=cost))
        second = data.draw(st.integers(min_value=0, max_value=cost - first))
        third = data.draw(st.integers(min_value=0, max_value=cost - first - second))
        discounts.append({"ent_a": first, "ent_b": second, POINTS: third})
    shares: dict[str, dict[str, int]] = {}
    for name, names in (("ent_a", ("head_office", "merchant")), ("ent_b", ("unit:b", "supplier:s"))):
        total = sum(each[name] for each in discounts)
        part = data.draw(st.integers(min_value=0, max_value=total))
        shares[name] = dict(zip(names, (part, total - part), strict=True))
    shares[POINTS] = {POINTS: sum(each[POINTS] for each in discounts)}
    amount = sum(prices)
    borne = shares["ent_a"]["merchant"]
    assume(borne < amount)
    fee = data.draw(st.integers(min_value=0, max_value=amount - borne))
    row = PaymentRow(
        payment_id="pay_1",
        amount=amount,
        captured_amount=amount,
        refundable=amount,
        fee=fee,
        splittable=amount - fee - borne,
        shares=shares,
        status="succeeded",
    )
    lines = LinesRow(
        payment_id="pay_1", prices=prices, discounts=discounts, prices_left=prices, discounts_left=discounts
    )
    return row, lines


@given(prices=PRICES, data=st.data(), by_line=st.booleans())
def test_refunds_in_parts_give_each_what_they_paid(prices: list[int], data: Any, by_line: bool) -> None:
    row, lines = payment_of(data, prices)
    money = row.money
    booked = journals.payment_journal(
        record_id="pay_1",
        kind="payment",
        payment_id="pay_1",
        amount=money.captured,
        fee=money.fee,
        shares=row.shares,
        **FACTS,
    )
    points, returned = price(bearers.of_points(row.shares)), 0
    balances = Counter({leg.account_id: leg.amount for leg in booked.legs})

    while row.money.refundable:
        kept = lines if by_line else None
        left = sharing.left(row, kept)
        named = ()
        if by_line:
            number = data.draw(st.sampled_from([at for at, price in enumerate(left.prices, 1) if price]))
            amount = data.draw(st.integers(min_value=1, max_value=left.prices[number - 1]))
            named = ((number, amount),)
        else:
            amount = data.draw(st.integers(min_value=1, max_value=row.money.refundable))
        part, rest = left.divided(sharing.by_line(left, amount, named))
        parts = domain.refund_parts(row.money, amount, sharing.shares_of(part))
        made = journals.refund_journal(refund_id="ref_1", parts=parts, **FACTS)
        assert parts.moved is (made is not None)
        balances.update({leg.account_id: leg.amount for leg in made.legs} if made else {})
        row.refunded_amount = int(row.refunded_amount) + amount
        row.refundable = int(row.refundable) - amount
        row.fee_returned = int(row.fee_returned) + parts.from_fee
        row.splittable = int(row.splittable) - parts.from_splittable
        row.shares_left = {name: dict(each) for name, each in rest.bearers.items()}
        lines.prices_left, lines.discounts_left = list(rest.prices), [dict(each) for each in rest.discounts]
        returned += price(bearers.of_points(parts.shares))
        assert parts.to_payer >= 0
        assert domain.follows(row.money, int(row.refundable), 0)

    assert not any(balances.values()), balances
    assert row.money.net == 0
    assert returned == points
