"""A customer leaves: their points are forfeited, with a journal; the account is closed once it is empty."""

from bank import clock, ledger, store
from bank.points import accounts
from bank.privacy.closures import Closure
from bank.store import Transaction
from points.service import members
from points.tables import MemberRow


def close(closure: Closure) -> None:
    """Forfeit a customer's points and close the account. Again, it changes nothing.

    Points that are reserved leave or come back with what they were reserved for; until then the account is
    open, and nobody is there to spend from it.
    """
    store.retry_on_conflict(lambda: _mark(closure))
    store.retry_on_conflict(lambda: _forfeit(closure.customer_id))
    store.retry_on_conflict(lambda: _close(closure.customer_id))


def _mark(closure: Closure) -> None:
    """Let nothing be earned any more."""
    member = store.get(MemberRow, closure.customer_id) or members.new(closure.customer_id)
    if member.closed_at:
        return
    transaction = Transaction()
    members.change(
        transaction,
        member,
        closed_at=clock.instant(closure.closed_at),
        purge_at=closure.purge_at,
    )
    closure.record(transaction, room="points", erased=[], kept=["points"])
    transaction.commit()


def _forfeit(customer_id: str) -> None:
    account = store.get(*accounts.key(customer_id))
    if account is None:
        return
    lots = accounts.lots_of(account)
    if lots.available:
        after = lots.without_free(lots.free)
        members.book_journal(
            account, after, kind="points-forfeited", reference=customer_id, once=str(account.version)
        )


def _close(customer_id: str) -> None:
    account = store.get(*accounts.key(customer_id))
    if account is None or account.status == ledger.Status.CLOSED.value or int(account.balance):
        return
    transaction = Transaction()
    ledger.accounts.close(transaction, account, reason="the customer has left")
    transaction.commit()
