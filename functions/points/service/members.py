"""Customers as far as points go: their row, and their account as it is now."""

from typing import Any

from bank import clock, ids, ledger, store
from bank.access.principal import Ownership
from bank.ledger import AccountRow
from bank.ledger.lots import Lots
from bank.points import accounts, booking
from bank.store import Transaction
from points.tables import MemberRow

# Names what made a journal, where others name who asked.
JOB = "points"


def key(customer_id: str) -> store.Key:
    """Key of a customer's row."""
    return MemberRow, customer_id


def new(customer_id: str) -> MemberRow:
    """The row of a customer who has none."""
    return MemberRow(customer_id=customer_id)


def change(transaction: Transaction, row: MemberRow, **changed: Any) -> None:
    """Write attributes of a customer's row that was read, or made by `new`; else Stale."""
    revision = int(row.revision)
    read = MemberRow.revision == revision if revision else MemberRow.revision.does_not_exist()
    actions = [getattr(MemberRow, name).set(value) for name, value in changed.items()]
    transaction.update(
        (MemberRow, row.customer_id), [*actions, MemberRow.revision.set(revision + 1)], read, store.stale
    )


def opened(owner: Ownership) -> AccountRow:
    """The account of a customer, which is opened where there is none, without what has expired."""
    customer_id = owner.customer_id
    row = store.get(*accounts.key(customer_id))
    if row is None:
        made = accounts.opened(customer_id=customer_id, client_id=owner.client_id, unit_id=owner.unit_id)
        row, _ = ledger.accounts.open_account(made)
    return current(row)


def current(row: AccountRow) -> AccountRow:
    """The account as it was read, without what has expired: that is booked first. Raises Stale."""
    before = accounts.lots_of(row)
    past = before.past(accounts.month())
    if not past:
        return row
    book_journal(
        row, before.without_free(past), kind="points-expired", reference=max(past), once=str(row.version)
    )
    raise store.Stale


def book_journal(row: AccountRow, after: Lots, *, kind: str, reference: str, once: str) -> None:
    """Book what becomes of an account's lots, in a transaction of its own. Raises Stale."""
    transaction = Transaction()
    add_journal(transaction, row, after, kind=kind, reference=reference, once=once)
    try:
        transaction.commit()
    except store.AlreadyExists:
        raise store.Stale from None


def add_journal(
    transaction: Transaction, row: AccountRow, after: Lots, *, kind: str, reference: str, once: str
) -> None:
    """Add the journal of what becomes of an account's lots; account, kind and `once` make its id."""
    booking.book_journal(
        transaction,
        row,
        after,
        journal_id=ids.derived("jrn", row.account_id, kind, once),
        kind=kind,
        reference=reference,
        booked_at=clock.instant(),
        made_by=JOB,
    )
