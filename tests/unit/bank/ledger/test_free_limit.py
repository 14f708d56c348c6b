"""The free limit: what leaves a customer's wallet in a day without a payment token, whoever was quicker."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bank import ledger, store
from bank.ledger import AccountRow, WalletCustomer
from bank.ledger.velocity import Spend
from bank.store import Stale, Transaction
from tests.unit.bank.ledger.given import Clock, a_ledger, account, hold, journal, post, read, wallet

SHOP = "stl_shop"
LIMIT = 1_000
CONFIRMED = Spend(confirmed=True)
UNTIL = "2026-03-01T00:00:00.000000Z"


def customers_wallet(free_limit: int = LIMIT) -> str:
    """A wallet with money on it, and who it is."""
    account_id, transaction = wallet(100_000), Transaction()
    facts = WalletCustomer("cus_1", level=2, free_limit=free_limit, since="").on()
    ledger.accounts.set_metadata(transaction, account_id, facts)
    transaction.commit()
    return account_id


def prepared(payer: str, amount: int, spending: Spend | None = None) -> Transaction:
    """The transaction of a spend, decided on what is now."""
    transaction, made = Transaction(), journal({payer: -amount, SHOP: amount})
    ledger.post(transaction, made, read(made), made_by="cli_1", spending={payer}, spend=spending)
    return transaction


def spend(payer: str, amount: int, spending: Spend | None = None) -> None:
    prepared(payer, amount, spending).commit()


def test_of_ten_at_once_as_many_go_through_as_are_free(time: Clock) -> None:
    payer = customers_wallet()
    spend(payer, 1)
    ready = [prepared(payer, 300) for _ in range(10)]

    passed = 0
    for each in ready:
        try:
            each.commit()
            passed += 1
        except Stale:
            continue

    assert (passed, account(payer).balance) == (3, 100_000 - 901)
    assert account(payer).free_spent == 901


def test_the_first_of_a_day_are_no_exception(time: Clock) -> None:
    payer = customers_wallet()
    spend(payer, 900)
    time.forward(days=1)
    first, second = prepared(payer, 600), prepared(payer, 600)
    first.commit()

    with pytest.raises(Stale):
        second.commit()
    with pytest.raises(Stale):
        prepared(payer, 600)


def test_holds_count_and_what_goes_with_a_token_does_not(time: Clock) -> None:
    payer = customers_wallet()
    spend(payer, 50_000, CONFIRMED)
    hold(payer, 600, expires_at=UNTIL)
    spend(payer, 20_000, CONFIRMED)

    with pytest.raises(Stale):
        hold(payer, 401, expires_at=UNTIL)
    with pytest.raises(Stale):
        prepared(payer, 401)
    spend(payer, 400)


def test_more_than_the_limit_at_once_is_not_written_either(time: Clock) -> None:
    payer = customers_wallet(free_limit=0)
    spend(payer, 1, CONFIRMED)
    for _ in range(2):
        with pytest.raises(Stale):
            prepared(payer, 1)
        time.forward(days=1)


def test_a_wallet_of_no_customer_has_none(time: Clock) -> None:
    payer = wallet(10_000)
    spend(payer, 10_000)
    row = store.get(AccountRow, payer)

    assert row is not None
    assert "fs" not in row.serialize()


steps = st.lists(st.tuples(st.integers(1, 600), st.booleans(), st.sampled_from([0, 0, 5, 20])), max_size=12)


@given(steps)
@settings(max_examples=25, deadline=None)
def test_no_day_has_more_without_tokens(history: list[tuple[int, bool, int]]) -> None:
    with a_ledger() as books:
        payer, free, refused = customers_wallet(), 0, 0
        day = account(payer).day
        for amount, confirmed, hours in history:
            books.time.forward(hours=hours)
            try:
                spend(payer, amount, Spend(confirmed=confirmed))
            except Stale:
                refused += 1
                assert not confirmed
                continue
            now = account(payer).day
            free, day = (free if now == day else 0), now
            free += 0 if confirmed else amount
            assert free <= LIMIT
            assert account(payer).free_spent == free


def test_what_comes_in_gives_nothing_back(time: Clock) -> None:
    payer = customers_wallet()
    spend(payer, LIMIT)
    post({payer: 500, ledger.internal("funding", "CNY"): -500}, kind="deposit")

    with pytest.raises(Stale):
        prepared(payer, 1)
