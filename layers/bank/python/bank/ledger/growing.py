"""Growing: a settlement account that takes in much gets more parts (`bank.ledger.parts`), and keeps them."""

from bank import clock, errors, store
from bank.ledger import accounts, parts, rows
from bank.ledger.domain import Kind, Status
from bank.ledger.tables import AccountRow
from bank.observability import logger
from bank.store import Stale, Transaction


def grow(account_id: str) -> None:
    """Give the account as many parts as what it took in in the running minute asks for, and never fewer.

    The new ones begin at zero, with status and freezes of its own row, in the transaction that counts them
    there: whoever changes these does so on as many rows as it read. Where the account changed meanwhile, the
    next booking asks again.
    """
    row = accounts.find(account_id)
    velocity = row.to_domain().velocity.at(int(clock.now().timestamp()))
    count, wanted = row.row_count, parts.wanted(velocity.in_minute.count)
    if wanted <= count or row.status == Status.CLOSED.value:
        return
    transaction = Transaction()
    transaction.update(
        (AccountRow, account_id),
        [AccountRow.parts.set(wanted)],
        accounts.as_read(row) & rows.as_many_as(row),
        store.stale,
    )
    for number in range(count, wanted):
        transaction.create(further(row, number), store.stale)
    try:
        transaction.commit(told=False)
    except (Stale, errors.Unavailable):
        logger.info("an account was not given more parts", account_id=account_id)


def further(row: AccountRow, number: int) -> AccountRow:
    """A further part of the account, at zero."""
    return AccountRow(
        account_id=parts.row_id(row.account_id, number),
        owner_id=row.account_id,
        kind=row.kind,
        currency=row.currency,
        status=row.status,
        freezes=row.freezes,
        opened_at=clock.instant(),
    )


def asks_for_more(row: AccountRow, taken_in: int) -> bool:
    """Return whether `taken_in` credits more on this row make its account worth a look."""
    if row.kind != Kind.SETTLEMENT.value or not taken_in:
        return False
    booked = row.velocity.at(int(clock.now().timestamp())).in_minute.count
    return booked + taken_in > parts.PER_MINUTE
