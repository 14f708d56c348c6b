"""Telling other rooms again of whom the bank has verified, for what they did not listen to at the time."""

from bank import clock, store
from bank.access.principal import Ownership
from bank.control import audit
from bank.store import Transaction
from kyc import tables
from kyc.tables import PROFILE, ProfileRow


def tell_all(*, actor: audit.Actor) -> int:
    """Have the level of every verified customer told again, with what it rests on; how many they are.

    The stream tells (`kyc.events`), under this room's own role. A profile that changes meanwhile is told of
    by that change or by the next run.
    """
    rows = ProfileRow.scan(
        (ProfileRow.record == PROFILE)
        & ProfileRow.id_fingerprint.exists()
        & ProfileRow.closed_at.does_not_exist()
    )
    told = sum(_tell(row) for row in rows)
    transaction = Transaction()
    audit.record(
        transaction,
        actor=actor,
        action="kyc.levels_told",
        subject_id="kyc",
        ownership=Ownership(),
        after={"customers": told},
    )
    transaction.commit()
    return told


def _tell(row: ProfileRow) -> bool:
    transaction = Transaction()
    transaction.update(
        tables.profile_key(row.subject),
        [ProfileRow.told_at.set(clock.instant())],
        (ProfileRow.revision == row.revision) & ProfileRow.closed_at.does_not_exist(),
        store.stale,
    )
    try:
        transaction.commit()
    except store.Stale:
        return False
    return True
