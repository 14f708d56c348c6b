"""A customer leaves: what the law wants is kept until its day, everything else goes at once.

Name and id number are facts of identity (bank.retention); phone and card numbers go.
"""

from bank import clock, store
from bank.privacy.closures import Closure
from bank.store import Transaction
from kyc import tables
from kyc.domain.facts import Status
from kyc.service.concluding import CUSTOMERS_OF_A_NUMBER, refuse_closed
from kyc.tables import CardRow, ProfileRow, UseRow, UsesRow, VerificationRow

ROWS_AT_ONCE = 20


def close(closure: Closure) -> None:
    """Keep the profile and how it was verified until its day, forget phone and cards, free the id number.

    May be done again, to no second effect: an event comes at least once. The profile says it first, so that
    a verification or a card which comes at the same moment is either refused or found here.
    """
    profile = store.retry_on_conflict(lambda: _close(closure))
    _forget_cards(closure.customer_id)
    _bound_verifications(closure)
    if profile and profile.id_fingerprint:
        store.retry_on_conflict(lambda: _release(profile.id_fingerprint, closure))


def _close(closure: Closure) -> ProfileRow | None:
    profile = store.get(ProfileRow, closure.customer_id, tables.PROFILE)
    if profile and profile.closed_at:
        return profile
    revision = int(profile.revision) if profile else 0
    read = ProfileRow.revision == revision if profile else ProfileRow.revision.does_not_exist()
    transaction = Transaction()
    transaction.update(
        tables.profile_key(closure.customer_id),
        [
            ProfileRow.closed_at.set(clock.instant(closure.closed_at)),
            ProfileRow.kept_until.set(closure.kept_until.isoformat()),
            ProfileRow.purge_at.set(closure.purge_at),
            ProfileRow.phone_sealed.remove(),
            ProfileRow.revision.set(revision + 1),
        ],
        read,
        store.stale,
    )
    closure.record(
        transaction, room="kyc", erased=["phone", "cards"], kept=["name", "id number", "verifications"]
    )
    transaction.commit()
    return profile


def _bound_verifications(closure: Closure) -> None:
    """Refuse what is pending, and have the table delete each record when its time is over."""
    found = [each.subject for each in VerificationRow.by_customer.query(closure.customer_id)]
    for row in store.get_many([tables.verification_key(verification_id) for verification_id in found]):
        if row is not None and row.status == Status.PENDING:
            refuse_closed(row, closure.purge_at)
    for start in range(0, len(found), ROWS_AT_ONCE):
        transaction = Transaction()
        for verification_id in found[start : start + ROWS_AT_ONCE]:
            transaction.update(
                tables.verification_key(verification_id),
                [VerificationRow.purge_at.set(closure.purge_at)],
                VerificationRow.subject.exists(),
                store.stale,
            )
        transaction.commit()


def _forget_cards(customer_id: str) -> None:
    rows = [row for row in store.query(CardRow, customer_id) if row.number_sealed]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        transaction = Transaction()
        for row in rows[start : start + ROWS_AT_ONCE]:
            transaction.update(
                tables.card_key(customer_id, row.card_id),
                [CardRow.number_sealed.remove(), CardRow.purge_at.set(int(clock.now().timestamp()))],
                CardRow.card_id.exists(),
                store.stale,
            )
        transaction.commit()


def _release(id_fingerprint: str, closure: Closure) -> None:
    """Give the number back the customer that it verified, once, among those that it counts with."""
    use = store.get(*tables.use_key(id_fingerprint, closure.customer_id))
    if use is None or use.released_at:
        return
    left = UsesRow.left_confirmed if use.confirmed else UsesRow.left
    as_read = UseRow.confirmed.exists() if use.confirmed else UseRow.confirmed.does_not_exist()
    transaction = Transaction()
    transaction.update(
        tables.use_key(id_fingerprint, closure.customer_id),
        [UseRow.released_at.set(clock.instant()), UseRow.purge_at.set(closure.purge_at)],
        UseRow.released_at.does_not_exist() & as_read,
        store.stale,
    )
    transaction.update(
        tables.uses_key(id_fingerprint), [left.set(left + 1)], left < CUSTOMERS_OF_A_NUMBER, store.stale
    )
    transaction.commit()
