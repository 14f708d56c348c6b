"""The same request again: same effect, same answer.

A record's id derives from (client, operation, key), so its create condition is the idempotency. The record
keeps a digest of the body, to tell a repeat from a reuse, and the refusal, if that was the answer.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from bank import errors, store
from bank.store import AlreadyExists, Table, Transaction


class KeyReused(errors.Unprocessable):
    """422: this Idempotency-Key was used with another body."""

    code, title = "idempotency_key_reused", "Idempotency-Key reused"


class RecordedRefusal(errors.Refusal):
    """A refusal that was recorded earlier, raised again with its own code, title and sentence."""

    def __init__(self, refusal: dict[str, Any]) -> None:
        members = refusal.get("members", {}) | {"replayed": True}
        super().__init__(refusal["detail"], code=refusal["code"], **members)
        self.title = refusal["title"]


class IdempotentRow(Table):
    """Mixin of tables whose rows are records of a request."""

    request_digest = UnicodeAttribute(null=True)
    refusal: JSONAttribute = JSONAttribute(null=True)


RowT = TypeVar("RowT", bound=IdempotentRow)


def once(
    *,
    record: Callable[[], RowT | None],
    request_digest: str,
    act: Callable[[], RowT],
    refused: Callable[[dict[str, Any]], RowT] | None = None,
) -> tuple[RowT, bool]:
    """Do `act` once for all deliveries of a request; answers the record and whether it is a replay.

    `act` decides and commits a transaction that creates the record, and is run again while it meets changes
    (`Stale`). When it is refused, the record that `refused` makes is kept and the refusal raised, now and on
    every later delivery; without `refused`, `act` makes records of refusals itself. `record` reads the
    record that a delivery before has left: also one that was at work beside this one, which found more on an
    account, say, and asked for no confirmation. What is forbidden is not kept, since it may be allowed later.
    Raises KeyReused when that one had another body.
    """
    row: RowT | None = None
    try:
        return store.retry_on_conflict(act), False
    except AlreadyExists as existing:
        row = existing.row
    except (errors.Refusal, errors.Forbidden) as error:
        if not _kept_before(error, record, refused):
            raise
    row = row or record()
    if row is None:
        raise errors.Unavailable("an earlier delivery of this request is still at work")
    same_request(row, request_digest)
    return row, True


def _kept_before(
    error: errors.BankError,
    record: Callable[[], RowT | None],
    refused: Callable[[dict[str, Any]], RowT] | None,
) -> bool:
    """Return whether another delivery has kept an answer; else this refusal is kept, where it is to be."""
    if refused is None or not isinstance(error, errors.Refusal):
        return record() is not None
    try:
        _create(refused(refusal(error)))
    except AlreadyExists:
        return True
    return False


def _create(row: IdempotentRow) -> None:
    """Keep a refusal: nothing was done, so that no entry goes with it and nobody has to approve it."""
    transaction = Transaction()
    transaction.create(row)
    transaction.commit(told=False)


def same_request(row: IdempotentRow, request_digest: str) -> None:
    """Raise `KeyReused` when the record's body was another one; raise its refusal when it was refused."""
    if row.request_digest != request_digest:
        raise KeyReused("this Idempotency-Key was used with another body")
    if row.refusal:
        raise RecordedRefusal(row.refusal)


def refusal(error: errors.Refusal) -> dict[str, Any]:
    """A refusal as it is kept in a record."""
    return {"code": error.code, "title": error.title, "detail": error.detail, "members": error.members}
