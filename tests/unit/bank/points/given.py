"""What the tests of points start from: a customer's account with lots, and what moves them."""

from collections.abc import Mapping

from bank import clock, ids, ledger, store
from bank.ledger import AccountRow
from bank.points import accounts, booking, spending
from bank.store import Transaction

MINE = accounts.account_id("cus_1")
JANUARY, FEBRUARY, MARCH = "2026-01", "2026-02", "2026-03"


def opened(lots: Mapping[str, int] | None = None) -> str:
    """An account of points, with what was earned in these lots."""
    row = accounts.opened(customer_id="cus_1", client_id="cli_app", unit_id="unit_head")
    ledger.accounts.open_account(row)
    if lots:
        earn(lots)
    return MINE


def row() -> AccountRow:
    """The account as it is now."""
    found = store.get(AccountRow, MINE)
    assert found is not None
    return found


def earn(lots: Mapping[str, int], reference: str = "") -> None:
    """Book these lots as earned."""
    book(accounts.lots_of(row()).with_free(lots), "points-earned", reference or ids.new("pay"))


def book(after: ledger.lots.Lots, kind: str, reference: str) -> None:
    """Book that the account's lots become these."""
    transaction = Transaction()
    booking.book_journal(
        transaction,
        row(),
        after,
        journal_id=ids.derived("jrn", reference),
        kind=kind,
        reference=reference,
        booked_at=clock.instant(),
        made_by="points",
    )
    transaction.commit()


def reserve(points: int, reference: str) -> None:
    """Set points aside."""
    transaction = Transaction()
    spending.reserve(transaction, row(), points, reference)
    transaction.commit()


def give_back(reference: str) -> None:
    """Return what is set aside."""
    transaction = Transaction()
    spending.give_back(transaction, row(), reference)
    transaction.commit()


def capture(reference: str, points: int | None = None) -> dict[str, int]:
    """Take what is set aside, or a part of it."""
    transaction = Transaction()
    taken = spending.capture(
        transaction,
        row(),
        reference,
        journal_id=ids.derived("jrn", reference, "capture"),
        booked_at=clock.instant(),
        made_by="points",
        points=points,
    )
    transaction.commit()
    return taken


def stands(name: str, currency: str = "CNY") -> int:
    """Balance of one of the bank's own accounts, once all is booked on it."""
    account = store.get(AccountRow, ledger.internal(name, currency))
    return ledger.rows.whole(account).to_domain().balance if account else 0
