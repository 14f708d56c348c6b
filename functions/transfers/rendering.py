"""Rows as answers."""

from collections.abc import Collection
from datetime import datetime

from bank import clock
from bank.privacy import exports
from bank.uploads.schemas import Upload
from transfers import schemas
from transfers.domain.batch import Status
from transfers.domain.results import BatchTotals
from transfers.domain.transfer import Status as TransferStatus
from transfers.tables import BatchRow, TransferRow


def transfer(row: TransferRow) -> schemas.TransferAnswer:
    """A transfer as it is now."""
    return _transfer(row, TransferStatus(row.status))


def transfer_as_made(row: TransferRow) -> schemas.TransferAnswer:
    """A transfer as POST /transfers first answered it."""
    return _transfer(row, TransferStatus.IN_REVIEW if row.review_until else TransferStatus(row.status))


def _transfer(row: TransferRow, status: TransferStatus) -> schemas.TransferAnswer:
    undecided = status is TransferStatus.IN_REVIEW
    return schemas.TransferAnswer(
        transfer_id=row.transfer_id,
        status=status,
        from_account_id=row.from_account_id,
        to_account_id=row.to_account_id,
        amount=int(row.amount),
        currency=row.currency,
        note=row.note,
        journal_id=None if undecided else row.journal_id,
        created_at=clock.parse(row.created_at),
        decline=schemas.Reason(**row.decline) if row.decline and not undecided else None,
    )


def own_data(rows: list[TransferRow], own: Collection[str]) -> exports.Part:
    """This room's part of an export; other people's accounts masked."""
    return {
        "transfers": [
            transfer(row).model_dump(mode="json")
            | {
                "from_account_id": exports.masked(row.from_account_id, own),
                "to_account_id": exports.masked(row.to_account_id, own),
            }
            for row in rows
        ]
    }


def announced(
    row: BatchRow, url: str, headers: dict[str, str], expires_at: datetime
) -> schemas.AnnouncedBatch:
    """A batch as its announcement is answered, each time it is sent."""
    return schemas.AnnouncedBatch(
        batch_id=row.batch_id,
        status=Status.AWAITING_FILE,
        upload=Upload(url=url, headers=headers, expires_at=expires_at),
    )


def batch(row: BatchRow, totals: BatchTotals) -> schemas.BatchAnswer:
    """A batch with its lines' outcomes so far."""
    total = int(row.total_count)
    if row.status == Status.REJECTED:
        totals = BatchTotals(rejected=total)
    path = f"/transfer-batches/{row.batch_id}"
    return schemas.BatchAnswer(
        batch_id=row.batch_id,
        status=Status(row.status),
        from_account_id=row.from_account_id,
        file_name=row.file_name,
        currency=row.currency,
        total_count=total,
        total_amount=int(row.total_amount),
        counts=schemas.Counts(
            pending=total - totals.lines,
            succeeded=totals.succeeded,
            declined=totals.declined,
            rejected=totals.rejected,
        ),
        amounts=schemas.Amounts(total=int(row.total_amount), succeeded=totals.succeeded_amount),
        rejection=schemas.Reason(**row.rejection) if row.rejection else None,
        refused_file=schemas.Reason(**row.refused_file) if row.refused_file else None,
        created_at=clock.parse(row.created_at),
        completed_at=clock.parse(row.completed_at),
        links=schemas.BatchLinks(
            self=path, results=f"{path}/results" if row.status == Status.COMPLETED else None
        ),
    )
