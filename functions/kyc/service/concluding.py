"""Conclusion of a verification: recorded once, and with a match the customer's profile in the same write.

The caps are conditions of that write: an id number verifies three customers at most by itself, and three whom
a further channel confirms; a customer is one person, and who has left stays as they were.
"""

from typing import Any

from bank import clock, store
from bank.access.principal import Ownership
from bank.control import audit, trail
from bank.store import Item, Transaction
from kyc import tables
from kyc.adapters.providers import Matched, Mismatched
from kyc.domain import levels
from kyc.domain.facts import Facts, Status
from kyc.service import sealing
from kyc.tables import CardRow, ProfileRow, UseRow, UsesRow, VerificationRow

CUSTOMERS_OF_A_NUMBER = 3
IN_USE, DIFFERS, CLOSED = "id_number_in_use", "identity_differs", "customer_closed"


class _Concluded(Exception):
    """Another delivery of the answer was first."""


class _InUse(Exception):
    """The id number verifies as many customers as it may."""


def conclude(row: VerificationRow, facts: Facts, answer: Matched | Mismatched) -> VerificationRow:
    """Record the answer, once; the record as it is then."""
    try:
        if isinstance(answer, Mismatched):
            return _record(row, {"status": Status.MISMATCHED.value, "mismatched": list(answer.fields)})
        return store.retry_on_conflict(lambda: _match(row, facts, answer))
    except _InUse:
        return _refuse(row, IN_USE)
    except _Concluded:
        return load(row.verification_id)


def load(verification_id: str) -> VerificationRow:
    """The verification as it is now; it is there."""
    row = store.get(VerificationRow, verification_id, tables.VERIFICATION)
    assert row is not None
    return row


def _match(row: VerificationRow, facts: Facts, answer: Matched) -> VerificationRow:
    profile, use = store.get_many(
        [tables.profile_key(row.customer_id), tables.use_key(row.id_fingerprint, row.customer_id)]
    )
    if profile and profile.closed_at:
        return refuse_closed(row, int(profile.purge_at))
    if profile and profile.id_fingerprint and profile.id_fingerprint != row.id_fingerprint:
        return _refuse(row, DIFFERS)
    channels = sorted({*(profile.channels or [] if profile else []), *answer.channels})
    level = levels.level_of(channels, face_to_face=bool(profile and profile.face_to_face))
    transaction = Transaction()
    _take_use(transaction, row, use, confirmed=bool({*channels} - {levels.POLICE}))
    _set_profile(transaction, row, profile, facts, channels, level)
    if row.card_id:
        transaction.update(
            tables.card_key(row.customer_id, row.card_id),
            [CardRow.verified_at.set(clock.instant())],
            CardRow.card_id.exists(),
            store.stale,
        )
    return _record(
        row,
        {"status": Status.MATCHED.value, "channels": list(answer.channels), "level": int(level)},
        transaction,
        {"level": int(profile.level) if profile else 0},
    )


def _take_use(transaction: Transaction, row: VerificationRow, use: UseRow | None, *, confirmed: bool) -> None:
    """One of the customers that the number may verify, unless it verifies this one already in that way.

    Who knows somebody's name and number uses up nothing of what that person can have confirmed otherwise.
    """
    stands = use is not None and not use.released_at
    if use is not None and stands and (use.confirmed or not confirmed):
        return
    left = UsesRow.left_confirmed if confirmed else UsesRow.left
    actions, condition = [left.set((left | CUSTOMERS_OF_A_NUMBER) - 1)], left.does_not_exist() | (left >= 1)
    as_read = UseRow.since.does_not_exist() | UseRow.released_at.exists()
    if confirmed:
        # Where it was by name and number alone until now, that place is another's.
        actions.append(UsesRow.left.set((UsesRow.left | CUSTOMERS_OF_A_NUMBER) + int(stands)))
    if stands:
        as_read = UseRow.released_at.does_not_exist() & UseRow.confirmed.does_not_exist()
    transaction.update(tables.uses_key(row.id_fingerprint), actions, condition, lambda _: _InUse())
    marks = [UseRow.since.set(clock.instant()), UseRow.released_at.remove()]
    marks.append(UseRow.confirmed.set(True) if confirmed else UseRow.confirmed.remove())
    transaction.update(tables.use_key(row.id_fingerprint, row.customer_id), marks, as_read, store.stale)


def _set_profile(
    transaction: Transaction,
    row: VerificationRow,
    profile: ProfileRow | None,
    facts: Facts,
    channels: list[str],
    level: levels.Level,
) -> None:
    revision = int(profile.revision) if profile else 0
    values: dict[str, Any] = {
        "client_id": row.client_id,
        "unit_id": row.unit_id,
        "level": int(level),
        "channels": channels,
        "id_fingerprint": row.id_fingerprint,
        "document_expires_on": row.document_expires_on,
        "verified_at": clock.instant(),
        "revision": revision + 1,
        # What was given now; a phone that was left out stays.
        **{name: value for name, value in sealing.sealed(facts, record=row.customer_id).items() if value},
    }
    read = ProfileRow.revision == revision if profile else ProfileRow.revision.does_not_exist()
    transaction.update(
        tables.profile_key(row.customer_id),
        _actions(ProfileRow, values),
        read & ProfileRow.closed_at.does_not_exist(),
        store.stale,
    )


def refuse_closed(row: VerificationRow, purge_at: int) -> VerificationRow:
    """Refuse a verification whose customer has left: its facts go now, the record when its time is over."""
    outcome = {"status": Status.REFUSED.value, "reason": CLOSED, "purge_at": purge_at}
    try:
        return _record(row, outcome)
    except _Concluded:
        return load(row.verification_id)


def _refuse(row: VerificationRow, reason: str) -> VerificationRow:
    return _record(row, {"status": Status.REFUSED.value, "reason": reason})


def _record(
    row: VerificationRow,
    outcome: dict[str, Any],
    transaction: Transaction | None = None,
    before: dict[str, Any] | None = None,
) -> VerificationRow:
    """The outcome and its entry; with it go the sealed facts and the place among what is due."""
    gone = dict.fromkeys(("name_sealed", "id_number_sealed", "phone_sealed", "due_shard", "ask_at"))
    values = {**outcome, "concluded_at": clock.instant(), **gone}
    transaction = transaction or Transaction()
    audit.record(
        transaction,
        actor=trail.actor("kyc-on-pending"),
        action="kyc.concluded",
        subject_id=row.customer_id,
        ownership=Ownership(row.client_id, row.unit_id, row.customer_id),
        before=before,
        after={"verification_id": row.verification_id, **outcome},
    )
    transaction.update(
        tables.verification_key(row.verification_id),
        _actions(VerificationRow, values),
        VerificationRow.status == Status.PENDING.value,
        _concluded,
    )
    transaction.commit()
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _concluded(_: Item | None) -> Exception:
    return _Concluded()


def _actions(model: Any, values: dict[str, Any]) -> list[Any]:
    return [
        getattr(model, name).remove() if value is None else getattr(model, name).set(value)
        for name, value in values.items()
    ]
