"""The bank's own accounts: which there are, where they may stand, and who is told when they do not."""

from typing import Any

import pytest

from bank import clock, ledger, store
from bank.ledger import AccountKind, CurrencyMismatch, Kind, chart, verification
from bank.store import Transaction
from tests.unit.bank.ledger.given import FEES, FUNDING, Books, journal, post, settlement, wallet
from tests.unit.bank.ledger.test_domain_accounts import an_account

OWN = "int_01M8H8SKE6AVPQEEH76QKSBF5J"


def differences() -> list[tuple[str, str]]:
    return [(each["id"], each["detail"]) for each in verification.verify()["differences"]]


def opened(account_id: str, kind: Kind = Kind.INTERNAL) -> str:
    row = ledger.accounts.new_row(account_id=account_id, owner_id="own_1", kind=kind, currency="CNY")
    ledger.accounts.open_account(row)
    return account_id


def booked_unguarded(amounts: dict[str, int]) -> None:
    """As before the chart was asked: the journal alone, its legs left to the applier."""
    transaction = Transaction()
    transaction.create(ledger.JournalRow.of(journal(amounts)))
    transaction.commit()


@pytest.mark.parametrize(
    ("account_id", "balance", "sound"),
    [
        ("int_funding_CNY", -(10**12), True),
        ("int_funding_CNY", 0, True),
        ("int_funding_CNY", 1, False),
        ("int_fees_USD", 1, True),
        ("int_fees_USD", -1, False),
        ("int_payouts_CNY", 10**12, True),
        ("int_payouts_CNY", -1, False),
        (OWN, 0, False),
        ("int_cash_CNY", 0, False),
        ("int__CNY", 0, False),
    ],
)
def test_each_stands_on_its_side_of_zero(account_id: str, balance: int, sound: bool) -> None:
    assert (chart.complaint(account_id, balance) is None) == sound


def test_a_journal_on_an_internal_account_of_no_chart_is_not_posted(books: Books) -> None:
    payee = wallet()

    with pytest.raises(ValueError, match=OWN):
        post({payee: 5, OWN: -5})
    assert ledger.accounts.find(payee).balance == 0


def test_a_caller_names_wallets_and_settlement_accounts_only_where_they_are_good() -> None:
    assert ledger.naming_mistake(an_account(Kind.WALLET), "CNY") is None
    assert isinstance(ledger.naming_mistake(an_account(Kind.WALLET), "USD"), CurrencyMismatch)
    assert isinstance(ledger.naming_mistake(an_account(Kind.SETTLEMENT), "CNY"), AccountKind)
    assert ledger.naming_mistake(an_account(Kind.SETTLEMENT), "CNY", settlement=True) is None
    assert isinstance(
        ledger.naming_mistake(an_account(Kind.SETTLEMENT), "USD", settlement=True), CurrencyMismatch
    )
    assert isinstance(ledger.naming_mistake(an_account(Kind.INTERNAL)), AccountKind)
    with pytest.raises(ledger.AccountNotFound):
        ledger.accounts.named("wal_x", None, principal=None)


@pytest.mark.parametrize("kind", ["payment", "transfer", "withdrawal", "deposit", "anything"])
def test_a_settlement_account_pays_for_nothing_but_refunds_splits_and_payouts(
    books: Books, kind: str
) -> None:
    """Whatever room asks: its merchant's suspension and cycle would be passed by."""
    shop, payee = settlement(), wallet()
    post({shop: 500, ledger.internal("funding", "CNY"): -500})
    books.settle()

    with pytest.raises(ValueError, match=shop):
        post({shop: -100, payee: 100}, kind=kind)
    for settling in ("refund", "split", "payout"):
        post({shop: -100, payee: 100}, kind=settling)
    books.settle()

    assert ledger.accounts.find(shop).balance == 200


def test_money_withdrawn_from_an_internal_account_that_somebody_opened_is_named(books: Books) -> None:
    """The attack that was shown: 10^12 from a balance of zero, both sides deferred."""
    wallet(500)
    booked_unguarded({opened(OWN): -(10**12), FUNDING: 10**12})
    books.settle()
    books.time.forward(minutes=5)

    assert differences() == [
        (OWN, "is an internal account that the chart does not have"),
        (FUNDING, f"stands at {10**12 - 500}, beyond its bounds of {-ledger.NO_LIMIT} to 0"),
    ]


def test_an_internal_account_that_was_only_opened_is_named(books: Books) -> None:
    opened(OWN)

    assert [name for name, _ in differences()] == [OWN]


def test_a_fee_that_is_returned_before_it_is_booked_is_no_difference(books: Books) -> None:
    payer = wallet(1_000)
    books.settle()
    post({payer: -10, FEES: 10})
    refund = journal({payer: 4, FEES: -4}, "refund")
    transaction = Transaction()
    ledger.post(transaction, refund, ledger.accounts.by_id([ledger.accounts.find(payer)]), made_by="cli_1")
    transaction.commit()
    ledger.applier.apply([refund])
    books.time.forward(seconds=30)

    assert ledger.accounts.find(FEES).balance == -4
    assert differences() == []


def test_a_wallet_in_debit_is_named_whatever_its_postings_say(books: Books) -> None:
    payer = wallet(100)
    books.settle()
    at, row = clock.instant(), ledger.accounts.find(payer)
    row.balance = row.available = -50
    row.version, row.booked_at = int(row.version) + 1, at
    made: dict[str, Any] = {payer: -150, FEES: 150}
    row.last = ledger.posting.last_posting(journal(made), journal(made).legs[0], -150)
    store.put_many([row])
    books.settle()
    books.time.forward(minutes=5)

    assert (payer, "is overdrawn: -50") in differences()
