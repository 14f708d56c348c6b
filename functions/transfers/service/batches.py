"""Batches as their owner sees them: announced, followed, their results read."""

from dataclasses import dataclass
from datetime import datetime

from bank import clock, errors, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from bank.store import AlreadyExists, Transaction, idempotency
from bank.uploads import urls
from bank.uploads.facts import FileFacts
from transfers.adapters import object_store
from transfers.domain.batch import UPLOAD_TIME, Status
from transfers.domain.results import BatchTotals
from transfers.tables import DONE, HEADER, BatchRow, DoneRow, totals_of


class NotComplete(errors.Conflict):
    """409: the batch has no results, or none yet."""

    code, title = "batch_not_complete", "Batch not complete"


@dataclass(frozen=True)
class Announcement:
    """A batch to come: who pays, which file, and what its lines must add up to (minor units)."""

    batch_id: str
    from_account_id: str
    file_name: str
    file: FileFacts
    total_count: int
    total_amount: int
    currency: str | None
    request_digest: str


def announce(*, announcement: Announcement, principal: Principal) -> tuple[BatchRow, bool]:
    """Make a batch that awaits its file; its record and whether this was a replay.

    Raises AccountNotFound, AccountKind, CurrencyMismatch, KeyReused.
    """
    earlier, account = store.get_many(
        [
            (BatchRow, announcement.batch_id, HEADER),
            (AccountRow, announcement.from_account_id),
        ]
    )
    if earlier is None:
        row = _new(announcement, account, principal)
        transaction = Transaction()
        transaction.create(row)
        try:
            transaction.commit()
            return row, False
        except AlreadyExists:
            earlier = _find(announcement.batch_id)
    idempotency.same_request(earlier, announcement.request_digest)
    return earlier, True


def _new(announcement: Announcement, account: AccountRow | None, principal: Principal) -> BatchRow:
    account = ledger.accounts.named(
        announcement.from_account_id, account, principal=principal, currency=announcement.currency
    )
    return BatchRow(
        batch_id=announcement.batch_id,
        client_id=principal.client_id,
        status=Status.AWAITING_FILE.value,
        from_account_id=announcement.from_account_id,
        file_name=announcement.file_name,
        announced_sha256=announcement.file.sha256,
        announced_length=announcement.file.length,
        announced_type=announcement.file.media_type,
        total_count=announcement.total_count,
        total_amount=announcement.total_amount,
        currency=account.currency,
        created_at=clock.instant(),
        request_digest=announcement.request_digest,
    )


def upload(row: BatchRow) -> tuple[str, dict[str, str], datetime]:
    """The URL that takes the batch's file, with which headers, and when it ends.

    Each delivery of a request gets a URL of its own, for the same batch and file.
    """
    assert row.announced is not None, "no request that names no file is the same as an announcement of today"
    url = object_store.upload_url(row.batch_id, file=row.announced, good_for=UPLOAD_TIME)
    return url, urls.headers(row.announced), clock.now() + UPLOAD_TIME


def find(batch_id: str, *, principal: Principal) -> tuple[BatchRow, BatchTotals]:
    """A batch with its lines' outcomes so far. Raises NotFound.

    One round trip, and a second while it is being paid, over as many small rows as it has chunks; one more
    for others than who announced it.
    """
    row = _visible_batch(batch_id, principal)
    if row.status == Status.PROCESSING:
        return row, sum((totals_of(done) for done in done_rows(batch_id)), BatchTotals())
    return row, totals_of(row)


def done_rows(batch_id: str) -> list[DoneRow]:
    """The marks of the chunks that are done, as of now."""
    return list(store.query(DoneRow, batch_id, DoneRow.record.startswith(DONE)))


def results(batch_id: str, *, principal: Principal) -> str:
    """The results of a completed batch as CSV. Raises NotFound, NotComplete."""
    row = _visible_batch(batch_id, principal)
    if row.status != Status.COMPLETED:
        raise NotComplete(f"batch {batch_id} is {row.status}")
    return object_store.read_results(batch_id)


def _visible_batch(batch_id: str, principal: Principal) -> BatchRow:
    """The batch, for who announced it and for who sees the account that pays it."""
    row = _find(batch_id)
    if not principal.sees(row.made_by):
        account = store.get(AccountRow, row.from_account_id)
        if account is None or not principal.sees(account.ownership):
            raise _missing(batch_id)
    return row


def _find(batch_id: str) -> BatchRow:
    row = store.get(BatchRow, batch_id, HEADER)
    if row is None:
        raise _missing(batch_id)
    return row


def _missing(batch_id: str) -> errors.NotFound:
    return errors.NotFound(f"there is no batch {batch_id}", code="batch_not_found")
