"""A customer leaves: they are screened no more, and the record of it is kept for as long as the law wants."""

from aml import tables
from aml.domain.outcomes import Outcome
from aml.service import subjects
from aml.service.subjects import Subject
from aml.tables import SubjectRow
from bank import clock, store
from bank.privacy.closures import Closure
from bank.store import Transaction


def close(closure: Closure) -> None:
    """Bound how long the subject is kept. Again, it changes nothing."""
    store.retry_on_conflict(lambda: _close(closure))


def _close(closure: Closure) -> None:
    known = tables.subject(closure.customer_id)
    if known and known.closed_at:
        return
    closed_at, transaction = clock.instant(closure.closed_at), Transaction()
    if known:
        subjects.keep(transaction, known, closed_at=closed_at, purge_at=closure.purge_at)
        kept = ["name", "screenings"]
    else:
        transaction.create(_nameless(closure, closed_at), store.stale)
        kept = []
    closure.record(transaction, room="aml", erased=[], kept=kept)
    transaction.commit()


def _nameless(closure: Closure, closed_at: str) -> SubjectRow:
    """A subject without a name, so that one which is told of late (redriven, say) is bounded too."""
    return SubjectRow(
        shard=tables.shard_of(closure.customer_id),
        subject_id=closure.customer_id,
        kind="customer",
        schema="Person",
        sealed=Subject(closure.customer_id, "customer", "Person", "").sealed,
        fingerprint="",
        masked_name="",
        client_id=closure.ownership.client_id,
        unit_id=closure.ownership.unit_id,
        customer_id=closure.customer_id,
        outcome=Outcome.PENDING.value,
        closed_at=closed_at,
        purge_at=closure.purge_at,
    )
