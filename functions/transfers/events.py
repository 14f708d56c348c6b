"""Events of the transfers room: transfers made and declined, batches that ended."""

from typing import Any, ClassVar

from bank.events import DomainEvent
from bank.risk.reviews import NOT_REVIEWED, VerdictTold
from transfers.domain.batch import Status as BatchStatus
from transfers.domain.transfer import Status
from transfers.tables import BatchRow, TransferRow


class TransfersEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "transfers"


class TransferEvent(TransfersEvent):
    """A transfer. Amounts are in minor units; `batch_id` and `line` say which line of a batch it was."""

    transfer_id: str
    from_account_id: str
    to_account_id: str
    amount: int
    currency: str
    batch_id: str | None
    line: int | None
    # Whose account it is, if a customer's; which device, if the channel said; who let it in; what risk said.
    customer_id: str | None
    unit_id: str
    device_id: str | None
    client_id: str
    risk: VerdictTold | None


class TransferHeldForReview(TransferEvent):
    """Money is held until a person has looked at the transfer; it is rejected where nobody has by then."""

    expires_at: str


class TransferReviewLapsed(TransfersEvent):
    """Nobody decided the review in time: the transfer was declined and its hold returned."""

    transfer_id: str


class TransferSucceeded(TransferEvent):
    """A transfer was booked."""

    journal_id: str


class TransferDeclined(TransferEvent):
    """A transfer was declined, and nothing moved."""

    code: str


class BatchEvent(TransfersEvent):
    """A batch of transfers and what was announced of it."""

    batch_id: str
    from_account_id: str
    total_count: int
    total_amount: int
    currency: str


class TransferBatchCompleted(BatchEvent):
    """Every line of a batch has its outcome, and the results are there."""

    succeeded: int
    declined: int
    rejected: int
    succeeded_amount: int


class TransferBatchRejected(BatchEvent):
    """A batch's file has not what was announced of its lines; nothing of it was paid or will be."""

    code: str
    detail: str


class TransferBatchFileRefused(BatchEvent):
    """Another file than the announced one came for a batch, which goes on waiting; nothing was paid."""

    code: str
    detail: str


PUBLISHED: tuple[type[DomainEvent], ...] = (
    TransferHeldForReview,
    TransferReviewLapsed,
    TransferSucceeded,
    TransferDeclined,
    TransferBatchCompleted,
    TransferBatchRejected,
    TransferBatchFileRefused,
)


def of_transfer(
    old: TransferRow | None, new: TransferRow | None
) -> list[TransferEvent | TransferReviewLapsed]:
    """The event that a change of a transfer's row means: its creation, or the end of its review."""
    if new is None or (old is not None and old.status == new.status):
        return []
    facts: dict[str, Any] = {
        "transfer_id": new.transfer_id,
        "from_account_id": new.from_account_id,
        "to_account_id": new.to_account_id,
        "amount": int(new.amount),
        "currency": new.currency,
        "batch_id": new.batch_id,
        "line": None if new.line is None else int(new.line),
        "customer_id": new.customer_id,
        "unit_id": new.unit_id,
        "device_id": new.device_id,
        "client_id": new.client_id,
        "risk": new.verdict.summary() if new.verdict else None,
    }
    if new.status == Status.IN_REVIEW:
        return [TransferHeldForReview(**facts, expires_at=new.review_until)]
    if new.status == Status.SUCCEEDED:
        return [TransferSucceeded(**facts, journal_id=new.journal_id)]
    declined = TransferDeclined(**facts, code=new.decline["code"])
    lapsed = new.decline == NOT_REVIEWED
    return [declined, TransferReviewLapsed(transfer_id=new.transfer_id)] if lapsed else [declined]


def of_batch(old: BatchRow | None, new: BatchRow | None) -> list[BatchEvent]:
    """The event that a change of a batch's header means: its end, or a file that was not the announced."""
    if old is None or new is None:
        return []
    facts: dict[str, Any] = {
        "batch_id": new.batch_id,
        "from_account_id": new.from_account_id,
        "total_count": int(new.total_count),
        "total_amount": int(new.total_amount),
        "currency": new.currency,
    }
    if new.refused_file and new.refused_file != old.refused_file:
        return [TransferBatchFileRefused(**facts, **new.refused_file)]
    if new.status == old.status:
        return []
    if new.status == BatchStatus.REJECTED:
        return [TransferBatchRejected(**facts, **new.rejection)]
    if new.status == BatchStatus.COMPLETED:
        return [
            TransferBatchCompleted(
                **facts,
                succeeded=int(new.succeeded),
                declined=int(new.declined),
                rejected=int(new.rejected),
                succeeded_amount=int(new.succeeded_amount),
            )
        ]
    return []
