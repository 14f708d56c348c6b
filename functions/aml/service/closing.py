"""A customer leaves: they are screened no more, and the record of it is kept for as long as the law wants."""

from aml import tables
from aml.service import subjects
from bank import clock, store
from bank.privacy.closures import Closure
from bank.store import Transaction


def close(closure: Closure) -> None:
    """Bound how long the subject is kept. Again, it changes nothing."""
    store.retry_on_conflict(lambda: _close(closure))


def _close(closure: Closure) -> None:
    known = tables.subject(closure.customer_id)
    if known is None or known.closed_at:
        return
    transaction = Transaction()
    subjects.keep(transaction, known, closed_at=clock.instant(closure.closed_at), purge_at=closure.purge_at)
    closure.record(transaction, room="aml", erased=[], kept=["name", "screenings"])
    transaction.commit()
