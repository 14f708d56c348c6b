"""Points that pay for something: taken, once, with the lots that they came from.

A payment reserves points in its own transaction (`bank.points.spending`); its events say how it ended, and
here the reservation is taken or given back. A channel redeems points without a payment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bank import clock, errors, ids, store
from bank.access.principal import Ownership, Principal
from bank.ledger.lots import earliest
from bank.points import accounts, booking, spending
from bank.store import Transaction, idempotency
from points.service import members, reading, runs
from points.tables import RedemptionRow

IN_PART = "taken in part"


class RedemptionNotFound(errors.NotFound):
    """404: no such redemption, or not the caller's to see."""

    code, title = "redemption_not_found", "Redemption not found"


@dataclass(frozen=True)
class Order:
    """Points to redeem for something that the channel names."""

    redemption_id: str
    request_digest: str
    customer_id: str
    points: int
    reference: str
    made_by: str


def redeem(*, order: Order, principal: Principal) -> tuple[RedemptionRow, bool]:
    """Take points at once; whether that was done before. A refusal is kept, and answered again.

    Raises NoPoints, NoPointsAccount, InsufficientPoints, AccountFrozen, AccountClosed, KeyReused.
    """
    owner = reading.owner(order.customer_id, principal)

    def row(lots: Mapping[str, int], refusal: dict[str, Any] | None = None) -> RedemptionRow:
        made = _row(order.redemption_id, owner, lots, order.reference, order.made_by)
        made.request_digest, made.refusal = order.request_digest, refusal
        return made

    return idempotency.once(
        record=lambda: store.get(RedemptionRow, order.redemption_id),
        request_digest=order.request_digest,
        act=lambda: _redeem(order, row),
        refused=lambda refusal: row({}, refusal),
    )


def _redeem(order: Order, made: Callable[[Mapping[str, int]], RedemptionRow]) -> RedemptionRow:
    account = store.get(*accounts.key(order.customer_id))
    refused = spending.refusal(account, order.points)
    if refused or account is None:
        raise refused or spending.NoPointsAccount()
    account = members.current(account)
    taken = earliest(accounts.spendable(account), order.points)
    row, transaction = made(taken), Transaction()
    transaction.create(row)
    booking.book_journal(
        transaction,
        account,
        accounts.lots_of(account).without_free(taken),
        journal_id=row.journal_id,
        kind="points-redemption",
        reference=row.redemption_id,
        booked_at=row.booked_at,
        made_by=order.made_by,
        statuses=booking.ACTIVE,
    )
    transaction.commit()
    return row


def take(payment_id: str, customer_id: str, points: int) -> str:
    """Take so many of the points that a payment has reserved, once, and give the rest back; what came of it.

    Raises NotReserved where none are, nor were taken.
    """
    if not points:
        return give_back(payment_id, customer_id)
    came = store.retry_on_conflict(lambda: _take(payment_id, customer_id, points))
    if came == IN_PART:
        runs.expire(accounts.account_id(customer_id))
    return came


def _take(payment_id: str, customer_id: str, points: int) -> str:
    account, known = store.get_many([accounts.key(customer_id), (RedemptionRow, payment_id)])
    if known is not None:
        return "again"
    if account is None:
        raise spending.NotReserved(payment_id)
    row, transaction = _row(payment_id, account.ownership, {}, payment_id, members.JOB), Transaction()
    row.lots = spending.capture(
        transaction,
        account,
        payment_id,
        journal_id=row.journal_id,
        booked_at=row.booked_at,
        made_by=members.JOB,
        points=points,
    )
    row.points = points
    transaction.create(row, store.stale)
    transaction.commit()
    reserved = accounts.lots_of(account).reserved[payment_id]
    return "taken" if points == sum(reserved.values()) else IN_PART


def give_back(payment_id: str, customer_id: str) -> str:
    """Give back what a payment that came to nothing has reserved, once; what came of it."""

    def attempt() -> str:
        account = store.get(*accounts.key(customer_id))
        transaction = Transaction()
        if account is None:
            return "nothing"
        try:
            spending.give_back(transaction, account, payment_id)
        except spending.NotReserved:
            return "again"
        transaction.commit()
        return "given back"

    came = store.retry_on_conflict(attempt)
    # What came back to a lot that has expired; where this dies, the next movement does it.
    runs.expire(accounts.account_id(customer_id))
    return came


def find(*, redemption_id: str, principal: Principal) -> RedemptionRow:
    """A redemption that was done and that the caller may see. One round trip. Raises RedemptionNotFound."""
    missing = RedemptionNotFound(f"there is no redemption {redemption_id}")
    row = store.get(RedemptionRow, redemption_id)
    if row is None or row.refusal:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def _row(
    redemption_id: str, owner: Ownership, lots: Mapping[str, int], reference: str, made_by: str
) -> RedemptionRow:
    return RedemptionRow(
        redemption_id=redemption_id,
        customer_id=owner.customer_id,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        points=sum(lots.values()),
        lots=dict(lots),
        reference=reference,
        journal_id=ids.derived("jrn", redemption_id, "points"),
        made_by=made_by,
        booked_at=clock.instant(),
    )
