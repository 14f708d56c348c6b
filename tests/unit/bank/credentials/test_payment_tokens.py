"""Payment tokens on moto: good once, for five minutes, for one amount, currency and payee."""

from datetime import timedelta
from typing import Any

import pytest

from bank import clock, errors, store
from bank.credentials import payment_tokens
from bank.store import Transaction
from tests.support.streams import Cloud

BOUND: dict[str, Any] = {"customer_id": "cus_1", "amount": 150_000, "currency": "CNY", "payee": "mer_1"}


def issued() -> str:
    transaction = Transaction()
    token, _ = payment_tokens.issue(transaction, **BOUND, method="payment_password")
    transaction.commit()
    return token


def read(token: str) -> payment_tokens.PaymentTokenRow | None:
    row: payment_tokens.PaymentTokenRow | None = store.get_many([payment_tokens.key(token)])[0]
    return row


def required(token: str, **other: Any) -> payment_tokens.PaymentTokenRow:
    return payment_tokens.require(read(token), **{**BOUND, **other}, now=clock.instant())


def spend(token: str, record_id: str) -> None:
    transaction = Transaction()
    payment_tokens.spend(transaction, required(token), record_id=record_id)
    transaction.commit()


def test_a_token_pays_what_it_was_issued_for(cloud: Cloud) -> None:
    token = issued()

    spend(token, "pay_1")

    row = read(token)
    assert row is not None
    assert row.used_by == "pay_1"


@pytest.mark.parametrize(
    "other",
    [
        {"customer_id": "cus_2"},
        {"amount": 150_001},
        {"amount": 149_999},
        {"currency": "USD"},
        {"payee": "mer_2"},
    ],
)
def test_a_token_is_good_for_nothing_else(cloud: Cloud, other: dict[str, Any]) -> None:
    token = issued()

    with pytest.raises(errors.Forbidden) as raised:
        required(token, **other)

    assert (raised.value.status, raised.value.code) == (403, "payment_token_invalid")


def test_an_unknown_token_is_good_for_nothing(cloud: Cloud) -> None:
    issued()

    with pytest.raises(errors.Forbidden):
        required("ptk_" + "A" * 43)


def test_a_token_is_spent_once_and_by_the_same_record_again(cloud: Cloud) -> None:
    token = issued()
    spend(token, "pay_1")

    spend(token, "pay_1")
    with pytest.raises(errors.Forbidden):
        spend(token, "pay_2")

    row = read(token)
    assert row is not None
    assert row.used_by == "pay_1"


def test_a_token_read_in_time_is_not_spent_too_late(cloud: Cloud) -> None:
    """The clock of the write decides, not that of the read."""
    then = clock.now()
    with clock.source(lambda: then):
        token = issued()
        row = required(token)
    later = then + payment_tokens.GOOD_FOR

    with clock.source(lambda: later):
        with pytest.raises(errors.Forbidden):
            required(token)
        transaction = Transaction()
        payment_tokens.spend(transaction, row, record_id="pay_1")
        with pytest.raises(errors.Forbidden):
            transaction.commit()

    with clock.source(lambda: later - timedelta(microseconds=1)):
        spend(token, "pay_1")


def test_a_movement_that_does_not_happen_leaves_the_token_unspent(cloud: Cloud) -> None:
    token = issued()
    transaction = Transaction()
    payment_tokens.spend(transaction, required(token), record_id="pay_1")
    transaction.update(
        (payment_tokens.PaymentTokenRow, "none"),
        [payment_tokens.PaymentTokenRow.payee.set("x")],
        payment_tokens.PaymentTokenRow.payee.exists(),
        store.stale,
    )

    with pytest.raises(store.Stale):
        transaction.commit()

    spend(token, "pay_2")


def test_nothing_stored_is_the_token(cloud: Cloud) -> None:
    token = issued()

    row = read(token)

    assert row is not None
    values = [str(getattr(row, name)) for name in row.get_attributes()]
    assert not [value for value in values if token in value or token.removeprefix("ptk_") in value]
