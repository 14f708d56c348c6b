"""Customers' accounts of points: their ids, their rows, and what one write makes of their lots."""

from collections.abc import Mapping

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, ids, store
from bank.config import config
from bank.ledger import AccountRow, Kind, Status
from bank.ledger.accounts import new_row
from bank.ledger.counting import Change
from bank.ledger.domain import PREFIXES, PTS
from bank.ledger.lots import Lots
from bank.ledger.wallets import wallet_id
from bank.store import Transaction


def account_id(customer_id: str) -> str:
    """The id of a customer's account of points: there is no second one."""
    return of_wallet(wallet_id(customer_id, config.home_currency))


def of_wallet(account_id: str) -> str:
    """The id of the account of points of whoever has this wallet in the home currency.

    It follows from the wallet's, so that who knows a payer by the wallet alone reads both at once.
    """
    return ids.derived(PREFIXES[Kind.POINTS], account_id)


def key(customer_id: str) -> store.Key:
    """The key of that account, for a batch read."""
    return AccountRow, account_id(customer_id)


def opened(*, customer_id: str, client_id: str, unit_id: str) -> AccountRow:
    """The row of a customer's account at zero, for the transaction that opens it."""
    return new_row(
        account_id=account_id(customer_id),
        owner_id=customer_id,
        kind=Kind.POINTS,
        currency=PTS,
        client_id=client_id,
        unit_id=unit_id,
    )


def lots_of(row: AccountRow) -> Lots:
    """The lots of an account, as they stand on its row."""
    return Lots.unpack(row.lots or "")


def month() -> str:
    """This month (YYYY-MM) in Shanghai: lots of it are good until it ends."""
    return clock.business_date().isoformat()[:7]


def spendable(row: AccountRow) -> Mapping[str, int]:
    """Points that can be spent now, by the month at whose end they expire."""
    return lots_of(row).spendable(month())


def change(row: AccountRow, after: Lots, *, statuses: frozenset[Status]) -> Change:
    """Have an account's lots become `after`, as long as they are as read and its status is one of these.

    The balance is posting's to change.
    """
    before, packed = lots_of(row), after.pack()
    actions: list[Action] = [AccountRow.lots.set(packed)]
    for attribute, by in (
        (AccountRow.available, after.available - before.available),
        (AccountRow.held, after.held - before.held),
    ):
        if by:
            actions.append(attribute.set(attribute + by))
    as_read = AccountRow.lots == row.lots if row.lots else AccountRow.lots.does_not_exist()
    condition: Condition = as_read & AccountRow.status.is_in(*sorted(statuses))
    return actions, condition


def rewrite(transaction: Transaction, row: AccountRow, after: Lots, *, statuses: frozenset[Status]) -> None:
    """Change the lots of an account whose balance stays: one update, refused (Stale) unless it is as read."""
    actions, condition = change(row, after, statuses=statuses)
    transaction.update((AccountRow, row.account_id), actions, condition, store.stale)
