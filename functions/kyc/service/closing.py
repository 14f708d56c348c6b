"""A customer leaves: what the law wants is kept until its day, everything else goes at once.

Name and id number are facts of identity (bank.retention); phone and card numbers go.
"""

from datetime import datetime

from bank import clock, retention, store
from bank.store import Transaction
from kyc import tables
from kyc.service.concluding import CUSTOMERS_OF_A_NUMBER
from kyc.tables import CardRow, ProfileRow, UseRow, UsesRow

CARDS_AT_ONCE = 20


class _ReleasedBefore(Exception):
    """The event came before."""


def close(*, customer_id: str, closed_at: str) -> None:
    """Keep the profile until its day, forget the phone and the cards, and free the id number.

    May be done again, to no second effect: an event comes at least once.
    """
    _forget_cards(customer_id)
    profile = store.retry_on_conflict(lambda: _close(customer_id, clock.parse(closed_at)))
    if profile and profile.id_fingerprint:
        _release(profile.id_fingerprint, customer_id)


def _close(customer_id: str, closed_at: datetime) -> ProfileRow | None:
    profile = store.get(ProfileRow, customer_id, tables.PROFILE)
    if profile and profile.closed_at:
        return profile
    until = retention.identity_until(closed_at)
    revision = int(profile.revision) if profile else 0
    read = ProfileRow.revision == revision if profile else ProfileRow.revision.does_not_exist()
    transaction = Transaction()
    transaction.update(
        tables.profile_key(customer_id),
        [
            ProfileRow.closed_at.set(clock.instant(closed_at)),
            ProfileRow.kept_until.set(until.isoformat()),
            ProfileRow.purge_at.set(retention.purge_at(until)),
            ProfileRow.phone_sealed.remove(),
            ProfileRow.revision.set(revision + 1),
        ],
        read,
        store.stale,
    )
    transaction.commit()
    return profile


def _forget_cards(customer_id: str) -> None:
    rows = [row for row in store.query(CardRow, customer_id) if row.number_sealed]
    for start in range(0, len(rows), CARDS_AT_ONCE):
        transaction = Transaction()
        for row in rows[start : start + CARDS_AT_ONCE]:
            transaction.update(
                tables.card_key(customer_id, row.card_id),
                [CardRow.number_sealed.remove(), CardRow.purge_at.set(int(clock.now().timestamp()))],
                CardRow.card_id.exists(),
                store.stale,
            )
        transaction.commit()


def _release(id_fingerprint: str, customer_id: str) -> None:
    """Give the number back the customer that it verified, once."""
    transaction = Transaction()
    transaction.update(
        tables.use_key(id_fingerprint, customer_id),
        [UseRow.released_at.set(clock.instant())],
        UseRow.since.exists() & UseRow.released_at.does_not_exist(),
        lambda _: _ReleasedBefore(),
    )
    transaction.update(
        tables.uses_key(id_fingerprint),
        [UsesRow.left.set(UsesRow.left + 1)],
        UsesRow.left < CUSTOMERS_OF_A_NUMBER,
        store.stale,
    )
    try:
        transaction.commit()
    except _ReleasedBefore:
        return
