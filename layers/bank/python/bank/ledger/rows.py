"""The rows that keep an account's balance (`bank.ledger.parts`), read and changed together."""

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import store
from bank.ledger.tables import AccountRow
from bank.store import Transaction


def whole(row: AccountRow) -> AccountRow:
    """The account's own row as it was read, with its further ones: one round trip, where there are any."""
    return wholes([row])[0]


def wholes(read: Sequence[AccountRow]) -> list[AccountRow]:
    """Accounts' own rows as they were read, each with its further ones. One round trip, if any has some.

    It is no picture of one instant: what one row took in and another paid meanwhile may be missing in both.
    So a sum answers and refuses; what is taken stands under the conditions of each row.
    """
    keys: list[store.Key] = [(AccountRow, row_id) for row in read for row_id in row.row_ids[1:]]
    if keys:
        found = {row.account_id: row for row in store.get_many(keys) if row is not None}
        for row in read:
            row.further = [found[row_id] for row_id in row.row_ids[1:] if row_id in found]
    return list(read)


def lately(row: AccountRow) -> AccountRow:
    """The account's own row as it was read, with its further ones of lately (`bank.store.recent`).

    For facts alone, such as how much a merchant takes in: nothing is paid by it, and no condition made of it.
    """
    keys = [store.lately(AccountRow, row_id) for row_id in row.row_ids[1:]]
    row.further = [further for further in store.get_many(keys) if further is not None]
    return row


def change(
    transaction: Transaction, row: AccountRow, actions: Sequence[Action], condition: Condition
) -> None:
    """Change every row of an account that was read whole, while `condition` holds for each of them.

    Refused (Stale) where it does not any more, or there are more rows.
    """
    every = [row, *(row.further or ())]
    assert len(every) == row.row_count, f"not all rows of {row.account_id} were read"
    for each in every:
        as_many = as_many_as(each)
        transaction.update((AccountRow, each.account_id), actions, condition & as_many, store.stale)


def as_many_as(row: AccountRow) -> Condition:
    """As many rows keep the balance as the row that was read says; a condition on it."""
    none: Condition = AccountRow.parts.does_not_exist()
    return none if row.parts is None else AccountRow.parts == int(row.parts)
